/** A run as the page shows it: what the ledger knows of it, what its history tells, and what is to be done. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { withChildFailure } from '../../../operate/child-failure';
import { pipelineNamed } from '../../../operate/connection';
import { advance, NOTHING_YET } from '../../../operate/history';
import { contentOf, filesOfRun, isPartial, type RunRow, runAt } from '../../../operate/ledger';
import { hasFailed, troubleOf } from '../../../operate/remedy';
import { tablesIn } from '../../../operate/tables';
import { waitsOf } from '../../../operate/turns';
import type { CheckResult } from '../../../tasks/check';
import { publicationLines } from '../../../tasks/failed-run';
import { ConsoleError } from '../../server/errors';
import type { Context } from '../../server/route';
import type { CheckShown, RunShown, TroubleShown } from '../../types/run';
import { plan } from '../plans';
import { historyAt } from './histories';
import { mapRunCounts } from './items';
import { lanesOf, shownStates } from './states';
import type { RunHistory } from './visits';

/** @throws {ConsoleError} where there is no such run */
export async function findRow(context: Context, pipeline: string, runId: string): Promise<RunRow> {
  const stacks = await context.stacks();
  const at = pipelineNamed(stacks, pipeline);
  const run = await context.limits.describe(() => runAt(context.connection, stacks, at, runId));
  if (run === undefined)
    throw new ConsoleError(
      'not-found',
      `The pipeline ${pipeline} has no run '${runId}'.`,
      'AWS knows runs for 90 days after their end.',
    );
  return run;
}

const SHORT_MS = 250;

/** The page asks once when it comes, and the live topic at the same time. */
export const runShown = (context: Context, pipeline: string, runId: string): Promise<RunShown> =>
  context.cached(`run ${pipeline} ${runId}`, SHORT_MS, () => shown(context, pipeline, runId));

async function shown(context: Context, pipeline: string, runId: string): Promise<RunShown> {
  const run = await findRow(context, pipeline, runId);
  const { graph, history } = await historyAt(context, run.executionArn, run.endedAt);
  const waits =
    run.status === 'RUNNING'
      ? (await waitsOf(context.connection, await context.stacks(), [run])).get(runId)
      : undefined;
  const arns = history.visits.flatMap(({ mapRunArns }) => mapRunArns);
  const mapRuns = new Map(await Promise.all(arns.map(async (arn) => [arn, await mapRunCounts(context, arn)] as const)));
  const { startedAt, endedAt, interval, after, rows, rejected, reason, rerunOf, replayOf, takenOverBy } = run;
  const given = { endedAt, interval, after, rows, rejected, reason, rerunOf, replayOf, takenOverBy, waits };
  const trouble = await troubleShown(context, run, history);
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<RunShown>),
    pipeline,
    runId,
    executionArn: run.executionArn,
    status: isPartial(run) ? 'PARTIAL' : waits ? 'WAITING' : run.status,
    startedAt,
    content: contentOf(run),
    published: await publishedIn(context, run),
    files: filesOfRun(run),
    warnings: run.warnings ?? [],
    notes: run.notes ?? [],
    checks: (run.checks ?? []).map(checkShown),
    redrives: history.redrives,
    missing: run.failed ?? [],
    ...(trouble ? { trouble } : {}),
    states: shownStates(history, graph, mapRuns),
    lanes: lanesOf(history, graph),
    pauses: history.pauses.map(({ from, to }) => ({ from: from.toISOString(), to: to.toISOString() })),
    events: history.lastEvent,
  };
}

async function publishedIn(context: Context, { pipeline, published = {} }: RunRow): Promise<RunShown['published']> {
  const sinks = Object.entries(published);
  if (sinks.length === 0) return [];
  const found = tablesIn([await plan(context, pipelineNamed(await context.stacks(), pipeline))]);
  return sinks.map(([sink, { rows }]) => {
    const table = found.find((one) => one.sink.id === sink)?.id;
    return { sink, rows, ...(table === undefined ? {} : { table }) };
  });
}

const checkShown = ({ check, outcome, severity, rule, value, bad, note }: CheckResult): CheckShown => {
  const found = value ?? (bad ? `${bad} row${bad === 1 ? '' : 's'}` : '');
  return { check, outcome, severity, rule, found: note === undefined ? found : `${found} (${note})`.trim() };
};

/** An ended history does not change: what it comes to is reckoned once. */
const known = new WeakMap<RunHistory, { readonly events: number; readonly progress: ReturnType<typeof advance> }>();

async function troubleShown(
  { connection, limits }: Context,
  run: RunRow,
  history: RunHistory,
): Promise<TroubleShown | undefined> {
  if (!hasFailed(run)) return undefined;
  let kept = known.get(history);
  if (kept?.events !== history.lastEvent) {
    const told = advance(NOTHING_YET, history.events);
    const progress = await withChildFailure(new SFNClient(connection.client), told, limits.describe);
    kept = { events: history.lastEvent, progress };
    known.set(history, kept);
  }
  const trouble = troubleOf(run, kept.progress, history.events);
  if (trouble === undefined) return undefined;
  const { step, name, cause, publication, isRepeated, remedy } = trouble;
  return {
    ...(step === undefined ? {} : { step }),
    name,
    cause,
    publication: publicationLines(publication),
    isRepeated,
    remedy,
  };
}
