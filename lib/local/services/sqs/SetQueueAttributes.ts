import type { SetQueueAttributesCommandInput, SetQueueAttributesCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { assertValidAttributes } from './attributes';
import { assertDeadLetterQueue, queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<SetQueueAttributesCommandOutput, '$metadata'>;

export const SetQueueAttributes: OperationOf<SqsState, SetQueueAttributesCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:SetQueueAttributes', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, Attributes = {} }, { cloud }) {
    const record = state().record(QueueUrl);
    const given = Attributes as Record<string, string>;
    assertValidAttributes(record.name, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
    assertDeadLetterQueue(state(), record.name, given);
    const attributes = Object.fromEntries(
      Object.entries({ ...record.attributes, ...given }).filter(([, value]) => value !== ''),
    );
    await state().put({ ...record, attributes, modifiedAt: cloud.clock.now() });
    return {};
  },
});
