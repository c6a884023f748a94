import type { GetQueueAttributesCommandInput, GetQueueAttributesCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { DEFAULT_ATTRIBUTES } from './attributes';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<GetQueueAttributesCommandOutput, '$metadata'>;

export const GetQueueAttributes: OperationOf<SqsState, GetQueueAttributesCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:GetQueueAttributes', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, AttributeNames = [] }) {
    const record = state().record(QueueUrl);
    const { visible, notVisible, delayed } = state().queue(QueueUrl).counts();
    const all: Record<string, string> = {
      ...DEFAULT_ATTRIBUTES,
      ...record.attributes,
      QueueArn: record.arn,
      CreatedTimestamp: String(Math.floor(record.createdAt / 1_000)),
      LastModifiedTimestamp: String(Math.floor(record.modifiedAt / 1_000)),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(notVisible),
      ApproximateNumberOfMessagesDelayed: String(delayed),
    };
    const names: readonly string[] = AttributeNames;
    const Attributes = Object.fromEntries(
      Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name)),
    );
    return Object.keys(Attributes).length > 0 ? { Attributes } : {};
  },
});
