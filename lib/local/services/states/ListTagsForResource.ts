import type { ListTagsForResourceInput, ListTagsForResourceOutput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { resourceNotFound } from './errors';
import { tagItems } from './settings';
import type { StatesState } from './state';

export const ListTagsForResource: OperationOf<StatesState, ListTagsForResourceInput, ListTagsForResourceOutput> = (
  state,
) => ({
  authorize: ({ resourceArn }) => [{ action: 'states:ListTagsForResource', resource: String(resourceArn) }],

  async handle({ resourceArn }) {
    const record = state().engine.catalogue.machines.get(String(resourceArn));
    if (!record) throw resourceNotFound(String(resourceArn));
    return { tags: tagItems(record.tags) };
  },
});
