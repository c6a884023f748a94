/**
 * Who of a pipeline's runs may work, when no more than so many may at once. A run that wants to leaves its task token in the ledger and
 * waits; nobody polls. Who has the turn stands in one item, changed under its revision only, so there is never one too many. Whoever
 * gives a turn on hands it to the first that waits. It can die between any two of these steps: a run has its turn from the write of that
 * item, told or not, so its own retry, the next that comes by or the sweeper tells it.
 *
 * A turn ends with the run: by Record, by the event of its failure, or as the sweeper finds that its execution has ended. That a token is
 * not known any more ends nothing: the answer that it was told may have been lost.
 */
import type {
  Holder,
  RedriveAnswer,
  RedriveTurn,
  TurnInput,
  TurnItem,
  TurnOutput,
  WaitingItem,
} from '../../lib/tasks/turn';
import { placeOf, serialOf } from '../../lib/tasks/turn';

export interface Place {
  readonly place: string;
  readonly waiting: WaitingItem;
}

/** Of one pipeline. */
export interface TurnServices {
  readonly pipeline: string;
  holders(): Promise<TurnItem | undefined>;
  /** false if somebody else has written since: the stored revision is not the one before this one's */
  write(item: TurnItem): Promise<boolean>;
  /** unless a later attempt waits there already */
  wait(place: Place): Promise<void>;
  waitingAt(place: string): Promise<WaitingItem | undefined>;
  first(): Promise<Place | undefined>;
  /** if it still waits by this token */
  forget(place: string, token: string): Promise<void>;
  /** false if nobody waits by that token */
  tell(token: string, output: TurnOutput): Promise<boolean>;
  /** undefined: it is not known any more */
  execution(arn: string): Promise<{ readonly isRunning: boolean; readonly redrives: number } | undefined>;
  /** since when the run waits, or when its turn has come: for those that look at it */
  note(
    run: { readonly owner: string; readonly runId: string },
    change: { readonly waitsSince?: string; readonly turnAt: string | undefined },
  ): Promise<void>;
  /** of a run that takes too long */
  stop(arn: string, cause: string): Promise<void>;
  readonly now: () => number;
}

const SWEEP_AFTER_MS = 5 * 60_000;
/** Between the moment at which the CLI takes the turn and the redrive that it is for. */
const REDRIVE_WITHIN_MS = 10 * 60_000;

/** The run waits for its turn, and is told by its token when that has come: maybe at once. */
export async function takeTurn(input: TurnInput, services: TurnServices): Promise<void> {
  const { execution, maxActive, timeoutSeconds, taskToken } = input;
  const { arn: owner, name: runId, redrives } = execution;
  await limitTo(maxActive, services);
  const since = iso(services.now());
  const waiting = { owner, runId, redrives, serial: serialOf(execution), token: taskToken, since, timeoutSeconds };
  await services.note({ owner, runId }, { waitsSince: since, turnAt: undefined });
  await services.wait({ place: placeOf(input), waiting });
  await handOver(services);
}

/** The run has the turn now, or somebody else: then it is not to work at all. */
export async function takeTurnOrSkip(
  { execution, maxActive, timeoutSeconds, taskToken }: TurnInput,
  skip: (reason: string) => Promise<void>,
  services: TurnServices,
): Promise<'taken' | 'skipped'> {
  const { arn: owner, name: runId, redrives } = execution;
  await limitTo(maxActive, services);
  for (;;) {
    const item = (await services.holders()) ?? nobody(services.pipeline, maxActive);
    const mine = item.holders.some((holder) => holder.owner === owner);
    const first = mine ? undefined : await services.first();
    if (!mine && (first || item.holders.length >= item.maxActive)) {
      if (await dropEnded(item, services)) continue;
      const inFront = item.holders[0]?.runId ?? first!.waiting.runId;
      const reason = `Run ${inFront} ${item.holders.length > 0 ? 'was at work' : 'waited for its turn'}, and overlap is 'skip'.`;
      await skip(reason);
      await services.tell(taskToken, { outcome: 'skipped', reason });
      return 'skipped';
    }
    if (!mine && !(await services.write(withHolder(item, { owner, runId, redrives, timeoutSeconds }, services))))
      continue;
    await services.tell(taskToken, { outcome: 'taken' });
    return 'taken';
  }
}

/**
 * The run has ended, or is about to. `redrives`: what has ended is this redrive of it, or an earlier one; absent: the run has succeeded.
 */
export async function giveTurnOn(
  { owner, redrives = Number.POSITIVE_INFINITY }: { readonly owner: string; readonly redrives?: number },
  services: TurnServices,
): Promise<void> {
  await dropHolder((holder) => holder.owner === owner && holder.redrives <= redrives, services);
  await handOver(services);
}

/** The event of a run that has failed, timed out or was stopped; unless it has been redriven since. */
export async function giveTurnOfEnded(
  { owner, redrives: told }: { readonly owner: string; readonly redrives: number | undefined },
  services: TurnServices,
): Promise<'has ended' | 'goes on'> {
  const execution = await services.execution(owner);
  const redrives = told ?? execution?.redrives ?? 0;
  // What is told of its status may lag behind the event, but not the other way round.
  if (execution?.isRunning && execution.redrives > redrives) return 'goes on';
  await giveTurnOn({ owner, redrives }, services);
  return 'has ended';
}

/** Before a run is redriven whose turn has gone on: it must not work beside another. */
export async function takeTurnAgain(request: RedriveTurn, services: TurnServices): Promise<RedriveAnswer> {
  const { executionArn: owner, runId, redrives, maxActive, timeoutSeconds } = request;
  const before = await services.holders();
  if (before) await dropEnded(before, services);
  await handOver(services);
  for (;;) {
    const item = (await services.holders()) ?? nobody(services.pipeline, maxActive);
    const others = item.holders.filter((holder) => holder.owner !== owner);
    const isMine = others.length < item.holders.length;
    const first = isMine ? undefined : await services.first();
    if (!isMine && (first || others.length >= item.maxActive)) {
      const behind = others.length > 0 ? others.map((holder) => holder.runId) : [first!.waiting.runId];
      return { taken: false, behind };
    }
    const taken = withHolder({ ...item, holders: others }, { owner, runId, redrives, timeoutSeconds }, services);
    if (await services.write(taken)) return { taken: true, behind: [] };
  }
}

/** What events have missed: turns of runs that have ended, or take too long; runs that were not told. */
export async function sweepTurns(services: TurnServices): Promise<void> {
  const item = await services.holders();
  if (item === undefined) return;
  await dropEnded(item, services);
  for (const { owner, place, until } of (await services.holders())?.holders ?? []) {
    const waiting = place === undefined ? undefined : await services.waitingAt(place);
    if (waiting?.owner === owner) await tellTurn({ place: place!, waiting }, services);
    if (until < iso(services.now()) && (await services.execution(owner))?.isRunning)
      await services.stop(owner, 'The run has taken longer than its timeout, counted from its turn.');
  }
  await handOver(services);
  const now = await services.holders();
  if (now?.openPk) await services.write({ ...now, revision: now.revision + 1, ...open(services) });
}

/** Gives turns to those that wait, the first of them first, while there are turns to give. */
async function handOver(services: TurnServices): Promise<void> {
  for (;;) {
    const item = await services.holders();
    const next = await services.first();
    if (next === undefined) {
      if (item === undefined || item.holders.length > 0 || item.openPk === undefined) return;
      // Who begins to wait now looks itself, after this write or instead of it.
      if (await services.write({ ...item, revision: item.revision + 1, openPk: undefined, dueAt: undefined })) return;
      continue;
    }
    const { place, waiting } = next;
    const isHolder = item?.holders.some(({ owner }) => owner === waiting.owner) ?? false;
    if (!isHolder) {
      const current = item ?? nobody(services.pipeline, 1);
      if (current.holders.length >= current.maxActive) return;
      if (!(await services.write(withHolder(current, { ...waiting, place }, services)))) continue;
    }
    await tellTurn(next, services);
  }
}

/** It has the turn already. */
async function tellTurn({ place, waiting }: Place, services: TurnServices): Promise<void> {
  const { owner, token } = waiting;
  await services.note(waiting, { turnAt: iso(services.now()) });
  // Where nobody waits by the token, it was told before, or its next attempt is on the way; or it has been stopped.
  if (!(await services.tell(token, { outcome: 'taken' }))) {
    if (await hasEnded(waiting, services))
      await dropHolder((holder) => holder.owner === owner && holder.redrives <= waiting.redrives, services);
  }
  await services.forget(place, token);
}

/** What is told of a run lags behind a redrive of it; and a turn may have been taken for a redrive which is yet to come. */
async function hasEnded(
  { owner, redrives, since }: Pick<Holder, 'owner' | 'redrives' | 'since'>,
  services: TurnServices,
): Promise<boolean> {
  const execution = await services.execution(owner);
  if (execution === undefined) return true;
  if (execution.isRunning) return false;
  return redrives <= execution.redrives || Date.parse(since) + REDRIVE_WITHIN_MS < services.now();
}

/** Whether there was any. */
async function dropEnded(item: TurnItem, services: TurnServices): Promise<boolean> {
  const ended: Holder[] = [];
  for (const holder of item.holders) if (await hasEnded(holder, services)) ended.push(holder);
  for (const { owner, redrives, since } of ended)
    await dropHolder((one) => one.owner === owner && one.redrives === redrives && one.since === since, services);
  return ended.length > 0;
}

async function dropHolder(isMeant: (holder: Holder) => boolean, services: TurnServices): Promise<void> {
  for (;;) {
    const item = await services.holders();
    if (!item?.holders.some(isMeant)) return;
    const holders = item.holders.filter((holder) => !isMeant(holder));
    // Open still: should this die before the turn is handed over, the sweeper does it.
    if (await services.write({ ...item, holders, revision: item.revision + 1, ...open(services) })) return;
  }
}

/** The definition that is deployed may have changed it. */
async function limitTo(maxActive: number, services: TurnServices): Promise<void> {
  for (;;) {
    const item = (await services.holders()) ?? nobody(services.pipeline, 0);
    if (item.maxActive === maxActive) return;
    if (await services.write({ ...item, maxActive, revision: item.revision + 1 })) return;
  }
}

const nobody = (pipeline: string, maxActive: number): TurnItem => ({ pipeline, maxActive, holders: [], revision: 0 });

function withHolder(
  item: TurnItem,
  holder: Pick<Holder, 'owner' | 'runId' | 'redrives' | 'place'> & { readonly timeoutSeconds: number },
  services: TurnServices,
): TurnItem {
  const { owner, runId, redrives, place, timeoutSeconds } = holder;
  const now = services.now();
  const added: Holder = {
    owner,
    runId,
    redrives,
    since: iso(now),
    until: iso(now + timeoutSeconds * 1000),
    ...(place === undefined ? {} : { place }),
  };
  return { ...item, holders: [...item.holders, added], revision: item.revision + 1, ...open(services) };
}

const open = ({ now }: TurnServices) => ({ openPk: 'turn', dueAt: iso(now() + SWEEP_AFTER_MS) }) as const;

const iso = (ms: number): string => new Date(ms).toISOString();
