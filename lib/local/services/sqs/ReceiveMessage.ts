import type { ReceiveMessageCommandInput, ReceiveMessageCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { numberOf } from './attributes';
import { receivedMessage } from './message';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<ReceiveMessageCommandOutput, '$metadata'>;

export const ReceiveMessage: OperationOf<SqsState, ReceiveMessageCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:ReceiveMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle(input, { cloud }) {
    const { MaxNumberOfMessages = 1, WaitTimeSeconds, VisibilityTimeout } = input;
    const { attributes } = state().record(input.QueueUrl);
    if (MaxNumberOfMessages < 1 || MaxNumberOfMessages > 10) {
      const message = `Value ${MaxNumberOfMessages} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`;
      throw new AwsError('InvalidParameterValue', message);
    }
    const messages = await state()
      .queue(input.QueueUrl)
      .receive({
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
