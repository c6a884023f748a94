import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-sns';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import type { SnsState } from './state';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<SnsState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceArn = '' }) => [{ action: 'sns:UntagResource', resource: ResourceArn }],

  async handle({ ResourceArn, TagKeys }) {
    const topic = state().topic(ResourceArn);
    await state().topics.set(topic.arn, { ...topic, tags: withoutTags(topic.tags, TagKeys) });
    return {};
  },
});
