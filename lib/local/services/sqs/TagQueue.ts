import type { TagQueueCommandInput, TagQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<TagQueueCommandOutput, '$metadata'>;

export const TagQueue: OperationOf<SqsState, TagQueueCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:TagQueue', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, Tags = {} }) {
    const record = state().record(QueueUrl);
    await state().put({ ...record, tags: { ...record.tags, ...Tags } });
    return {};
  },
});
