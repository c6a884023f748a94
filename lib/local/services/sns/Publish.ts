import { randomUUID } from 'node:crypto';
import type { PublishCommandInput, PublishCommandOutput } from '@aws-sdk/client-sns';
import { type OperationOf, requireMembers } from '../stateful';
import { publishedResult, toPublished } from './published';
import type { SnsState } from './state';

type Output = Omit<PublishCommandOutput, '$metadata'>;

export const Publish: OperationOf<SnsState, PublishCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn, TargetArn }) => [{ action: 'sns:Publish', resource: TopicArn ?? TargetArn ?? '' }],

  async handle(input, { cloud }) {
    requireMembers(input, 'Message');
    const topic = state().topic(input.TopicArn ?? input.TargetArn);
    const [published] = await state().publish([toPublished(input, topic, randomUUID(), cloud.clock.now())]);
    return publishedResult(published);
  },
});
