import type { ListMessageMoveTasksCommandInput, ListMessageMoveTasksCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { queueNameOf, type SqsState } from './state';
import { assertBetween } from './validate';

type Output = Omit<ListMessageMoveTasksCommandOutput, '$metadata'>;

export const ListMessageMoveTasks: OperationOf<SqsState, ListMessageMoveTasksCommandInput, Output> = (state) => ({
  authorize: ({ SourceArn = '' }) => [{ action: 'sqs:ListMessageMoveTasks', resource: SourceArn }],

  async handle(input) {
    requireMembers(input, 'SourceArn');
    const { MaxResults = 1 } = input;
    assertBetween('MaxResults', MaxResults, [1, 10], 'Must be between 1 and 10, if provided.');
    if (!state().findRecord(queueNameOf(input.SourceArn))) {
      throw new AwsError(
        'ResourceNotFoundException',
        "The resource that you specified for the SourceArn parameter doesn't exist.",
        404,
      );
    }
    const tasks = state().moveTasks.of(input.SourceArn).slice(0, MaxResults);
    return {
      Results: tasks.map(
        ({ handle, status, sourceArn, destinationArn, perSecond, moved, toMove, startedAt, failure }) => ({
          // Only what runs can be cancelled.
          ...(status === 'RUNNING' ? { TaskHandle: handle } : {}),
          Status: status,
          SourceArn: sourceArn,
          ...(destinationArn ? { DestinationArn: destinationArn } : {}),
          ...(perSecond ? { MaxNumberOfMessagesPerSecond: perSecond } : {}),
          ApproximateNumberOfMessagesMoved: moved,
          ApproximateNumberOfMessagesToMove: toMove,
          StartedTimestamp: startedAt,
          ...(failure ? { FailureReason: failure } : {}),
        }),
      ),
    };
  },
});
