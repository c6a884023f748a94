import type { UntagQueueCommandInput, UntagQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<UntagQueueCommandOutput, '$metadata'>;

export const UntagQueue: OperationOf<SqsState, UntagQueueCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:UntagQueue', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, TagKeys }) {
    const record = state().record(QueueUrl);
    await state().put({ ...record, tags: withoutTags(record.tags, TagKeys) });
    return {};
  },
});
