/** A failed run goes on at the step that failed. */
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { isRepeatedByRedrive } from '../tasks/failed-run';
import type { Connection } from './connection';
import { Refused } from './errors';
import { isPartial, manyFilesOf, type RunRow } from './ledger';
import { withTurn } from './redrive-turn';
import { newRunLines } from './remedy';

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
  const [then, now] = await definitions(sfn, executionArn);
  if (isRepeated(run, execution)) {
    const deployedAt = await deployedOf(client, functionOf(JSON.parse(then) as Machine, run.error?.step ?? ''));
    const failedAt = execution.stopDate?.getTime() ?? 0;
    // What the new code makes of it, nobody knows.
    if (deployedAt === undefined || deployedAt <= failedAt) throw new Refused(repeatedRefusal(run, execution));
  }
  return { definitionChanged: then !== now, redrives: execution.redriveCount ?? 0 };
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

/** A redrive would fail the same way, unless the function that failed is another by now. */
export function isRepeated(
  { interval, after, error }: RunRow,
  { error: ended }: Pick<DescribeExecutionOutput, 'error'>,
): boolean {
  // The ledger hears of it a moment later.
  const name = error?.name ?? ended;
  const scheduled = interval !== undefined || after !== undefined;
  return name !== undefined && isRepeatedByRedrive({ error: name, step: error?.step, scheduled });
}

function repeatedRefusal(run: RunRow, { error: ended }: Pick<DescribeExecutionOutput, 'error'>): string {
  const { pipeline, runId, error, interval, after } = run;
  const where = error?.step === undefined ? '' : ` at ${error.step}`;
  return [
    `The run ${runId} has failed with ${error?.name ?? ended}${where}: it would go on with what it has read, by the definition that it began with.`,
    ...newRunLines(pipeline, interval, after, manyFilesOf(run)),
  ].join('\n');
}

/** By which the run goes, and by which a new one would. */
async function definitions(sfn: SFNClient, executionArn: string): Promise<readonly [string, string]> {
  const then = await sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
  const now = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: then.stateMachineArn }));
  return [then.definition!, now.definition!];
}

interface Machine {
  readonly States: Readonly<Record<string, Step>>;
}
interface Step {
  readonly Arguments?: { readonly FunctionName?: string };
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
}

/** Undefined: it is no function's step. */
function functionOf({ States }: Machine, step: string): string | undefined {
  for (const [name, { Arguments, Branches = [], ItemProcessor }] of Object.entries(States)) {
    if (name === step) return Arguments?.FunctionName;
    for (const inner of ItemProcessor ? [ItemProcessor] : Branches) {
      const found = functionOf(inner, step);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Milliseconds since 1970. */
async function deployedOf(client: Connection['client'], FunctionName: string | undefined): Promise<number | undefined> {
  if (FunctionName === undefined) return undefined;
  const lambda = new LambdaClient(client);
  const { LastModified } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName })).catch((error) => {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    return { LastModified: undefined };
  });
  lambda.destroy();
  return LastModified === undefined ? undefined : Date.parse(LastModified);
}
