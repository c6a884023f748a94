/**
 * When the stack of a pipeline is deployed, it looks at once: alarms to which missing data is a breach have their first data then. When the
 * stack is deleted, what the last look has found goes with it. `Custom::StepwellWatch`, by CloudFormation's protocol.
 */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { type WatchInput, type WatchOutput, watchInput } from '../../lib/tasks/watch';
import type { Ledger } from '../shared/ledger';
import { watchKeys } from '../shared/watched';

export const resourceEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.string(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.optional(z.string()),
  /** `Watch`: the JSON of what is watched, as CloudFormation makes texts of everything */
  ResourceProperties: z.object({ Pipeline: z.string(), Watch: z.string() }),
});
export type ResourceEvent = z.infer<typeof resourceEvent>;

export interface FirstLookServices {
  readonly look: (input: WatchInput) => Promise<WatchOutput>;
  readonly ledger: Ledger;
  /** Resolves when CloudWatch shows what was measured; false where it does not in time. */
  readonly seen: (pipeline: string) => Promise<boolean>;
  /** ISO 8601 */
  readonly now: () => string;
}

export interface Answer {
  readonly Status: 'SUCCESS';
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
}

/** No deploy fails because nobody could look: the alarm that nobody looks is for that. */
export async function answerTo(event: ResourceEvent, services: FirstLookServices): Promise<Answer> {
  const { StackId, RequestId, LogicalResourceId, ResourceProperties, RequestType } = event;
  const PhysicalResourceId = `watch:${ResourceProperties.Pipeline}`;
  const answer = { Status: 'SUCCESS' as const, StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  try {
    if (RequestType === 'Delete') {
      await forget(ResourceProperties.Pipeline, services.ledger);
      return answer;
    }
    await services.look(z.parse(watchInput, { ...JSON.parse(ResourceProperties.Watch), now: services.now() }));
    const isSeen = await services.seen(ResourceProperties.Pipeline);
    return isSeen ? answer : { ...answer, Reason: 'CloudWatch did not show in time what was measured.' };
  } catch (error) {
    return { ...answer, Reason: String(error).slice(0, 1_000) };
  }
}

async function forget(pipeline: string, { client, table }: Ledger): Promise<void> {
  await client.send(new DeleteItemCommand({ TableName: table, Key: marshall(watchKeys.watch(pipeline)) }));
}
