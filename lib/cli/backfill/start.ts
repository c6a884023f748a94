/** Plans a backfill, says what it would do, starts it and follows it. */
import { explained } from '../../operate/backfill/causes';
import { type Backfills, backfillsOf } from '../../operate/backfill/ledger';
import { countStates, type PlannedLoad } from '../../operate/backfill/plan';
import {
  type BackfillPace,
  type BackfillWanted,
  type ExtentOf,
  type NewBackfill,
  planBackfill,
  startBackfill,
} from '../../operate/backfill/start';
import { plural } from '../../operate/text';
import { connect } from '../connect';
import { printer, type VerbOptions } from '../printer';
import { followBackfill } from './progress';
import { dryRunLines, leftOutLines, printEnded } from './told';

export interface BackfillOptions extends VerbOptions, BackfillWanted {
  readonly maxActive: number;
  readonly dryRun: boolean;
  /** false: return when it has started */
  readonly wait: boolean;
}

export async function backfill(pipeline: string, options: BackfillOptions): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const { stateMachineArn, ...plan } = await planBackfill(backfills, pipeline, options);
  const { id: _, planned, runs, pipeline: __, ...extent } = plan;
  if (options.dryRun) {
    printPlan(pipeline, extent, planned, options);
    return;
  }
  if (runs.length === 0) {
    printer(options).print({ pipeline, ...extent, runs: 0, leftOut: countStates(planned) }, () => [
      ...leftOutLines(planned, options.reprocess),
      'There is nothing to run.',
    ]);
    return;
  }
  await startAndFollow(backfills, stateMachineArn, plan, options);
}

export async function startAndFollow(
  backfills: Backfills,
  stateMachineArn: string,
  plan: NewBackfill,
  options: BackfillPace & Pick<BackfillOptions, 'json' | 'wait'>,
): Promise<void> {
  const { id, pipeline, planned, runs } = plan;
  const { reprocess, order, maxActive } = options;
  const item = await startBackfill(backfills, stateMachineArn, plan, options);
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  for (const line of leftOutLines(planned, reprocess)) say(line);
  const begun = `Backfill ${id} of ${pipeline}: ${plural(runs.length, 'run')}, ${Math.min(maxActive, runs.length)} at a time, the ${order} first.`;
  if (!options.wait) {
    printer(options).print({ ...item, leftOutBy: countStates(planned) }, () => [
      begun,
      `Follow it: npx stepwell backfill show ${id}`,
    ]);
    return;
  }
  say(begun);
  const ended = await followBackfill(backfills, item, options);
  if (ended) printEnded(await explained(backfills, ended), options);
}

function printPlan(
  pipeline: string,
  extent: ExtentOf,
  planned: readonly PlannedLoad[],
  options: BackfillOptions,
): void {
  const document = {
    pipeline,
    ...extent,
    reprocess: options.reprocess,
    order: options.order,
    runs: planned.filter(({ runs }) => runs).length,
    loads: planned.map(({ input, state, runId, runs }) => ({ ...input, state, runId: runId ?? null, runs })),
  };
  printer(options).print(document, () => dryRunLines(planned, options));
}
