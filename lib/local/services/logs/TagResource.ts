import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { OperationOf } from '../stateful';
import { accessTo, groupNameOf, type LogsState } from './state';

type Output = Omit<TagResourceCommandOutput, '$metadata'>;

export const TagResource: OperationOf<LogsState, TagResourceCommandInput, Output> = (state) => ({
  authorize: ({ resourceArn }, { cloud }) => accessTo('TagResource', cloud, groupNameOf(resourceArn)),

  async handle({ resourceArn, tags }) {
    const group = state().group(resourceArn);
    await state().groups.set(group.name, { ...group, tags: { ...group.tags, ...tags } });
    return {};
  },
});
