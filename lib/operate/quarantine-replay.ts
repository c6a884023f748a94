/**
 * Loads again, after a fix of the contract or the SQL, what left rows in quarantine: the same files in the same versions, or the same
 * interval, through the same handlers and in the place of the first load. Rows that were good are replaced by themselves.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, type Deployed, pipelineNamed } from './connection';
import { Refused } from './errors';
import { objectsOfRun } from './gathering';
import { itemsAt, type LoadedObject, latestRuns, type RunRow } from './ledger';
import { reprocessing } from './load-again';
import { loadedAnew } from './loads';
import { countBadRows } from './quarantine-rows';
import { hadBadRows, quarantineState, stateText } from './quarantine-state';
import { tablesReplacedWhole } from './replaced-whole';

export interface ReplayPlan {
  readonly run: RunRow;
  /** of the execution that loads it again */
  readonly input: object;
  /** bad rows by file, or by source */
  readonly counts: ReadonlyMap<string, number>;
}

/** @throws {Refused} where a replay would do nothing, or turn a table back: says why */
export async function planReplay(connection: Connection, stacks: Deployed, run: RunRow): Promise<ReplayPlan> {
  requireReplayable(run, (await loadedAnew(connection, stacks, [run])).get(run.runId));
  await refuseTurningBack(connection, stacks, run);
  const counts = await countBadRows(connection, run);
  return { run, counts, input: { ...reprocessing(run), replay: { runId: run.runId } } };
}

function requireReplayable(run: RunRow, anew: string | undefined): void {
  const { runId, pipeline, status } = run;
  const short = runId.slice(0, 8);
  if (!hadBadRows(run)) throw new Refused(`The run ${runId} has no bad rows: there is nothing to replay.`);
  if (status === 'RUNNING') throw new Refused(`The run ${runId} is still running. See: npx stepwell show ${short}`);
  if (status !== 'SUCCEEDED')
    throw new Refused(
      `The run ${runId} has failed and has loaded nothing that could be replaced. After the fix: npx stepwell rerun ${runId} --pipeline ${pipeline}`,
    );
  const of = quarantineState(run, anew);
  if (of.state === 'replayed')
    throw new Refused(
      `The bad rows of run ${runId} are ${stateText(of)}, which has loaded the same in its place. See what that has left: npx stepwell quarantine show ${of.by.slice(0, 8)}`,
    );
  if (of.state === 'discarded')
    throw new Refused(
      `The bad rows of run ${runId} were ${stateText(of)}. If they are to come in nonetheless: npx stepwell rerun ${runId}`,
    );
}

/** @throws {Refused} where what is in the tables now is newer than what would take its place */
async function refuseTurningBack(connection: Connection, stacks: Deployed, run: RunRow): Promise<void> {
  const remedy = `The later load is what counts: drop the corrected file again, or discard the rows: npx stepwell quarantine discard ${run.runId.slice(0, 8)}`;
  const newer = await newerVersion(connection, stacks, run);
  if (newer)
    throw new Refused(
      `${newer.key} has been put again since run ${run.runId}, and run ${newer.runId} has loaded that version. ${remedy}`,
    );
  const { stateMachineArn } = pipelineNamed(stacks, run.pipeline);
  const machine = await new SFNClient(connection.client).send(new DescribeStateMachineCommand({ stateMachineArn }));
  const tables = tablesReplacedWhole(machine.definition!);
  if (tables.length === 0) return;
  const later = await laterLoad(connection, stacks, run);
  if (later)
    throw new Refused(
      `${tables.join(', ')} ${tables.length === 1 ? 'is' : 'are'} replaced as a whole by each load, by run ${later.runId} since run ${run.runId}: a replay would turn the table back. ${remedy}`,
    );
}

/** The latest content of an object that a run has claimed. */
interface ClaimItem {
  readonly versionId?: string;
  readonly etag: string;
  readonly runId: string;
  readonly status: string;
}

async function newerVersion(
  connection: Connection,
  stacks: Deployed,
  run: RunRow,
): Promise<{ key: string; runId: string } | undefined> {
  const { pipeline } = run;
  const objects = await objectsOfRun(connection, stacks, run);
  const at = ({ bucket, key }: LoadedObject) => ({ pk: `object#${pipeline}#${bucket}/${key}`, sk: 'claim' });
  const claims = await itemsAt<ClaimItem>(
    new DynamoDBClient(connection.client),
    stacks.foundation.LedgerTableName!,
    objects.map(at),
  );
  const byKey = new Map(claims.map((claim) => [claim.pk, claim]));
  for (const object of objects) {
    const claim = byKey.get(at(object).pk);
    if (!claim || claim.status === 'failed') continue;
    if (claim.versionId !== object.versionId && claim.etag !== object.etag)
      return { key: object.key, runId: claim.runId };
  }
  return undefined;
}

/** Searched among so many of the latest runs; beyond them the publishing transaction still keeps the newer table. */
const SEARCHED = 1000;

async function laterLoad(connection: Connection, stacks: Deployed, run: RunRow): Promise<RunRow | undefined> {
  const { arrival = '', loadKey } = run;
  const runs = await latestRuns(connection, stacks, pipelineNamed(stacks, run.pipeline), SEARCHED);
  return runs.find(
    (other) => other.status === 'SUCCEEDED' && other.loadKey !== loadKey && (other.arrival ?? '') > arrival,
  );
}
