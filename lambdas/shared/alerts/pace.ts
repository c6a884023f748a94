/**
 * How often one kind of alert of one pipeline is told: the first ones at once, each by itself; after that they are gathered and told
 * together, at growing distances. So whatever goes wrong however often is told, and nobody gets hundreds of mails a day.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Alert, AlertKind } from '../../../lib/tasks/alert';
import { getItem, type ItemKey, type Ledger, putItem } from '../ledger';

/** Each failed run has a message of its own, unless they come by the hundred; of what only wants a look, ten do. */
export const AT_ONCE = { failure: 100, others: 10 } as const;
const HOUR_MS = 3_600_000;
/** Between what was told last and what is told next, once there was too much. */
const DISTANCES_MS = [HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS];
/** After so long without any, the next ones are told at once again. */
const QUIET_MS = 12 * HOUR_MS;
const MOST_GATHERED = 50;
const KEPT_S = 100 * 86_400;

/** What is told of one of many. */
export interface Gathered {
  readonly key: string;
  /** ISO 8601 */
  readonly at: string;
  readonly title: string;
  readonly severity: Alert['severity'];
  readonly command?: string | undefined;
}

export interface PaceItem {
  readonly pipeline: string;
  readonly kind: AlertKind;
  readonly revision: number;
  /** how many messages there were since it was quiet */
  readonly told: number;
  /** ms since 1970 */
  readonly toldAt: number;
  readonly raisedAt: number;
  readonly gathered: readonly Gathered[];
  /** beyond those in `gathered` */
  readonly more: number;
  /** index `open`, for the sweeper, while there is something to tell */
  readonly openPk?: 'alert' | undefined;
  readonly dueAt?: string | undefined;
  /** seconds since 1970 */
  readonly expiresAt: number;
}

export interface PaceServices {
  readonly ledger: Ledger;
  readonly now: () => number;
  /** how many are told one by one, instead of `AT_ONCE` */
  readonly atOnce?: number | undefined;
}

export const paceKey = (pipeline: string, kind: AlertKind): ItemKey => ({
  pk: `alert#${pipeline}`,
  sk: `pace#${kind}`,
});

/** Whether it is to be told now. Otherwise it is kept, and told with others. Asking again for the same changes nothing that matters. */
export async function mayTell(alert: Alert, services: PaceServices): Promise<boolean> {
  const { pipeline, kind } = alert;
  const { now, atOnce = atOnceOf(kind) } = services;
  let isNow = true;
  await change(pipeline, kind, services, (before) => {
    const at = now();
    const isQuiet = at - before.raisedAt > QUIET_MS && before.gathered.length === 0;
    const told = isQuiet ? 0 : before.told;
    const isFree = before.gathered.length === 0 && at >= before.toldAt + distance(told, atOnce);
    isNow = told < atOnce || isFree;
    if (isNow) return { ...before, told: told + 1, toldAt: at, raisedAt: at };
    if (before.gathered.some(({ key }) => key === alert.dedupeKey)) return undefined;
    const isRoom = before.gathered.length < MOST_GATHERED;
    return {
      ...before,
      raisedAt: at,
      gathered: isRoom ? [...before.gathered, gatheredOf(alert, at)] : before.gathered,
      more: before.more + (isRoom ? 0 : 1),
      openPk: 'alert',
      dueAt: before.dueAt ?? iso(before.toldAt + distance(told, atOnce)),
    };
  });
  return isNow;
}

/** What was told of is gathered no longer; what came meanwhile stays, for the next time. */
export async function markTold(item: PaceItem, services: PaceServices): Promise<void> {
  const { now, atOnce = atOnceOf(item.kind) } = services;
  const keys = new Set(item.gathered.map(({ key }) => key));
  await change(item.pipeline, item.kind, services, (before) => {
    const gathered = before.gathered.filter(({ key }) => !keys.has(key));
    if (gathered.length === before.gathered.length) return undefined;
    const told = before.told + 1;
    const more = Math.max(0, before.more - item.more);
    const isOpen = gathered.length > 0 || more > 0;
    return {
      ...before,
      gathered,
      more,
      told,
      toldAt: now(),
      openPk: isOpen ? 'alert' : undefined,
      dueAt: isOpen ? iso(now() + distance(told, atOnce)) : undefined,
    };
  });
}

export const getPace = (ledger: Ledger, pipeline: string, kind: AlertKind): Promise<PaceItem | undefined> =>
  getItem<PaceItem>(ledger, paceKey(pipeline, kind));

const atOnceOf = (kind: AlertKind): number => (kind === 'failure' ? AT_ONCE.failure : AT_ONCE.others);

function distance(told: number, atOnce: number): number {
  const index = Math.min(Math.max(0, told - atOnce), DISTANCES_MS.length - 1);
  return DISTANCES_MS[index]!;
}

const gatheredOf = ({ dedupeKey, title, severity, command }: Alert, at: number): Gathered => ({
  key: dedupeKey,
  at: iso(at),
  title: title.slice(0, 200),
  severity,
  command: command?.slice(0, 200),
});

/** So many functions at once would have to be faster, each time. */
const ATTEMPTS = 60;
const MOST_WAIT_MS = 250;

async function change(
  pipeline: string,
  kind: AlertKind,
  { ledger, now }: PaceServices,
  to: (before: PaceItem) => PaceItem | undefined,
): Promise<void> {
  const key = paceKey(pipeline, kind);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const found = await getItem<PaceItem>(ledger, key);
    const after = to(found ?? { ...NOTHING, pipeline, kind });
    if (after === undefined) return;
    const item = { ...after, revision: (found?.revision ?? 0) + 1, expiresAt: Math.floor(now() / 1000) + KEPT_S };
    const isWritten = await putItem(
      ledger,
      key,
      item,
      found === undefined
        ? { expression: 'attribute_not_exists(pk)' }
        : { expression: 'revision = :revision', values: { ':revision': found.revision } },
    );
    if (isWritten) return;
    // Hundreds of runs may fail in one second.
    await sleep(Math.random() * Math.min(attempt * 10, MOST_WAIT_MS));
  }
  throw new Error(`The pace of ${kind} of ${pipeline} changes too fast`);
}

const NOTHING = { revision: 0, told: 0, toldAt: 0, raisedAt: 0, gathered: [], more: 0, expiresAt: 0 } as const;

const iso = (ms: number): string => new Date(ms).toISOString();
