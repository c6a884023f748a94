import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-scheduler';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import { groupOfArn, type SchedulerState } from './state';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<SchedulerState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceArn = '' }) => [{ action: 'scheduler:UntagResource', resource: ResourceArn }],

  async handle({ ResourceArn, TagKeys }) {
    const group = state().group(groupOfArn(ResourceArn));
    await state().groups.set(group.name, { ...group, tags: withoutTags(group.tags, TagKeys) });
    return {};
  },
});
