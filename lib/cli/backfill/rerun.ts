/** Runs again what has not succeeded of a backfill that has ended, or lacks some partitions, and nothing else. */
import { randomBytes } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { type Backfills, backfillsOf, findBackfill, isOpen } from '../../operate/backfill/ledger';
import { type PlannedLoad, runName } from '../../operate/backfill/plan';
import { listKey } from '../../operate/backfill/start';
import { runsNamed, statesOfIntervals } from '../../operate/backfill/states';
import { pipelineNamed, s3Of } from '../../operate/connection';
import { Refused } from '../../operate/errors';
import { intervalText } from '../../operate/intervals';
import type { BackfillItem, BackfillRun } from '../../tasks/backfill';
import { connect } from '../connect';
import type { VerbOptions } from '../printer';
import { startAndFollow } from './start';

export interface RerunOptions extends VerbOptions {
  /** as before unless told */
  readonly maxActive?: number;
  /** false: return when it has started */
  readonly wait: boolean;
}

export async function rerunBackfill(wanted: string, options: RerunOptions): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const item = await findBackfill(backfills, wanted);
  const { id: rerunOf, pipeline, from, to, objects, reprocess, order } = item;
  if (isOpen(item))
    throw new Refused(`The backfill ${rerunOf} has not ended. See: npx stepwell backfill show ${rerunOf}`);
  const { stateMachineArn } = pipelineNamed(backfills.stacks, pipeline);
  const left = await notSucceeded(backfills, item);
  if (left.length === 0)
    throw new Refused(
      `Each run of the backfill ${rerunOf} has succeeded, and lacks nothing: there is nothing to run again.`,
    );
  const id = randomBytes(4).toString('hex');
  const planned = left.map(({ input }): PlannedLoad => ({ title: titleOf(input), input, state: 'failed', runs: true }));
  await startAndFollow(
    backfills,
    stateMachineArn,
    {
      id,
      pipeline,
      ...(from !== undefined && to !== undefined ? { from, to } : {}),
      ...(objects === undefined ? {} : { objects }),
      rerunOf,
      planned,
      runs: left.map(({ input }) => ({ name: runName(id, input), input })),
    },
    { ...options, reprocess, order, maxActive: options.maxActive ?? item.maxActive },
  );
}

/** By the ledger of runs, which names them all: those that were never started, too. */
async function notSucceeded(
  { workBucket, ...backfills }: Backfills,
  { id, pipeline }: BackfillItem,
): Promise<BackfillRun[]> {
  const runs = await listOf(s3Of(backfills), workBucket, pipeline, id);
  const ledger = { ...backfills, pipeline };
  const known = await runsNamed(
    runs.map(({ name }) => name),
    ledger,
  );
  const lacking = runs.flatMap(({ name, input: { interval } }) =>
    interval && known.get(name)?.status === 'SUCCEEDED' && known.get(name)?.failed?.length ? [interval] : [],
  );
  // What it lacked may have been loaded since.
  const states = lacking.length > 0 ? await statesOfIntervals(lacking, ledger) : [];
  const partial = new Set(lacking.flatMap(({ start }, index) => (states[index]!.state === 'partial' ? [start] : [])));
  return runs.flatMap(({ name, input }) => {
    if (input.interval && partial.has(input.interval.start)) return [{ name, input: { ...input, reprocess: true } }];
    const { status } = known.get(name) ?? {};
    return status === 'SUCCEEDED' || status === 'SKIPPED' ? [] : [{ name, input }];
  });
}

async function listOf(
  s3: ReturnType<typeof s3Of>,
  Bucket: string,
  pipeline: string,
  id: string,
): Promise<BackfillRun[]> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: listKey(pipeline, id) }));
    const text = await Body!.transformToString();
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as BackfillRun]));
  } catch (error) {
    if ((error as Error).name !== 'NoSuchKey') throw error;
    throw new Refused(
      `The list of runs of the backfill ${id} is gone: it is kept for 90 days. Begin it anew: npx stepwell backfill ${pipeline} …`,
    );
  }
}

const titleOf = ({ interval, objects = [] }: BackfillRun['input']): string =>
  interval ? intervalText(interval) : (objects[0]?.key ?? '');
