/** Every pipeline: its state now, its freshness, its last runs, what it has done today, its open alarms. */
import { alarmsOf, pipelineOfAlarm } from '../../operate/alarms';
import type { DeployedPipeline } from '../../operate/connection';
import { waitingOf } from '../../operate/gathering';
import { contentOf, isPartial, latestRuns, type RunRow } from '../../operate/ledger';
import { stateOf } from '../../operate/pause-note';
import { type Wait, waitsOf } from '../../operate/turns';
import { watchedOf } from '../../operate/watched';
import { problemOf } from '../server/errors';
import type { Topic } from '../server/live';
import type { Context, Route } from '../server/route';
import type { CostToday, OpenAlarm, Overview, PipelineOverview, RunMark, Today } from '../types/overview';
import { askingOf } from './asking';
import { costToday } from './overview/cost';
import { settledWithin } from './settled';

export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/overview', handle: (_, context) => overview(context) },
  { method: 'GET', path: '/api/cost-today', handle: (_, context) => costs(context) },
];

// `costs` reads logs, which takes its time: it has a topic of its own.
export const topics: readonly Topic[] = [
  {
    name: 'overview',
    everyMs: { local: 1500, account: 15_000 },
    read: overview,
    isUnfinished: (data) => (data as Overview).pipelines.some(({ isUnknown }) => isUnknown),
  },
  {
    name: 'cost-today',
    everyMs: { local: 5000, account: 600_000 },
    read: costs,
    isUnfinished: (data) => !(data as CostToday).isWhole,
  },
];

async function costs(context: Context): Promise<CostToday> {
  return costToday(context, await overview(context), WAIT_MS);
}

const SHORT_MS = 1000;
/** Who asks is told what is known by then. */
const WAIT_MS = 1500;
/** On an account each pipeline takes a call of ListExecutions: with all of them the overview asks for one a second. */
const keptMs = (kind: 'local' | 'account', pipelines: number): number =>
  kind === 'local' ? SHORT_MS : Math.max(LEAST_KEPT_MS, pipelines * 1000);
const LEAST_KEPT_MS = 14_000;
/** Of the strip. */
const SHOWN = 30;
/** Of a day: of more, figures are told as `at least`. */
const LOOKED_AT = 100;

/** The page asks once when it comes, and the live topic at the same time. */
export function overview(context: Context): Promise<Overview> {
  return context.cached('overview', SHORT_MS, async () => {
    const [{ pipelines }, alarms] = await Promise.all([context.stacks(), openAlarms(context)]);
    const names = pipelines.map(({ name }) => name);
    const of = (pipeline: string | undefined) =>
      alarms.filter(({ name }) => pipelineOfAlarm(name, names, context.connection) === pipeline);
    const ms = keptMs(context.connection.target.kind, pipelines.length);
    const found = await settledWithin(
      pipelines.map((one) => context.cached(`overview of ${one.name}`, ms, () => pipelineOverview(context, one))),
      WAIT_MS,
    );
    return {
      pipelines: pipelines.map((one, index) => ({ ...kept(context, one, found[index]), alarms: of(one.name) })),
      alarms: of(undefined),
    };
  });
}

type Known = Omit<PipelineOverview, 'alarms'>;
/** By console and state machine: what was told last. */
const told = new WeakMap<Context['cached'], Map<string, Known>>();

/** Who takes long to be asked about again is told of as before, rather than of as unknown. */
function kept({ cached }: Context, pipeline: DeployedPipeline, found: Known | undefined): Known {
  const all = told.get(cached) ?? new Map<string, Known>();
  told.set(cached, all);
  if (found !== undefined) all.set(pipeline.stateMachineArn, found);
  return all.get(pipeline.stateMachineArn) ?? { ...NOTHING, ...named(pipeline), isUnknown: true };
}

/** Of one pipeline alone. */
export async function overviewOf(context: Context, pipeline: DeployedPipeline): Promise<PipelineOverview> {
  const [{ pipelines }, alarms] = await Promise.all([context.stacks(), openAlarms(context)]);
  const names = pipelines.map(({ name }) => name);
  const own = alarms.filter(({ name }) => pipelineOfAlarm(name, names, context.connection) === pipeline.name);
  return { ...(await pipelineOverview(context, pipeline)), alarms: own };
}

const NOTHING = {
  state: 'active',
  runs: [],
  tables: [],
  problems: [],
  today: { runs: 0, isAtLeast: false, failed: 0, rows: 0, rejected: 0 },
  waiting: 0,
} as const;

const named = ({ name, stream }: DeployedPipeline) => ({ name, ...(stream ? { stream: stream.name } : {}) });

async function openAlarms({ connection }: Context): Promise<OpenAlarm[]> {
  return (await alarmsOf(connection)).flatMap(({ state, name, since, description }) =>
    state === 'ALARM'
      ? [{ name, ...(since === undefined ? {} : { since }), ...(description === undefined ? {} : { description }) }]
      : [],
  );
}

async function pipelineOverview(context: Context, pipeline: DeployedPipeline): Promise<Known> {
  const { name } = pipeline;
  const { connection } = context;
  const stacks = await context.stacks();
  try {
    const [state, runs, watched, waiting] = await Promise.all([
      stateOf(connection, stacks, pipeline),
      latestRuns(connection, stacks, pipeline, LOOKED_AT, askingOf(context)),
      watchedOf(connection, stacks, name),
      pipeline.gatherFunctionArn ? waitingOf(connection, stacks, name) : [],
    ]);
    const waits = await waitsOf(connection, stacks, runs);
    return {
      ...named(pipeline),
      state: state.state,
      ...('note' in state && state.note ? { pause: state.note } : {}),
      runs: runs
        .slice(0, SHOWN)
        .reverse()
        .map((run) => markOf(run, waits)),
      tables: watched.tables.map(({ name: table, asOf, withinSeconds }) => ({
        table,
        asOf,
        ...(withinSeconds === undefined ? {} : { withinSeconds }),
      })),
      ...(watched.deadline === undefined ? {} : { deadline: watched.deadline }),
      problems: watched.problems,
      today: todayOf(runs, new Date()),
      waiting: waiting.reduce((sum, { files }) => sum + files, 0),
    };
  } catch (error) {
    const { problem } = problemOf(error, connection.target.kind);
    // What hinders all of it is told once, for all of it.
    if (problem.code !== 'denied' && problem.code !== 'fault' && problem.code !== 'refused') throw error;
    return { ...NOTHING, ...named(pipeline), problem };
  }
}

const CONTENT_WIDTH = 80;

export function markOf(run: RunRow, waits: ReadonlyMap<string, Wait> = new Map()): RunMark {
  const { runId, startedAt, endedAt, rows, rejected, error } = run;
  return {
    runId,
    status: isPartial(run) ? 'PARTIAL' : waits.has(runId) ? 'WAITING' : run.status,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(rows === undefined ? {} : { rows }),
    ...(rejected === undefined ? {} : { rejected }),
    content: contentOf(run, CONTENT_WIDTH),
    ...(error === undefined ? {} : { error: `${error.name}: ${error.cause}`.slice(0, 300) }),
  };
}

const FAILED = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

/** `runs`: the latest first. */
export function todayOf(runs: readonly RunRow[], now: Date): Today {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
  const ofToday = runs.filter(({ startedAt }) => startedAt >= midnight);
  const sum = (of: (run: RunRow) => number | undefined) => ofToday.reduce((total, run) => total + (of(run) ?? 0), 0);
  return {
    runs: ofToday.length,
    isAtLeast: ofToday.length === runs.length && runs.length >= LOOKED_AT,
    failed: ofToday.filter(({ status }) => FAILED.has(status)).length,
    rows: sum(({ rows }) => rows),
    rejected: sum(({ rejected }) => rejected),
  };
}
