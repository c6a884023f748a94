import { randomUUID } from 'node:crypto';
import type { PublishBatchCommandInput, PublishBatchCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { toPublished } from './published';
import type { SnsState } from './state';

type Output = Omit<PublishBatchCommandOutput, '$metadata'>;

export const PublishBatch: OperationOf<SnsState, PublishBatchCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:Publish', resource: TopicArn }],

  async handle(input, { cloud }) {
    requireMembers(input, 'PublishBatchRequestEntries');
    const topic = state().topic(input.TopicArn);
    const entries = input.PublishBatchRequestEntries;
    if (entries.length === 0)
      throw new AwsError('EmptyBatchRequestException', "The batch request doesn't contain any entries.");
    if (entries.length > 10) {
      throw new AwsError(
        'TooManyEntriesInBatchRequestException',
        'The batch request contains more entries than permissible.',
      );
    }
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      throw new AwsError(
        'BatchEntryIdsNotDistinctException',
        'Two or more batch entries in the request have the same Id.',
      );
    }
    const published = entries.map((entry) => toPublished(entry, topic.arn, randomUUID(), cloud.clock.now()));
    await state().publish(published);
    return { Successful: entries.map(({ Id }, i) => ({ Id, MessageId: published[i]?.messageId })), Failed: [] };
  },
});
