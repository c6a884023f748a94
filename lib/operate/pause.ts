/**
 * A paused pipeline starts no runs by itself; runs under way go on, and a person may start some. What would have started runs is not
 * lost: `resumePipeline` looks for it and starts them. Whatever is started twice, by a late event and by us, Admit lets through once.
 */
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { callerText } from './caller';
import { noteCaughtUp } from './caught-up';
import type { Connection, Deployed, DeployedPipeline } from './connection';
import { Refused } from './errors';
import { type ArrivalOf, lookAtWaiting, tellArrivals } from './gathering';
import { admitArguments, claimed, type Missed, missedSince } from './missed';
import { type PauseNote, removeNote, startsAndState, writeNote } from './pause-note';
import { PER_SECOND, rateLimiter } from './rate-limit';
import { type Start, setStarts } from './starts';
import { plural } from './text';

export interface Paused extends PauseNote {
  readonly pipeline: string;
  readonly state: 'paused';
  /** what starts it by itself, and does so no longer */
  readonly starts: readonly Pick<Start, 'kind' | 'name'>[];
  /** it was so before */
  readonly wasPaused: boolean;
}

export async function pausePipeline(
  connection: Connection,
  stacks: Deployed,
  at: DeployedPipeline,
  reason?: string,
): Promise<Paused> {
  const { starts, state } = await startsAndState(connection, stacks, at);
  const before = state.state === 'paused' ? state.note : undefined;
  // The note first: whoever resumes must know since when, even if this ends half way.
  const now = { since: new Date().toISOString(), by: await callerText(connection), ...reasonOf(reason) };
  await writeNote(connection, stacks, at.name, now);
  await setStarts(connection, starts, false);
  const note = before ?? (state.state === 'half resumed' ? state.note : now);
  const starting = starts.map(({ kind, name }) => ({ kind, name }));
  return { pipeline: at.name, state: 'paused', ...note, starts: starting, wasPaused: before !== undefined };
}

const reasonOf = (reason: string | undefined) => (reason === undefined ? {} : { reason });

/** What of that which came meanwhile is started. */
export const MISSED = ['all', 'last', 'none'] as const;

export interface ResumeWish {
  /** the pipeline's own policy unless told */
  readonly missed?: (typeof MISSED)[number] | undefined;
  /** where the ledger has no note of the pause, or another time is meant */
  readonly since?: Date | undefined;
}

export interface Resumed {
  readonly pipeline: string;
  readonly state: 'active';
  readonly was: 'active' | 'paused';
  /** ISO 8601; absent: nobody knows since when it was paused, so nothing was looked for */
  readonly since?: string;
  readonly started: readonly StartedRun[];
  /** titles */
  readonly left: readonly string[];
}

/** More than that are started only if somebody says so: each calls its source. */
const MOST_UNASKED = { intervals: 50, others: 1000 } as const;
/** "Allow a short period of time for changes to take effect", says EventBridge: what lands within it may find the rule disabled still. */
const RULE_TAKES_EFFECT_MS = 60_000;

/**
 * `waiting` is around the time in which EventBridge hears of it, which is a minute on AWS.
 *
 * @throws {Refused} where it is not clear how much would start; it is paused still
 */
export async function resumePipeline(
  connection: Connection,
  stacks: Deployed,
  at: DeployedPipeline,
  wish: ResumeWish,
  waiting: (wait: () => Promise<void>) => Promise<void> = (wait) => wait(),
): Promise<Resumed> {
  const { starts, state } = await startsAndState(connection, stacks, at);
  const note = state.state === 'active' ? undefined : state.note;
  const since = wish.since ?? (note === undefined ? undefined : new Date(note.since));
  const missed = since === undefined ? [] : await missedSince(connection, stacks, at, since);
  const admit = await admitArguments(connection, at);
  const which = wish.missed ?? admit.catchUp?.policy;
  requireAsked(at.name, missed, which);

  await setStarts(connection, starts, true);
  const wasDisabled = starts.some(({ kind, enabled }) => kind === 'rule' && !enabled);
  if (since !== undefined && wasDisabled && isOnAws(connection))
    await waiting(() => new Promise((resolve) => setTimeout(resolve, RULE_TAKES_EFFECT_MS)));
  const all = since === undefined ? [] : await missedSince(connection, stacks, at, since);
  const chosen = which === 'none' ? [] : which === 'last' ? all.slice(-1) : all;
  const started = at.gatherFunctionArn
    ? await gatherAll(connection, chosen)
    : await startAll(connection, stacks, at, chosen);
  if (note !== undefined) {
    // What was left out is not to be caught up after all.
    if (admit.schedule) await noteCaughtUp(connection, stacks, { pipeline: at.name, schedule: admit.schedule });
    await removeNote(connection, stacks, at.name);
  }
  // What came before the pause may have had its time meanwhile.
  if (at.gatherFunctionArn) await lookAtWaiting(connection, at);
  return {
    pipeline: at.name,
    state: 'active',
    was: state.state === 'active' ? 'active' : 'paused',
    ...(since === undefined ? {} : { since: since.toISOString() }),
    started,
    left: all.filter((one) => !chosen.includes(one)).map(({ title }) => title),
  };
}

const isOnAws = ({ target }: Connection): boolean => target.kind === 'account' && target.endpoint === undefined;

function requireAsked(pipeline: string, missed: readonly Missed[], asked: ResumeWish['missed']): void {
  const ofIntervals = missed.some(({ interval }) => interval !== undefined);
  if (asked === 'last' && missed.some(({ key }) => key !== undefined))
    throw new Refused(`Each file is loaded by a run of its own: --missed all or none, not last.`);
  const most = ofIntervals ? MOST_UNASKED.intervals : MOST_UNASKED.others;
  if (asked !== undefined || missed.length <= most) return;
  const choice = ofIntervals ? '--missed all, last or none' : '--missed all or none';
  throw new Refused(
    `${plural(missed.length, 'run')} of ${pipeline} would start at once, from ${missed[0]!.title} to ${missed.at(-1)!.title}. Say ${choice}. ${pipeline} is paused still.`,
  );
}

export interface StartedRun {
  /** absent where the file is gathered */
  readonly runId?: string;
  readonly title: string;
}

async function gatherAll(connection: Connection, all: readonly Missed[]): Promise<StartedRun[]> {
  await tellArrivals(
    connection,
    all.map(({ input }) => input as ArrivalOf),
  );
  return all.map(({ title }) => ({ title }));
}

/** Of a key one version after another, as S3 tells their times by the second only: the next when a run has taken on the one before. */
async function startAll(
  connection: Connection,
  stacks: Deployed,
  at: DeployedPipeline,
  all: readonly Missed[],
): Promise<StartedRun[]> {
  const sfn = new SFNClient(connection.client);
  const limit = rateLimiter(PER_SECOND.start);
  const started: StartedRun[] = [];
  const last = new Map<string, { readonly versionId: string; readonly executionArn: string }>();
  for (const { key, versionId, title, input } of all) {
    const before = key === undefined ? undefined : last.get(key);
    if (before) await taken(connection, stacks, at, { key: key!, ...before });
    const { executionArn } = await limit(() =>
      sfn.send(new StartExecutionCommand({ stateMachineArn: at.stateMachineArn, input: JSON.stringify(input) })),
    );
    if (key !== undefined) last.set(key, { versionId: versionId!, executionArn: executionArn! });
    started.push({ runId: executionArn!.split(':').at(-1)!, title });
  }
  return started;
}

const ASK_AGAIN_MS = 500;

async function taken(
  connection: Connection,
  { foundation }: Deployed,
  at: DeployedPipeline,
  { key, versionId, executionArn }: { key: string; versionId: string; executionArn: string },
): Promise<void> {
  const sfn = new SFNClient(connection.client);
  for (;;) {
    const contents = (await claimed(connection, foundation.LedgerTableName!, at, [key])).get(key) ?? [];
    if (contents.some((one) => one.versionId === versionId) || (await hasEnded(sfn, executionArn))) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/** Where the content is a duplicate, or no pattern's after all, nobody claims it. */
async function hasEnded(sfn: SFNClient, executionArn: string): Promise<boolean> {
  const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  return status !== 'RUNNING';
}
