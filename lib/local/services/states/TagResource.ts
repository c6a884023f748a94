import type { TagResourceInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { resourceNotFound } from './errors';
import { tagRecord } from './settings';
import type { StatesState } from './state';

export const TagResource: OperationOf<StatesState, TagResourceInput, object> = (state) => ({
  authorize: ({ resourceArn }) => [{ action: 'states:TagResource', resource: String(resourceArn) }],

  async handle({ resourceArn, tags }) {
    const { machines } = state().engine.catalogue;
    const record = machines.get(String(resourceArn));
    if (!record) throw resourceNotFound(String(resourceArn));
    await machines.set(record.stateMachineArn, { ...record, tags: { ...record.tags, ...tagRecord(tags) } });
    return {};
  },
});
