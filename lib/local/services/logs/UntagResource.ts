import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import { accessTo, groupNameOf, type LogsState } from './state';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<LogsState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ resourceArn }, { cloud }) => accessTo('UntagResource', cloud, groupNameOf(resourceArn)),

  async handle({ resourceArn, tagKeys }) {
    const group = state().group(resourceArn);
    await state().groups.set(group.name, { ...group, tags: withoutTags(group.tags, tagKeys) });
    return {};
  },
});
