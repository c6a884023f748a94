/** A failed run goes on at the step that failed. */
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { Connection } from './connection';
import { Refused } from './errors';
import { isPartial, type RunRow } from './ledger';
import { withTurn } from './redrive-turn';

export interface RedrivePlan {
  /** the state machine has been deployed anew since: it goes on by the definition that it began with */
  readonly definitionChanged: boolean;
  readonly redrives: number;
}

/** What a redrive would be. @throws {Refused} where there can be none: says what to do instead */
export async function planRedrive({ client }: Connection, run: RunRow): Promise<RedrivePlan> {
  const { executionArn } = run;
  const sfn = new SFNClient(client);
  const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  const refusal = redriveRefusal(run, execution, new Date());
  if (refusal !== undefined) throw new Refused(refusal);
  return { definitionChanged: await hasChanged(sfn, executionArn), redrives: execution.redriveCount ?? 0 };
}

/** @throws {Refused} where it has been redriven meanwhile, or its turn is another's */
export async function redriveRun(connection: Connection, run: RunRow, { redrives }: RedrivePlan): Promise<void> {
  const { executionArn } = run;
  const sfn = new SFNClient(connection.client);
  try {
    await withTurn(connection, run, redrives, () => sfn.send(new RedriveExecutionCommand({ executionArn })));
  } catch (error) {
    if ((error as Error).name !== 'ExecutionNotRedrivable') throw error;
    throw new Refused(notRedrivable(run, (error as Error).message));
  }
}

const REDRIVABLE_DAYS = 14;
const DAY_MS = 86_400_000;

/** Why it cannot be redriven, and what to do instead; undefined where it can. */
export function redriveRefusal(
  run: RunRow,
  { status, stopDate, redriveStatus, redriveStatusReason }: Partial<DescribeExecutionOutput>,
  now: Date,
): string | undefined {
  const { runId } = run;
  const again = `npx stepwell rerun ${runId}`;
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE')
    return `The run ${runId} is still running. See: npx stepwell show ${runId.slice(0, 8)}`;
  if (run.status === 'SKIPPED') return `The run ${runId} has had nothing to do: there is nothing to redrive.`;
  if (isPartial(run))
    return `The run ${runId} has succeeded without some partitions, so there is nothing to redrive. To load those: ${again} --failed-partitions`;
  if (status === 'SUCCEEDED')
    return `The run ${runId} has succeeded: there is nothing to redrive. To load the same again, in its place: ${again}`;
  if (run.takenOverBy !== undefined)
    return `Files of the run ${runId} have been taken over by the run ${run.takenOverBy}, which loads them beside others: their rows could be in the tables twice. See: npx stepwell show ${run.takenOverBy.slice(0, 8)}`;
  const days = stopDate === undefined ? 0 : (now.getTime() - stopDate.getTime()) / DAY_MS;
  if (days > REDRIVABLE_DAYS)
    return `The run ${runId} ended ${Math.floor(days)} days ago: AWS redrives runs for ${REDRIVABLE_DAYS} days. Start its load over: ${again}`;
  return redriveStatus === 'NOT_REDRIVABLE' ? notRedrivable(run, redriveStatusReason ?? 'AWS says so') : undefined;
}

const notRedrivable = ({ runId }: RunRow, reason: string): string =>
  `The run ${runId} cannot be redriven: ${reason.replace(/\.$/, '')}. Start its load over: npx stepwell rerun ${runId}`;

/** Whether a new run would go by another definition than this one does. */
async function hasChanged(sfn: SFNClient, executionArn: string): Promise<boolean> {
  const then = await sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
  const now = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: then.stateMachineArn }));
  return then.definition !== now.definition;
}
