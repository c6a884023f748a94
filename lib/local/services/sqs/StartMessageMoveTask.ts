import type { StartMessageMoveTaskCommandInput, StartMessageMoveTaskCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { queueNameOf, redriveOf, type SqsState } from './state';
import { assertBetween, invalidValue } from './validate';

type Output = Omit<StartMessageMoveTaskCommandOutput, '$metadata'>;

export const StartMessageMoveTask: OperationOf<SqsState, StartMessageMoveTaskCommandInput, Output> = (state) => ({
  authorize: ({ SourceArn = '', DestinationArn }) => [
    ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({
      action: `sqs:${action}`,
      resource: SourceArn,
    })),
    ...(DestinationArn ? [{ action: 'sqs:SendMessage', resource: DestinationArn }] : []),
  ],

  async handle(input) {
    requireMembers(input, 'SourceArn');
    const { SourceArn: sourceArn, DestinationArn: destinationArn, MaxNumberOfMessagesPerSecond: perSecond } = input;
    assertBetween('MaxNumberOfMessagesPerSecond', perSecond, [1, 500], 'Must be between 1 and 500, if provided.');
    for (const [name, arn] of Object.entries({ SourceArn: sourceArn, DestinationArn: destinationArn })) {
      if (arn !== undefined && !state().findRecord(queueNameOf(arn))) {
        throw new AwsError(
          'ResourceNotFoundException',
          `The resource that you specified for the ${name} parameter doesn't exist.`,
          404,
        );
      }
    }
    const isDeadLetterQueue = state()
      .records()
      .some((record) => redriveOf(record).deadLetterTargetArn === sourceArn);
    if (!isDeadLetterQueue) throw invalidValue('Source queue must be configured as a Dead Letter Queue.');
    if (
      state()
        .moveTasks.of(sourceArn)
        .some(({ status }) => status === 'RUNNING' || status === 'CANCELLING')
    ) {
      throw new AwsError(
        'UnsupportedOperation',
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    }
    const { handle } = await state().moveTasks.start({
      sourceArn,
      ...(destinationArn ? { destinationArn } : {}),
      ...(perSecond ? { perSecond } : {}),
    });
    return { TaskHandle: handle };
  },
});
