import type { CreateQueueCommandInput, CreateQueueCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { allAttributes, assertValidAttributes, isFifo } from './attributes';
import { assertDeadLetterQueue, queueArn, queueUrl, type SqsState } from './state';
import { invalidValue } from './validate';

type Output = Omit<CreateQueueCommandOutput, '$metadata'>;

/** A queue that exists with these attributes is answered as it is, as on AWS. */
export const CreateQueue: OperationOf<SqsState, CreateQueueCommandInput, Output> = (state) => ({
  authorize: ({ QueueName = '' }, { cloud }) => [{ action: 'sqs:CreateQueue', resource: queueArn(cloud, QueueName) }],

  async handle(input, { cloud }) {
    requireMembers(input, 'QueueName');
    const { QueueName: name } = input;
    const attributes = (input.Attributes ?? {}) as Record<string, string>;
    assertValidName(name, attributes.FifoQueue === 'true');
    assertValidAttributes(name, attributes);
    assertDeadLetterQueue(state(), name, attributes);
    const existing = state().findRecord(name);
    const present = existing && allAttributes(name, existing.attributes);
    const differing = Object.entries(attributes).find(([key, value]) => present && !isSame(present[key], value));
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

function assertValidName(name: string, wantsFifo: boolean): void {
  if (wantsFifo && (!isFifo(name) || !/^[A-Za-z0-9_-]{1,75}\.fifo$/.test(name))) {
    throw invalidValue(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  }
  if (!wantsFifo && !/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw invalidValue('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
  }
}

/** Policies are the same whatever their spacing. */
function isSame(present: string | undefined, wanted: string): boolean {
  if (present === wanted) return true;
  try {
    return JSON.stringify(JSON.parse(present ?? '')) === JSON.stringify(JSON.parse(wanted));
  } catch {
    return false;
  }
}
