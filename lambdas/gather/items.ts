/**
 * What the ledger knows of files that are gathered. Each file has an item of its own, so that thousands may come at once; the group's item
 * counts them, and says which round is open. Single items only: who has put a file into a round looks afterwards whether the round is
 * open still. If so, whoever closes it finds the file; if not, the list of the closed round says whether it is in there.
 */
import { QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ManifestRef } from '../../lib/tasks/common';
import type { Gathered, GatheredBy } from '../../lib/tasks/gather';
import { OPEN_GATHERING } from '../../lib/tasks/gather';
import { ABSENT, getItem, type ItemKey, type Ledger, ledgerKeys, putItem, updateItem } from '../shared/ledger';

/** A group, and what waits of it. */
export interface Gathering {
  readonly pipeline: string;
  readonly group: string;
  /** from 1; the one that is open */
  readonly round: number;
  /** about how many wait: never fewer than there are */
  readonly files: number;
  /** when the first and the last file of the round were noticed; ISO 8601 */
  readonly openedAt?: string;
  readonly lastAt?: string;
  /** when its marker came */
  readonly markedAt?: string;
  /** a timer is under way; ms */
  readonly timerAt?: number;
  /** the round before is being closed */
  readonly closing?: Closing;
  /** when the latest round was closed */
  readonly closedAt?: string;
  /** in this round it was told that its files are late */
  readonly toldRound?: number;
}

export interface Closing {
  readonly round: number;
  readonly by: GatheredBy;
  /** ISO 8601 */
  readonly since: string;
  /** ms; and the invocation that is at it */
  readonly at: number;
  readonly owner: string;
}

/** A file in a round. */
export interface FileItem {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly etag?: string | undefined;
  readonly sequencer?: string | undefined;
  /** text whose order is that of arrival */
  readonly arrived: string;
  /** the latest round before, where a version of its key was in one */
  readonly before?: number | undefined;
}

/** In which round the latest version of a key is. */
export interface ArrivalItem {
  readonly versionId?: string | undefined;
  readonly arrived: string;
  readonly group: string;
  readonly round: number;
  /** of the same group: the one before, with another version or in a run that failed */
  readonly before?: number | undefined;
  readonly revision: number;
}

/** How a round was closed: the truth of what its runs load. The first that is written stays. */
export interface RoundItem {
  readonly runs: readonly ClosedRun[];
}
export interface ClosedRun {
  /** of the execution */
  readonly name: string;
  readonly list: ManifestRef;
  readonly gathered: Gathered;
}

/** Forgotten by DynamoDB long after anybody can ask. */
const KEPT_S = 400 * 86_400;
const expiresAt = (now: number): number => Math.floor(now / 1000) + KEPT_S;
const iso = (ms: number): string => new Date(ms).toISOString();

/** Should an event or a timer be lost, the sweeper sees to the group then. */
const BACKSTOP_MS = 10 * 60_000;
const WAITING_MS = 60 * 60_000;
const CLOSING_MS = 2 * 60_000;

const keyOf = ({ pipeline, group }: Pick<Gathering, 'pipeline' | 'group'>): ItemKey =>
  ledgerKeys.gathering(pipeline, group);

export const gatheringOf = (ledger: Ledger, pipeline: string, group: string): Promise<Gathering | undefined> =>
  getItem<Gathering>(ledger, keyOf({ pipeline, group }));

export async function begunGathering(ledger: Ledger, pipeline: string, group: string, now: number): Promise<Gathering> {
  for (;;) {
    const known = await gatheringOf(ledger, pipeline, group);
    if (known) return known;
    const item: Gathering = { pipeline, group, round: 1, files: 0 };
    if (await putItem(ledger, keyOf(item), { ...item, expiresAt: expiresAt(now) }, ABSENT)) return item;
  }
}

/** Every group of a pipeline for which something waits or is being closed. */
export async function openGatherings(ledger: Ledger, pipeline: string): Promise<Gathering[]> {
  const { pk } = ledgerKeys.gathering(pipeline, '');
  const all = await queryItems<Gathering>(ledger, pk, 'group#');
  return all.filter(({ openedAt, markedAt, closing }) => openedAt !== undefined || markedAt !== undefined || closing);
}

/** The round has a file more, or its marker; undefined where it is not open any longer. */
export async function noteArrival(
  ledger: Ledger,
  { pipeline, group, round }: Gathering,
  { more, isMarker, now }: { more: number; isMarker: boolean; now: number },
): Promise<Gathering | undefined> {
  const set = isMarker
    ? ['markedAt = if_not_exists(markedAt, :now)']
    : ['openedAt = if_not_exists(openedAt, :now)', 'lastAt = :now'];
  const open = ['openPk = :open', 'dueAt = if_not_exists(dueAt, :due)', 'expiresAt = :expires'];
  return updated(ledger, keyOf({ pipeline, group }), `SET ${[...set, ...open].join(', ')} ADD files :more`, round, {
    ':now': iso(now),
    ':open': OPEN_GATHERING,
    ':due': iso(now + BACKSTOP_MS),
    ':expires': expiresAt(now),
    ':more': more,
  });
}

async function updated(
  ledger: Ledger,
  key: ItemKey,
  UpdateExpression: string,
  round: number,
  values: Readonly<Record<string, unknown>>,
): Promise<Gathering | undefined> {
  try {
    const { Attributes } = await ledger.client.send(
      new UpdateItemCommand({
        TableName: ledger.table,
        Key: marshall(key),
        UpdateExpression,
        ConditionExpression: '#round = :round',
        ExpressionAttributeNames: { '#round': 'round' },
        ExpressionAttributeValues: marshall({ ...values, ':round': round }),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return unmarshall(Attributes!) as Gathering;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
    throw error;
  }
}

/** Puts the file into the round, unless a later version of its key is there. True where its key is new in there. */
export async function putFile(
  ledger: Ledger,
  { pipeline, group, round }: Gathering,
  file: FileItem,
  now: number,
): Promise<boolean> {
  const at = ledgerKeys.gatheredFile(pipeline, group, round, file.key);
  const item = { ...file, expiresAt: expiresAt(now) };
  if (await putItem(ledger, at, item, ABSENT)) return true;
  await putItem(ledger, at, item, { expression: 'arrived < :arrived', values: { ':arrived': file.arrived } });
  return false;
}

export const filesOf = (ledger: Ledger, pipeline: string, group: string, round: number): Promise<FileItem[]> =>
  queryItems<FileItem>(ledger, ledgerKeys.gatheredRound(pipeline, group, round).pk, 'file#');

/** Ends the round and opens the next one; undefined where somebody else has. */
export async function closeRound(
  ledger: Ledger,
  gathering: Gathering,
  closing: Closing,
): Promise<Gathering | undefined> {
  const { round } = gathering;
  const done = await updateItem(
    ledger,
    keyOf(gathering),
    {
      round: round + 1,
      files: 0,
      closing,
      closedAt: iso(closing.at),
      openedAt: undefined,
      lastAt: undefined,
      markedAt: undefined,
      timerAt: undefined,
      openPk: OPEN_GATHERING,
      dueAt: iso(closing.at + CLOSING_MS),
      expiresAt: expiresAt(closing.at),
    },
    {
      expression: '#round = :round AND attribute_not_exists(closing)',
      names: { '#round': 'round' },
      values: { ':round': round },
    },
  );
  if (!done) return undefined;
  const { openedAt, lastAt, markedAt, timerAt, ...rest } = gathering;
  return { ...rest, round: round + 1, files: 0, closing };
}

/** Its runs have been started. */
export async function endClosing(ledger: Ledger, gathering: Gathering, closing: Closing, now: number): Promise<void> {
  const ended = await updateItem(
    ledger,
    keyOf(gathering),
    { closing: undefined, dueAt: iso(now + BACKSTOP_MS) },
    { expression: 'closing.#round = :round', names: { '#round': 'round' }, values: { ':round': closing.round } },
  );
  if (!ended) return;
  const nothing = 'attribute_not_exists(openedAt) AND attribute_not_exists(markedAt) AND attribute_not_exists(closing)';
  await updateItem(ledger, keyOf(gathering), { openPk: undefined, dueAt: undefined }, { expression: nothing });
}

const roundIs = (round: number) => ({
  expression: '#round = :round',
  names: { '#round': 'round' },
  values: { ':round': round },
});

/** A timer is under way, or none is needed: when the sweeper looks at it otherwise. */
export async function noteTimer(
  ledger: Ledger,
  gathering: Gathering,
  timerAt: number | undefined,
  now: number,
): Promise<void> {
  const dueAt = iso(timerAt === undefined ? now + WAITING_MS : timerAt + BACKSTOP_MS);
  await updateItem(ledger, keyOf(gathering), { timerAt, dueAt }, roundIs(gathering.round));
}

export async function noteTold(ledger: Ledger, gathering: Gathering): Promise<void> {
  await updateItem(ledger, keyOf(gathering), { toldRound: gathering.round }, roundIs(gathering.round));
}

/**
 * Counts the files that wait, and sets right what the item says of it: less is taken off than may have come since it was read, so that
 * it never says too few. The answer has the true number.
 */
export async function recount(ledger: Ledger, gathering: Gathering): Promise<Gathering | undefined> {
  const { pipeline, group, round, files } = gathering;
  const there = (await filesOf(ledger, pipeline, group, round)).length;
  if (there === files) return gathering;
  const noted = await updated(ledger, keyOf(gathering), 'ADD files :more', round, { ':more': there - files });
  return noted && { ...noted, files: there };
}

async function queryItems<T>(ledger: Ledger, pk: string, beginsWith: string): Promise<T[]> {
  const items: T[] = [];
  let ExclusiveStartKey: QueryCommand['input']['ExclusiveStartKey'];
  do {
    const page = await ledger.client.send(
      new QueryCommand({
        TableName: ledger.table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: marshall({ ':pk': pk, ':sk': beginsWith }),
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    items.push(...(page.Items ?? []).map((item) => unmarshall(item) as T));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}
