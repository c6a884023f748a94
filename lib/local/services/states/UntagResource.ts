import type { UntagResourceInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import { resourceNotFound } from './errors';
import type { StatesState } from './state';

export const UntagResource: OperationOf<StatesState, UntagResourceInput, object> = (state) => ({
  authorize: ({ resourceArn }) => [{ action: 'states:UntagResource', resource: String(resourceArn) }],

  async handle({ resourceArn, tagKeys }) {
    const { machines } = state().engine.catalogue;
    const record = machines.get(String(resourceArn));
    if (!record) throw resourceNotFound(String(resourceArn));
    await machines.set(record.stateMachineArn, { ...record, tags: withoutTags(record.tags, tagKeys) });
    return {};
  },
});
