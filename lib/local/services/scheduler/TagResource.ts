import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-scheduler';
import type { OperationOf } from '../stateful';
import { tagsOf } from '../tags';
import { groupOfArn, type SchedulerState } from './state';

type Output = Omit<TagResourceCommandOutput, '$metadata'>;

export const TagResource: OperationOf<SchedulerState, TagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceArn = '' }) => [{ action: 'scheduler:TagResource', resource: ResourceArn }],

  async handle({ ResourceArn, Tags }) {
    const group = state().group(groupOfArn(ResourceArn));
    await state().groups.set(group.name, { ...group, tags: { ...group.tags, ...tagsOf(Tags) } });
    return {};
  },
});
