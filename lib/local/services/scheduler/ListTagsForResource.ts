import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-scheduler';
import type { OperationOf } from '../stateful';
import { tagList } from '../tags';
import { groupOfArn, type SchedulerState } from './state';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

/** Groups have tags, schedules do not. */
export const ListTagsForResource: OperationOf<SchedulerState, ListTagsForResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceArn = '' }) => [{ action: 'scheduler:ListTagsForResource', resource: ResourceArn }],

  async handle({ ResourceArn }) {
    return { Tags: tagList(state().group(groupOfArn(ResourceArn)).tags) };
  },
});
