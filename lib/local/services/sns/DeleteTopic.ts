import type { DeleteTopicCommandInput, DeleteTopicCommandOutput } from '@aws-sdk/client-sns';
import type { OperationOf } from '../stateful';
import type { SnsState } from './state';

type Output = Omit<DeleteTopicCommandOutput, '$metadata'>;

/** Its subscriptions go with it. Deleting what is not there succeeds. */
export const DeleteTopic: OperationOf<SnsState, DeleteTopicCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:DeleteTopic', resource: TopicArn }],

  async handle({ TopicArn = '' }) {
    await state().deleteTopic(TopicArn);
    await Promise.all(
      state()
        .subscriptionsOf(TopicArn)
        .map(({ arn }) => state().subscriptions.delete(arn)),
    );
    return {};
  },
});
