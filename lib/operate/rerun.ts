/** A run once more: its missing partitions alone, all that it has loaded, or from the start if it has failed beyond a redrive. */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, deployed } from './connection';
import { Refused } from './errors';
import { isPartial, type RunRow } from './ledger';
import { loadOfRun, reprocessing } from './load-again';
import { loadedAnew } from './loads';
import { isRepeated } from './redrive';
import { plural } from './text';

export interface RerunPlan {
  /** of the execution that is started */
  readonly input: object;
  /** what it does */
  readonly sentence: string;
}

/** @param failedPartitions of a partial run: those alone. @throws {Refused} where there is nothing to run again, or a redrive is right */
export async function planRerun(connection: Connection, run: RunRow, failedPartitions: boolean): Promise<RerunPlan> {
  const { runId, status, reason } = run;
  if (status === 'RUNNING')
    throw new Refused(`The run ${runId} is still running. See: npx stepwell show ${runId.slice(0, 8)}`);
  if (status === 'SKIPPED')
    throw new Refused(`The run ${runId} had nothing to do${reason ? `: ${reason}` : ''} Rerun the one that did it.`);
  if (status !== 'SUCCEEDED') {
    if (failedPartitions) throw new Refused(`The run ${runId} has failed as a whole. ${await remedy(connection, run)}`);
    await refuseRedrivable(connection, run);
    return {
      sentence: `The run ${runId} cannot go on where it failed, so what it was to load is loaded from the start.`,
      input: run.objects || run.interval || run.after ? loadOfRun(run) : await inputOf(connection, run),
    };
  }
  if (!failedPartitions)
    return {
      sentence: `All that the run ${runId} has loaded is extracted and loaded again, in its place.`,
      input: reprocessing(run),
    };
  await requireMissing(connection, run);
  return {
    sentence: `${plural(run.missing ?? run.failed?.length ?? 0, 'partition')} of run ${runId} ${run.missing === 1 ? 'is' : 'are'} extracted, and loaded with those it has.`,
    input: { rerun: { runId } },
  };
}

async function requireMissing(connection: Connection, run: RunRow): Promise<void> {
  const { runId } = run;
  if (!isPartial(run)) throw new Refused(`The run ${runId} is not partial: no partitions are missing.`);
  if (!run.interval || !run.kept)
    throw new Refused(
      `The missing partitions of run ${runId} cannot be extracted alone. All of it can: npx stepwell rerun ${runId}`,
    );
  const by = (await loadedAnew(connection, await deployed(connection), [run])).get(runId);
  if (by !== undefined)
    throw new Refused(
      `The run ${by} has loaded the same since: see what that lacks with npx stepwell show ${by.slice(0, 8)}, and if it is partial, rerun it instead.`,
    );
}

/** @throws {Refused} that says how, where the run can go on */
async function refuseRedrivable(connection: Connection, run: RunRow): Promise<void> {
  if (await canBeRedriven(connection, run))
    throw new Refused(`The run ${run.runId} has failed, and can go on where it failed. ${redriveOf(run)}`);
}

const redriveOf = ({ pipeline, runId }: RunRow): string => `Let it: npx stepwell redrive ${pipeline} ${runId}`;

async function remedy(connection: Connection, run: RunRow): Promise<string> {
  return (await canBeRedriven(connection, run)) ? redriveOf(run) : `Start it over: npx stepwell rerun ${run.runId}`;
}

/** For 14 days, and where it would not only fail the same way. */
async function canBeRedriven({ client }: Connection, run: RunRow): Promise<boolean> {
  const execution = await new SFNClient(client).send(new DescribeExecutionCommand({ executionArn: run.executionArn }));
  return execution.redriveStatus === 'REDRIVABLE' && !isRepeated(run, execution);
}

/** Of a run that failed before it was admitted. */
async function inputOf({ client }: Connection, { executionArn }: RunRow): Promise<object> {
  const { input = '{}' } = await new SFNClient(client).send(new DescribeExecutionCommand({ executionArn }));
  return JSON.parse(input) as object;
}
