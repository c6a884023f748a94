import type { SendMessageCommandInput, SendMessageCommandOutput } from '@aws-sdk/client-sqs';
import { reportMetrics } from '../monitoring/report';
import type { OperationOf } from '../stateful';
import { newMessage, sentResult } from './send';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<SendMessageCommandOutput, '$metadata'>;

export const SendMessage: OperationOf<SqsState, SendMessageCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:SendMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle(input, { cloud }) {
    const record = state().record(input.QueueUrl);
    const message = newMessage(input, record, cloud.clock.now());
    const [sent = message] = await state().send(record, [message]);
    reportMetrics(cloud, 'AWS/SQS', { QueueName: record.name }, { NumberOfMessagesSent: 1 });
    return sentResult(sent);
  },
});
