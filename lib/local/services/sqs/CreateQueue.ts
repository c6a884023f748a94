import type { CreateQueueCommandInput, CreateQueueCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { assertValidAttributes } from './attributes';
import { queueArn, queueUrl, type SqsState } from './state';

type Output = Omit<CreateQueueCommandOutput, '$metadata'>;

/** A queue that exists with these attributes is answered as it is, as on AWS. */
export const CreateQueue: OperationOf<SqsState, CreateQueueCommandInput, Output> = (state) => ({
  authorize: ({ QueueName = '' }, { cloud }) => [{ action: 'sqs:CreateQueue', resource: queueArn(cloud, QueueName) }],

  async handle(input, { cloud }) {
    requireMembers(input, 'QueueName');
    const { QueueName: name } = input;
    const attributes = (input.Attributes ?? {}) as Record<string, string>;
    if (name.endsWith('.fifo') || attributes.FifoQueue) {
      throw new AwsError('UnsupportedOperation', `${name}: FIFO queues are not supported here.`);
    }
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
      const message = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
      throw new AwsError('InvalidParameterValue', message);
    }
    assertValidAttributes(attributes);
    const existing = state().findRecord(name);
    const differing = Object.entries(attributes).find(([key, value]) => existing && existing.attributes[key] !== value);
    if (differing) {
      const message = `A queue already exists with the same name and a different value for attribute ${differing[0]}`;
      throw new AwsError('QueueNameExists', message);
    }
    if (!existing) {
      const now = cloud.clock.now();
      await state().put({
        name,
        arn: queueArn(cloud, name),
        attributes,
        tags: input.tags ?? {},
        createdAt: now,
        modifiedAt: now,
      });
    }
    return { QueueUrl: queueUrl(cloud, name) };
  },
});
