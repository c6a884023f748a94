/**
 * A paused pipeline starts no runs by itself; runs under way go on, and a person may start some. What would have started runs is not
 * lost: `resume` looks for it and starts them. Whatever is started twice, by a late event and by us, Admit lets through once.
 */
import { userInfo } from 'node:os';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { noteCaughtUp } from '../operate/caught-up';
import { type Connection, type Deployed, type DeployedPipeline, deployed, pipelineNamed } from '../operate/connection';
import { Refused } from '../operate/errors';
import { type ArrivalOf, lookAtWaiting, tellArrivals } from '../operate/gathering';
import { admitArguments, claimed, type Missed, missedSince } from '../operate/missed';
import { type PauseNote, removeNote, startsAndState, writeNote } from '../operate/pause-note';
import { PER_SECOND, rateLimiter } from '../operate/rate-limit';
import { setStarts } from '../operate/starts';
import { moment, plural } from '../operate/text';
import { connect } from './connect';
import { sinceOf } from './logs';
import { printer, type VerbOptions } from './printer';
import { stagesOn } from './stages';

export async function pause(pipeline: string, options: VerbOptions & { readonly reason?: string }): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const at = pipelineNamed(stacks, pipeline);
  const { starts, state } = await startsAndState(connection, stacks, at);
  const before = state.state === 'paused' ? state.note : undefined;
  // The note first: whoever resumes must know since when, even if this ends half way.
  const now = { since: new Date().toISOString(), by: await callerText(connection), ...reasonOf(options.reason) };
  await writeNote(connection, stacks, pipeline, now);
  await setStarts(connection, starts, false);
  const note = before ?? (state.state === 'half resumed' ? state.note : now);
  const starting = starts.map(({ kind, name }) => ({ kind, name }));
  printer(options).print(
    { pipeline, state: 'paused', ...note, starts: starting, wasPaused: before !== undefined },
    () => [
      before === undefined ? `${pipeline} is paused.` : `${pipeline} was paused already, ${noteText(before)}.`,
      `Runs under way go on. What comes meanwhile is kept; this loads it: npx stepwell resume ${pipeline}`,
    ],
  );
}

const reasonOf = (reason: string | undefined) => (reason === undefined ? {} : { reason });

export const noteText = ({ since, by, reason }: PauseNote): string =>
  `since ${moment(since)}, by ${by}${reason === undefined ? '' : `: ${reason}`}`;

async function callerText({ client }: Connection): Promise<string> {
  const { Arn } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
  return `${userInfo().username} (${Arn})`;
}

export const MISSED = ['all', 'last', 'none'] as const;

export interface ResumeOptions extends VerbOptions {
  /** what is started of that which came meanwhile */
  readonly missed?: (typeof MISSED)[number];
  /** where the ledger has no note of the pause, or another time is meant */
  readonly since?: string;
}

/** More than that are started only if somebody says so: each calls its source. */
const MOST_UNASKED = { intervals: 50, others: 1000 } as const;
/** "Allow a short period of time for changes to take effect", says EventBridge: what lands within it may find the rule disabled still. */
const RULE_TAKES_EFFECT_MS = 60_000;

export async function resume(pipeline: string, options: ResumeOptions): Promise<void> {
  const given = options.since === undefined ? undefined : sinceOf(options.since, new Date());
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const at = pipelineNamed(stacks, pipeline);
  const { starts, state } = await startsAndState(connection, stacks, at);
  const note = state.state === 'active' ? undefined : state.note;
  const since = given ?? (note === undefined ? undefined : new Date(note.since));
  const missed = since === undefined ? [] : await missedSince(connection, stacks, at, since);
  const admit = await admitArguments(connection, at);
  const which = options.missed ?? admit.catchUp?.policy;
  requireAsked(pipeline, missed, which);

  await setStarts(connection, starts, true);
  const stages = stagesOn(options.json ? process.stderr : process.stdout);
  const wasDisabled = starts.some(({ kind, enabled }) => kind === 'rule' && !enabled);
  if (since !== undefined && wasDisabled && isOnAws(connection)) {
    await stages.run('Waiting until EventBridge has heard of it', async () => {
      await new Promise((resolve) => setTimeout(resolve, RULE_TAKES_EFFECT_MS));
      return { title: 'Rules are enabled', value: undefined };
    });
  }
  const all = since === undefined ? [] : await missedSince(connection, stacks, at, since);
  const chosen = which === 'none' ? [] : which === 'last' ? all.slice(-1) : all;
  const started = at.gatherFunctionArn
    ? await gatherAll(connection, chosen)
    : await startAll(connection, stacks, at, chosen);
  if (note !== undefined) {
    // What was left out is not to be caught up after all.
    if (admit.schedule) await noteCaughtUp(connection, stacks, { pipeline, schedule: admit.schedule });
    await removeNote(connection, stacks, pipeline);
  }
  // What came before the pause may have had its time meanwhile.
  if (at.gatherFunctionArn) await lookAtWaiting(connection, at);

  const left = all.filter((one) => !chosen.includes(one));
  const was = state.state === 'active' ? 'active' : 'paused';
  printer(options).print(
    {
      pipeline,
      state: 'active',
      was,
      ...(since === undefined ? {} : { since: since.toISOString() }),
      started,
      left: left.map(({ title }) => title),
    },
    () => [
      was === 'active' ? `${pipeline} was not paused.` : `${pipeline} is resumed.`,
      ...(since === undefined && was === 'paused'
        ? [
            `Who paused it left no note of when. To load what came since: npx stepwell resume ${pipeline} --since <time>`,
          ]
        : []),
      ...(since === undefined
        ? []
        : [at.gatherFunctionArn ? gatheredText(started.length, since) : startedText(started.length, since)]),
      ...started.slice(0, LISTED).map(({ title }) => `  ${title}`),
      ...(started.length > LISTED ? [`  and ${plural(started.length - LISTED, 'other')}`] : []),
      ...(left.length > 0
        ? [
            `Left out: ${plural(left.length, 'run')}. They are to be had still: npx stepwell resume ${pipeline} --since ${since!.toISOString()}`,
          ]
        : []),
      ...(started.length > 0 ? [`Follow them: npx stepwell runs ${pipeline}`] : []),
    ],
  );
}

const LISTED = 10;

const startedText = (n: number, since: Date): string =>
  n === 0
    ? `Nothing is missing since ${moment(since)}.`
    : `${plural(n, 'run')} started, for what came since ${moment(since)}:`;

const gatheredText = (n: number, since: Date): string =>
  n === 0
    ? `Nothing is missing since ${moment(since)}.`
    : `${plural(n, 'file')} came since ${moment(since)}, and ${n === 1 ? 'is' : 'are'} gathered now:`;

const isOnAws = ({ target }: Connection): boolean => target.kind === 'account' && target.endpoint === undefined;

function requireAsked(pipeline: string, missed: readonly Missed[], asked: ResumeOptions['missed']): void {
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

interface StartedRun {
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
