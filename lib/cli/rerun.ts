/** A run once more: its missing partitions alone, all that it has loaded, or from the start if it has failed beyond a redrive. */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, deployed } from '../operate/connection';
import { Refused } from '../operate/errors';
import { findRun, isPartial, type RunRow } from '../operate/ledger';
import { loadedAnew } from '../operate/loads';
import { plural } from '../operate/text';
import { isRepeatedByRedrive } from '../tasks/failed-run';
import { connect } from './connect';
import { type AgainOptions, loadAgain, loadOfRun, reprocessing } from './load-again';

export interface RerunOptions extends AgainOptions {
  /** of a partial run: extract those alone */
  readonly failedPartitions: boolean;
  /** look among its runs only */
  readonly pipeline?: string;
}

export async function rerun(wanted: string, options: RerunOptions): Promise<void> {
  const connection = await connect(options);
  const run = await findRun(connection, wanted, options.pipeline);
  const { runId, status, reason } = run;
  if (status === 'RUNNING')
    throw new Refused(`The run ${runId} is still running. See: npx stepwell show ${runId.slice(0, 8)}`);
  if (status === 'SKIPPED')
    throw new Refused(`The run ${runId} had nothing to do${reason ? `: ${reason}` : ''} Rerun the one that did it.`);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (status !== 'SUCCEEDED') {
    if (options.failedPartitions)
      throw new Refused(`The run ${runId} has failed as a whole. ${await remedy(connection, run)}`);
    await refuseRedrivable(connection, run);
    say(`The run ${runId} cannot go on where it failed, so what it was to load is loaded from the start.`);
    await loadAgain(
      connection,
      run,
      run.objects || run.interval || run.after ? loadOfRun(run) : await inputOf(connection, run),
      options,
    );
    return;
  }
  if (!options.failedPartitions) {
    say(`All that the run ${runId} has loaded is extracted and loaded again, in its place.`);
    await loadAgain(connection, run, reprocessing(run), options);
    return;
  }
  await requireMissing(connection, run);
  say(
    `${plural(run.missing ?? run.failed?.length ?? 0, 'partition')} of run ${runId} ${run.missing === 1 ? 'is' : 'are'} extracted, and loaded with those it has.`,
  );
  await loadAgain(connection, run, { rerun: { runId } }, options);
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
async function canBeRedriven({ client }: Connection, { executionArn, error, interval }: RunRow): Promise<boolean> {
  const { redriveStatus, error: ended } = await new SFNClient(client).send(
    new DescribeExecutionCommand({ executionArn }),
  );
  if (redriveStatus !== 'REDRIVABLE') return false;
  // The ledger hears of it a moment later.
  const name = error?.name ?? ended;
  return !name || !isRepeatedByRedrive({ error: name, step: error?.step, scheduled: interval !== undefined });
}

/** Of a run that failed before it was admitted. */
async function inputOf({ client }: Connection, { executionArn }: RunRow): Promise<object> {
  const { input = '{}' } = await new SFNClient(client).send(new DescribeExecutionCommand({ executionArn }));
  return JSON.parse(input) as object;
}
