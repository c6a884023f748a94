/** Plans a backfill, and starts it. */
import { randomBytes } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { BackfillInput, BackfillItem, BackfillRun } from '../../tasks/backfill';
import type { Order, Reprocess } from '../../tasks/backfill-options';
import type { Interval } from '../../tasks/schedule';
import { type DeployedPipeline, pipelineNamed, s3Of } from '../connection';
import { Refused } from '../errors';
import { intervalText, requireScheduled } from '../intervals';
import { type DeployedTrigger, triggerOf } from './deployed-trigger';
import { spanOf } from './intervals';
import { type Backfills, changeBackfill, executionOf, openBackfill, putBackfill } from './ledger';
import { loadsOfObjects } from './objects';
import { type Load, type PlannedLoad, planLoads, runsOf } from './plan';
import { statesOfIntervals } from './states';

export interface BackfillWanted {
  readonly from?: string;
  readonly to?: string;
  /** a glob: objects that are there, of a pipeline that files start */
  readonly objects?: string;
  readonly filesPerRun?: number;
  readonly reprocess: Reprocess;
  readonly order: Order;
}

export type ExtentOf = Pick<BackfillItem, 'from' | 'to' | 'objects'>;

export interface BackfillPlan extends NewBackfill {
  readonly stateMachineArn: string;
}

export interface NewBackfill extends ExtentOf {
  readonly id: string;
  readonly pipeline: string;
  readonly planned: readonly PlannedLoad[];
  readonly runs: readonly BackfillRun[];
  readonly rerunOf?: string;
}

/** Nothing is started, and nothing written down. @throws {Refused} for what the pipeline cannot have a backfill of */
export async function planBackfill(
  backfills: Backfills,
  pipeline: string,
  wanted: BackfillWanted,
): Promise<BackfillPlan> {
  const at = pipelineNamed(backfills.stacks, pipeline);
  const trigger = await triggerOf(backfills.stepFunctions, at);
  const { extent, loads } = await loadsOf(at, trigger, backfills, wanted);
  const planned = planLoads(loads, wanted.reprocess, wanted.order);
  const id = randomBytes(4).toString('hex');
  return { id, pipeline, ...extent, planned, runs: runsOf(id, planned), stateMachineArn: at.stateMachineArn };
}

/** Of intervals that somebody has picked, which need not follow one another. @throws {Refused} */
export async function planIntervals(
  backfills: Backfills,
  pipeline: string,
  picked: readonly Interval[],
  { reprocess, order }: Pick<BackfillWanted, 'reprocess' | 'order'>,
): Promise<BackfillPlan> {
  const at = pipelineNamed(backfills.stacks, pipeline);
  const trigger = await triggerOf(backfills.stepFunctions, at);
  if (trigger.kind !== 'cron') throw new Refused(`No schedule starts the pipeline '${pipeline}': it has no intervals.`);
  const intervals = [...picked].sort((a, b) => (a.start < b.start ? -1 : 1));
  const [first] = intervals;
  if (first === undefined) throw new Refused('No interval is picked.');
  const now = new Date();
  for (const interval of intervals) requireScheduled(pipeline, interval, trigger.schedule, now);
  const planned = planLoads(await loadsOfIntervals(backfills, pipeline, intervals), reprocess, order);
  const id = randomBytes(4).toString('hex');
  const extent = { from: first.start, to: intervals.at(-1)!.end };
  return { id, pipeline, ...extent, planned, runs: runsOf(id, planned), stateMachineArn: at.stateMachineArn };
}

/** In the order of time. */
async function loadsOfIntervals(
  { dynamoDb, table, stepFunctions, describe }: Backfills,
  pipeline: string,
  intervals: readonly Interval[],
): Promise<Load[]> {
  const states = await statesOfIntervals(intervals, { dynamoDb, table, stepFunctions, describe, pipeline });
  return intervals.map((interval, index) => ({
    title: intervalText(interval),
    input: { interval },
    ...states[index]!,
  }));
}

async function loadsOf(
  at: DeployedPipeline,
  trigger: DeployedTrigger,
  backfills: Backfills,
  { from, to, objects, filesPerRun, reprocess }: BackfillWanted,
): Promise<{ readonly extent: ExtentOf; readonly loads: readonly Load[] }> {
  const { dynamoDb, table, stepFunctions, describe } = backfills;
  const { name: pipeline } = at;
  const ledger = { dynamoDb, table, stepFunctions, describe, pipeline };
  if (trigger.kind === 'after')
    throw new Refused(
      `The pipeline '${pipeline}' starts when '${trigger.upstream}' has published, and so it does for each run of a backfill of that: npx stepwell backfill ${trigger.upstream} …`,
    );
  if (trigger.kind === 's3Arrival') {
    if (objects === undefined || from !== undefined || to !== undefined)
      throw new Refused(
        `Files start the pipeline '${pipeline}', so its runs have no intervals. Name files that are there: npx stepwell backfill ${pipeline} --objects '${trigger.globs[0]}'`,
      );
    const wanted = { glob: objects, filesPerRun: filesPerRun ?? 1, reprocess };
    return { extent: { objects }, loads: await loadsOfObjects(at, trigger, wanted, s3Of(backfills), ledger) };
  }
  if (objects !== undefined || filesPerRun !== undefined)
    throw new Refused(
      `A schedule starts the pipeline '${pipeline}', no file: name intervals, --from <day or time> --to <day or time>.`,
    );
  if (from === undefined || to === undefined)
    throw new Refused(
      `Say which intervals of '${pipeline}': --from <day or time> --to <day or time>, which is not included.`,
    );
  const span = spanOf(trigger.schedule, from, to, new Date());
  return {
    extent: { from: span.from, to: span.to },
    loads: await loadsOfIntervals(backfills, pipeline, span.intervals),
  };
}

export interface BackfillPace {
  readonly reprocess: Reprocess;
  readonly order: Order;
  readonly maxActive: number;
}

/** @throws {Refused} while another of the pipeline is under way that overlaps */
export async function startBackfill(
  backfills: Backfills,
  stateMachineArn: string,
  { id, pipeline, planned, runs, ...about }: NewBackfill,
  { reprocess, order, maxActive }: BackfillPace,
): Promise<BackfillItem> {
  const { rerunOf: _, ...extent } = about;
  await openBackfill(backfills, pipeline, { id, ...extent });
  const key = listKey(pipeline, id);
  await s3Of(backfills).send(
    new PutObjectCommand({
      Bucket: backfills.workBucket,
      Key: key,
      Body: Buffer.from(runs.map((run) => `${JSON.stringify(run)}\n`).join('')),
      ContentType: 'application/x-ndjson',
    }),
  );
  const item: BackfillItem = {
    id,
    pipeline,
    ...about,
    executionArn: executionOf(backfills.machineArn, id),
    status: 'RUNNING',
    reprocess,
    order,
    maxActive,
    runs: runs.length,
    leftOut: planned.length - runs.length,
    startedAt: new Date().toISOString(),
  };
  await putBackfill(backfills, item);
  const input: BackfillInput = { id, pipeline, stateMachineArn, runs: key, maxActive };
  try {
    await backfills.stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: backfills.machineArn, name: id, input: JSON.stringify(input) }),
    );
  } catch (error) {
    const stopped = `It was not started: ${(error as Error).message}`;
    await changeBackfill(backfills, id, { status: 'CANCELLED', endedAt: item.startedAt, stopped }, ['RUNNING']);
    throw error;
  }
  return item;
}

export const listKey = (pipeline: string, id: string): string => `backfills/${pipeline}/${id}/runs.jsonl`;
