import type { GetQueueAttributesCommandInput, GetQueueAttributesCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { ATTRIBUTE_NAMES, allAttributes } from './attributes';
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
      ...allAttributes(record.name, record.attributes),
      QueueArn: record.arn,
      CreatedTimestamp: String(Math.floor(record.createdAt / 1_000)),
      LastModifiedTimestamp: String(Math.floor(record.modifiedAt / 1_000)),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(notVisible),
      ApproximateNumberOfMessagesDelayed: String(delayed),
    };
    const names: readonly string[] = AttributeNames;
    const unknown = names.find((name) => name !== 'All' && !ATTRIBUTE_NAMES.includes(name));
    if (unknown) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
    const Attributes = Object.fromEntries(
      Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name)),
    );
    return Object.keys(Attributes).length > 0 ? { Attributes } : {};
  },
});
