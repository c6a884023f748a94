import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-sns';
import type { OperationOf } from '../stateful';
import { tagsOf } from '../tags';
import type { SnsState } from './state';

type Output = Omit<TagResourceCommandOutput, '$metadata'>;

export const TagResource: OperationOf<SnsState, TagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceArn = '' }) => [{ action: 'sns:TagResource', resource: ResourceArn }],

  async handle({ ResourceArn, Tags }) {
    const topic = state().topic(ResourceArn);
    await state().topics.set(topic.arn, { ...topic, tags: { ...topic.tags, ...tagsOf(Tags) } });
    return {};
  },
});
