/** What can be done with a backfill: said before it is done, in sentences. */
import {
  cancelBackfill,
  changeActive,
  pauseBackfill,
  requireOpen,
  resumeBackfill,
} from '../../../operate/backfill/control';
import { findBackfill } from '../../../operate/backfill/ledger';
import { progressOf } from '../../../operate/backfill/progress';
import { planBackfillRerun } from '../../../operate/backfill/rerun';
import { startBackfill } from '../../../operate/backfill/start';
import { Refused } from '../../../operate/errors';
import { plural } from '../../../operate/text';
import { ConsoleError } from '../../server/errors';
import type { Context } from '../../server/route';
import type { BackfillActs, BackfillDryRun } from '../../types/grid';
import { planned } from '../planned';
import { connected, dryRunOf } from './backfills';

/** @throws {ConsoleError} for one of another pipeline */
async function find(context: Context, pipeline: string, id: string) {
  const backfills = await connected(context);
  const item = await findBackfill(backfills, id);
  if (item.pipeline !== pipeline)
    throw new ConsoleError('not-found', `The backfill ${item.id} is of the pipeline ${item.pipeline}.`);
  return { backfills, item };
}

export async function actsOf(context: Context, pipeline: string, id: string): Promise<BackfillActs> {
  const { backfills, item } = await find(context, pipeline, id);
  const progress = await context.limits.mapRuns(() => progressOf(backfills.stepFunctions, item));
  const { succeeded = 0, failed = 0, running = 0 } = progress ?? {};
  const left = Math.max(0, item.runs - succeeded - failed - running);
  const underWay = running === 0 ? 'No run is under way.' : `${plural(running, 'run is', 'runs are')} under way`;
  return {
    pause: await planned(() => {
      requireOpen(item);
      if (item.status === 'PAUSED') throw new Refused(`The backfill ${item.id} is paused already.`);
      return [
        running === 0 ? underWay : `${underWay} and ${running === 1 ? 'goes' : 'go'} on to the end.`,
        `No more are started until it is resumed; ${plural(left, 'has', 'have')} not begun yet.`,
      ];
    }),
    resume: await planned(() => {
      requireOpen(item);
      if (item.status !== 'PAUSED') throw new Refused(`The backfill ${item.id} is not paused.`);
      return [`It goes on with ${plural(left, 'run')} of ${item.runs}.`];
    }),
    set: await planned(() => {
      requireOpen(item);
      return ['Runs that are under way go on, also where they are more.'];
    }),
    cancel: await planned(() => {
      requireOpen(item);
      return [
        running === 0 ? underWay : `${underWay} and ${running === 1 ? 'is' : 'are'} stopped; none is started any more.`,
        `What ${plural(succeeded, 'run has', 'runs have')} loaded stays in the tables. What has not succeeded can be run later: Rerun.`,
      ];
    }),
  };
}

export async function pause(context: Context, pipeline: string, id: string): Promise<void> {
  const { backfills, item } = await find(context, pipeline, id);
  await pauseBackfill(backfills, item);
}

export async function resume(context: Context, pipeline: string, id: string, maxActive?: number): Promise<void> {
  const { backfills, item } = await find(context, pipeline, id);
  // As it is already: there is nothing to change.
  await resumeBackfill(backfills, item, maxActive === item.maxActive ? undefined : maxActive);
}

export async function setActive(context: Context, pipeline: string, id: string, maxActive: number): Promise<void> {
  const { backfills, item } = await find(context, pipeline, id);
  await changeActive(backfills, item, maxActive);
}

export async function cancel(context: Context, pipeline: string, id: string): Promise<void> {
  const { backfills, item } = await find(context, pipeline, id);
  await cancelBackfill(backfills, item, 'Cancelled by a person, in the console');
}

/** @throws {Refused} where there is nothing to run again */
export async function rerunDryRun(context: Context, pipeline: string, id: string): Promise<BackfillDryRun> {
  const { backfills, item } = await find(context, pipeline, id);
  return dryRunOf(await planBackfillRerun(backfills, item));
}

/** The new backfill's id. @throws {Refused} */
export async function rerun(context: Context, pipeline: string, id: string, maxActive?: number): Promise<string> {
  const { backfills, item } = await find(context, pipeline, id);
  const { stateMachineArn, ...plan } = await planBackfillRerun(backfills, item);
  const { reprocess, order } = item;
  const started = await startBackfill(backfills, stateMachineArn, plan, {
    reprocess,
    order,
    maxActive: maxActive ?? item.maxActive,
  });
  return started.id;
}
