import type { ReceiveMessageCommandInput, ReceiveMessageCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { numberOf } from './attributes';
import { receivedMessage } from './message';
import { queueArn, queueNameOf, type SqsState } from './state';
import { assertBetween, assertVisibilityTimeout } from './validate';

type Output = Omit<ReceiveMessageCommandOutput, '$metadata'>;

export const ReceiveMessage: OperationOf<SqsState, ReceiveMessageCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:ReceiveMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle(input, { cloud }) {
    const { MaxNumberOfMessages = 1, WaitTimeSeconds, VisibilityTimeout } = input;
    const { attributes } = state().record(input.QueueUrl);
    assertBetween('MaxNumberOfMessages', MaxNumberOfMessages, [1, 10], 'Must be between 1 and 10, if provided.');
    assertBetween('WaitTimeSeconds', WaitTimeSeconds, [0, 20], 'Must be >= 0 and <= 20, if provided.');
    assertVisibilityTimeout(VisibilityTimeout);
    const queue = state().queue(input.QueueUrl);
    if (queue.isFull()) {
      // A FIFO queue, and whoever would wait, is told nothing.
      if (attributes.FifoQueue === 'true' || (WaitTimeSeconds ?? 0) > 0) return {};
      throw new AwsError(
        'OverLimit',
        'Too many messages of this queue have been received and are not deleted yet.',
        403,
      );
    }
    const messages = await queue.receive({
      max: MaxNumberOfMessages,
      waitMs: (WaitTimeSeconds ?? numberOf(attributes, 'ReceiveMessageWaitTimeSeconds')) * 1_000,
      ...(VisibilityTimeout === undefined ? {} : { visibilityMs: VisibilityTimeout * 1_000 }),
    });
    const systemNames = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
    const Messages = messages.map((message) =>
      receivedMessage(message, cloud.account, systemNames, input.MessageAttributeNames ?? []),
    );
    return Messages.length > 0 ? { Messages } : {};
  },
});
