/** Batches that the stream's function has given up: how many are noted in the queue. */
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { NOTES, notesIn } from '../../lib/tasks/given-up';

export async function givenUpNotes(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...NOTES] }));
  return notesIn(Attributes);
}
