import type { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import type { RedriveAnswer, RedriveTurn, TurnInput } from '../../lib/tasks/turn';
import { recordSkipped } from '../shared/admission';
import type { Ledger } from '../shared/ledger';
import { getRun } from '../shared/run-item';
import { turnServices } from '../shared/turn-services';
import { giveTurnOfEnded, giveTurnOn, takeTurn, takeTurnAgain, takeTurnOrSkip } from '../shared/turns';

export interface DealServices {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly now: () => number;
}

/** EventBridge's "Step Functions Execution Status Change" of a run that has ended without Record. */
export const endedEvent = z.object({
  detail: z.object({
    executionArn: z.string(),
    status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
    redriveCount: z.optional(z.nullable(z.number())),
  }),
});
export type EndedEvent = z.infer<typeof endedEvent>;

/** The run waits for its turn. What the schedule has started does not, where overlap is 'skip'. */
export async function dealTurn(input: TurnInput, { ledger, stepFunctions, now }: DealServices): Promise<string> {
  const { pipeline, policy, execution } = input;
  const services = turnServices(pipeline, { ledger, stepFunctions, now });
  if (policy === 'queue' || !isScheduled(input.trigger)) {
    await takeTurn(input, services);
    return 'waits for its turn, or has it';
  }
  const skip = async (reason: string): Promise<void> => {
    const { arn, name } = execution;
    const run = await getRun(ledger, pipeline, name);
    const startedAt = run?.startedAt ?? new Date(now()).toISOString();
    await recordSkipped(ledger, pipeline, { arn, name, startedAt }, { reason }, now());
  };
  const before = await getRun(ledger, pipeline, execution.name);
  if (before?.status === 'SKIPPED' && before.executionArn === execution.arn) {
    // An attempt before this one has said so, and others may have taken its claim since.
    await services.tell(input.taskToken, { outcome: 'skipped', reason: before.reason ?? '' });
    return 'skipped';
  }
  return takeTurnOrSkip(input, skip, services);
}

export function runEnded(
  pipeline: string,
  { detail }: EndedEvent,
  { ledger, stepFunctions, now }: DealServices,
): Promise<'has ended' | 'goes on'> {
  const services = turnServices(pipeline, { ledger, stepFunctions, now });
  return giveTurnOfEnded({ owner: detail.executionArn, redrives: detail.redriveCount ?? undefined }, services);
}

/** So that a run which is redriven does not work beside another. */
export async function redriveTurn(
  request: RedriveTurn,
  { ledger, stepFunctions, now }: DealServices,
): Promise<RedriveAnswer> {
  const services = turnServices(request.pipeline, { ledger, stepFunctions, now });
  if (!request.undo) return takeTurnAgain(request, services);
  await giveTurnOn({ owner: request.executionArn, redrives: request.redrives }, services);
  return { taken: false, behind: [] };
}

const isScheduled = (trigger: unknown): boolean =>
  typeof trigger === 'object' && trigger !== null && 'schedule' in trigger;
