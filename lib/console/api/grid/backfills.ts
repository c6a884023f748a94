/** Backfills that are begun from the grid: what one would do, how far those are that go on, how they have ended. */
import { explained, withCauses } from '../../../operate/backfill/causes';
import { allBackfills, backfillsOf, extentText, isOpen, settled } from '../../../operate/backfill/ledger';
import { countStates } from '../../../operate/backfill/plan';
import { counted, failuresOf, progressOf } from '../../../operate/backfill/progress';
import { type BackfillPlan, planBackfill, planIntervals, startBackfill } from '../../../operate/backfill/start';
import { intervalText } from '../../../operate/intervals';
import type { BackfillFailure, BackfillItem } from '../../../tasks/backfill';
import type { Order, Reprocess } from '../../../tasks/backfill-options';
import type { Interval } from '../../../tasks/schedule';
import type { Context } from '../../server/route';
import type { BackfillDryRun, BackfillShown } from '../../types/grid';

export interface Wanted {
  /** those that were selected; else a span, or a glob */
  readonly intervals?: readonly Interval[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly objects?: string | undefined;
  /** of those that were never loaded so many share a run */
  readonly filesPerRun?: number | undefined;
  readonly reprocess: Reprocess;
  readonly order: Order;
}

type Connected = Awaited<ReturnType<typeof backfillsOf>>;

async function planOf(backfills: Connected, pipeline: string, wanted: Wanted): Promise<BackfillPlan> {
  const { intervals, from, to, objects, filesPerRun, reprocess, order } = wanted;
  if (intervals) return planIntervals(backfills, pipeline, intervals, { reprocess, order });
  return planBackfill(backfills, pipeline, {
    reprocess,
    order,
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(objects ? { objects } : {}),
    ...(filesPerRun ? { filesPerRun } : {}),
  });
}

const MOST_SHOWN = 500;

/** @throws {Refused} */
export async function dryRun(context: Context, pipeline: string, wanted: Wanted): Promise<BackfillDryRun> {
  return dryRunOf(await planOf(await connected(context), pipeline, wanted));
}

export const connected = async ({ connection, stacks }: Context): Promise<Connected> =>
  backfillsOf(connection, await stacks());

export function dryRunOf({ planned, runs }: Pick<BackfillPlan, 'planned' | 'runs'>): BackfillDryRun {
  return {
    loads: planned.slice(0, MOST_SHOWN).map(({ title, state, runId, runs: does }) => ({
      title,
      state,
      ...(runId === undefined ? {} : { runId }),
      runs: does,
    })),
    total: planned.length,
    runs: runs.length,
    leftOut: countStates(planned),
  };
}

/** Its id; undefined where there was nothing to run. @throws {Refused} */
export async function start(
  context: Context,
  pipeline: string,
  wanted: Wanted,
  maxActive: number,
): Promise<string | undefined> {
  const backfills = await connected(context);
  const { stateMachineArn, ...plan } = await planOf(backfills, pipeline, wanted);
  if (plan.runs.length === 0) return undefined;
  const { reprocess, order } = wanted;
  const { id } = await startBackfill(backfills, stateMachineArn, plan, { reprocess, order, maxActive });
  return id;
}

const MOST_LISTED = 20;

/** The latest. */
export async function latest(context: Context, pipeline: string): Promise<BackfillShown[]> {
  const { limits } = context;
  const backfills = await connected(context);
  const found = (await allBackfills(backfills, pipeline)).slice(0, MOST_LISTED);
  return Promise.all(
    found.map(async (one) => {
      const item = await counted(backfills.stepFunctions, await settled(backfills, one));
      if (!isOpen(item)) return shown(await explained(backfills, item), item.failures ?? []);
      const progress = await limits.mapRuns(() => progressOf(backfills.stepFunctions, item));
      const failures = progress && progress.failed > 0 ? await failuresOf(backfills.stepFunctions, item) : [];
      return shown(item, await withCauses(backfills, pipeline, failures), progress);
    }),
  );
}

function shown(
  item: BackfillItem,
  failures: readonly BackfillFailure[],
  progress?: { readonly succeeded: number; readonly failed: number; readonly running: number },
): BackfillShown {
  const { id, status, runs, maxActive, startedAt, endedAt, counts, stopped, rerunOf } = item;
  return {
    id,
    status,
    extent: extentText(item),
    runs,
    maxActive,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    succeeded: progress?.succeeded ?? (counts?.succeeded ?? 0) + (counts?.skipped ?? 0),
    failed: progress?.failed ?? counts?.failed ?? 0,
    running: progress?.running ?? 0,
    partial: counts?.partial ?? 0,
    ...(rerunOf === undefined ? {} : { rerunOf }),
    failures: (item.failures ?? failures).map(({ runId, interval, key, error, cause }) => ({
      runId,
      title: interval ? intervalText(interval) : (key ?? ''),
      error,
      cause,
    })),
    ...(stopped === undefined ? {} : { stopped }),
  };
}
