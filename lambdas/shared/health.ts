/**
 * Whether a pipeline is down: from a run that has failed to the next that succeeds; and which runs have failed without their data having
 * been loaded since. Runs of backfills do not count: what they fail with, the backfill tells.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { backfillOf } from '../../lib/tasks/backfill';
import { getItem, type ItemKey, type Ledger, updateItem } from './ledger';

export interface FailedNote {
  readonly runId: string;
  readonly redriveCount: number;
  /** when it failed, ISO 8601; of one that was redriven, the first time */
  readonly at: string;
  readonly step?: string | undefined;
  readonly error: string;
  readonly loadKey?: string | undefined;
  /** by a message of its own */
  readonly told: boolean;
}

export interface HealthItem {
  /** counts what changes below, but not successes */
  readonly revision?: number;
  /** ISO 8601; absent: it is not down */
  readonly downSince?: string;
  /** whose data are not loaded, the oldest first */
  readonly failed?: readonly FailedNote[];
  /** the last one */
  readonly succeeded?: SucceededRun;
}

const healthKey = (pipeline: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: 'health' });

export const getHealth = async (ledger: Ledger, pipeline: string): Promise<HealthItem> =>
  (await getItem<HealthItem>(ledger, healthKey(pipeline))) ?? {};

export interface SucceededRun {
  readonly runId: string;
  readonly loadKey?: string | undefined;
  /** ISO 8601 */
  readonly at: string;
}

/** Notes a success. Returns whether there is something to recover from: in one call, so that of a failure at the same time one of the two knows of the other. */
export async function noteSuccess(ledger: Ledger, pipeline: string, run: SucceededRun): Promise<boolean> {
  const { Attributes = {} } = await ledger.client.send(
    new UpdateItemCommand({
      TableName: ledger.table,
      Key: marshall(healthKey(pipeline)),
      UpdateExpression: 'SET succeeded = :run',
      ExpressionAttributeValues: marshall({ ':run': run }, { removeUndefinedValues: true }),
      ReturnValues: 'ALL_NEW',
    }),
  );
  return isRecovery(recoveryBy(run, unmarshall(Attributes) as HealthItem));
}

const MOST_FAILED = 50;
/** After so long a run cannot be redriven any longer. */
const FORGOTTEN_AFTER_MS = 14 * 86_400_000;

/** Notes a failure. Returns a success that was later, and has found nothing to recover from. */
export async function noteFailure(
  ledger: Ledger,
  pipeline: string,
  note: FailedNote,
): Promise<SucceededRun | undefined> {
  if (backfillOf(note.runId) !== undefined) return undefined;
  await change(ledger, pipeline, ({ downSince, failed = [] }) => {
    const before = failed.find(({ runId }) => runId === note.runId);
    if (before && before.redriveCount >= note.redriveCount) return undefined;
    const young = Date.parse(note.at) - FORGOTTEN_AFTER_MS;
    const others = failed.filter(({ runId, at }) => runId !== note.runId && Date.parse(at) > young);
    const merged = before ? { ...note, at: before.at, told: before.told || note.told } : note;
    return { downSince: downSince ?? note.at, failed: [...others, merged].slice(-MOST_FAILED) };
  });
  const { succeeded } = await getHealth(ledger, pipeline);
  return succeeded !== undefined && succeeded.at > note.at ? succeeded : undefined;
}

export interface Recovery {
  /** since when it was down; absent: it was not, a run was mended only */
  readonly downSince?: string | undefined;
  /** failed before, and their data are loaded now */
  readonly mended: readonly FailedNote[];
  /** failed before, and their data are not loaded */
  readonly missing: readonly FailedNote[];
  /** failed after the success */
  readonly later: readonly FailedNote[];
}

const isRecovery = ({ downSince, mended }: Recovery): boolean => downSince !== undefined || mended.length > 0;

export function recoveryBy({ runId, loadKey, at }: SucceededRun, { downSince, failed = [] }: HealthItem): Recovery {
  const isSame = (note: FailedNote) => note.runId === runId || (loadKey !== undefined && note.loadKey === loadKey);
  const earlier = failed.filter((note) => note.at <= at);
  const isDown = downSince !== undefined && downSince <= at && backfillOf(runId) === undefined;
  return {
    ...(isDown ? { downSince } : {}),
    mended: earlier.filter(isSame),
    missing: earlier.filter((note) => !isSame(note)),
    later: failed.filter((note) => note.at > at),
  };
}

/** What the success has mended is down no longer. */
export async function noteRecovery(ledger: Ledger, pipeline: string, run: SucceededRun): Promise<void> {
  await change(ledger, pipeline, (before) => {
    const recovery = recoveryBy(run, before);
    if (!isRecovery(recovery)) return undefined;
    const { missing, later } = recovery;
    const downSince = recovery.downSince === undefined ? before.downSince : later[0]?.at;
    return { downSince, failed: [...missing, ...later] };
  });
}

/** So many functions at once would have to be faster, each time. */
const ATTEMPTS = 60;
const MOST_WAIT_MS = 250;

async function change(
  ledger: Ledger,
  pipeline: string,
  to: (before: HealthItem) => (Pick<HealthItem, 'failed'> & { downSince: string | undefined }) | undefined,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = await getHealth(ledger, pipeline);
    const after = to(before);
    if (after === undefined) return;
    const isWritten = await updateItem(
      ledger,
      healthKey(pipeline),
      { ...after, revision: (before.revision ?? 0) + 1 },
      before.revision === undefined
        ? { expression: 'attribute_not_exists(revision)' }
        : { expression: 'revision = :before', values: { ':before': before.revision } },
    );
    if (isWritten) return;
    // Hundreds of runs may fail in one second.
    await sleep(Math.random() * Math.min(attempt * 10, MOST_WAIT_MS));
  }
  throw new Error(`The health of ${pipeline} changes too fast`);
}
