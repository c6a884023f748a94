import { randomUUID } from 'node:crypto';
import type { BatchResultErrorEntry, PublishBatchCommandInput, PublishBatchCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import type { Published } from './message';
import { MAX_MESSAGE_BYTES, publishedResult, toPublished } from './published';
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
    const messages: Published[] = [];
    const ids: (string | undefined)[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    for (const entry of entries) {
      try {
        messages.push(toPublished(entry, topic, randomUUID(), cloud.clock.now()));
        ids.push(entry.Id);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
      }
    }
    const bytes = messages.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
    if (bytes > MAX_MESSAGE_BYTES)
      throw new AwsError(
        'BatchRequestTooLongException',
        'The length of all the batch messages put together is more than the limit.',
      );
    const published = await state().publish(messages);
    return { Successful: published.map((message, i) => ({ Id: ids[i], ...publishedResult(message) })), Failed };
  },
});
