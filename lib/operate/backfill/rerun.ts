/** What has not succeeded of a backfill that has ended, or lacks some partitions, and nothing else. */
import { randomBytes } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { BackfillItem, BackfillRun } from '../../tasks/backfill';
import { pipelineNamed, s3Of } from '../connection';
import { Refused } from '../errors';
import { intervalText } from '../intervals';
import { type Backfills, isOpen } from './ledger';
import { type PlannedLoad, runName } from './plan';
import { type BackfillPlan, listKey } from './start';
import { runsNamed, statesOfIntervals } from './states';

/** Nothing is started, and nothing written down. @throws {Refused} where there is nothing to run again */
export async function planBackfillRerun(backfills: Backfills, item: BackfillItem): Promise<BackfillPlan> {
  const { id: rerunOf, pipeline, from, to, objects } = item;
  if (isOpen(item))
    throw new Refused(`The backfill ${rerunOf} has not ended. See: npx stepwell backfill show ${rerunOf}`);
  const { stateMachineArn } = pipelineNamed(backfills.stacks, pipeline);
  const left = await notSucceeded(backfills, item);
  if (left.length === 0)
    throw new Refused(
      `Each run of the backfill ${rerunOf} has succeeded, and lacks nothing: there is nothing to run again.`,
    );
  const id = randomBytes(4).toString('hex');
  return {
    id,
    pipeline,
    ...(from !== undefined && to !== undefined ? { from, to } : {}),
    ...(objects === undefined ? {} : { objects }),
    rerunOf,
    planned: left.map(({ state, input }): PlannedLoad => ({ title: titleOf(input), input, state, runs: true })),
    runs: left.map(({ input }) => ({ name: runName(id, input), input })),
    stateMachineArn,
  };
}

type Left = Pick<PlannedLoad, 'state'> & Pick<BackfillRun, 'input'>;

/** By the ledger of runs, which names them all: those that were never started, too. */
async function notSucceeded({ workBucket, ...backfills }: Backfills, { id, pipeline }: BackfillItem): Promise<Left[]> {
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
  return runs.flatMap(({ name, input }): Left[] => {
    if (input.interval && partial.has(input.interval.start))
      return [{ input: { ...input, reprocess: true }, state: 'partial' }];
    const { status } = known.get(name) ?? {};
    if (status === 'SUCCEEDED' || status === 'SKIPPED') return [];
    return [{ input, state: status === undefined ? 'missing' : 'failed' }];
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
