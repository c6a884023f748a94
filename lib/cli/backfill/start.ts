/** Plans a backfill, says what it would do, starts it and follows it. */
import { randomBytes } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { explained } from '../../operate/backfill/causes';
import { type DeployedTrigger, triggerOf } from '../../operate/backfill/deployed-trigger';
import { spanOf } from '../../operate/backfill/intervals';
import {
  type Backfills,
  backfillsOf,
  changeBackfill,
  executionOf,
  openBackfill,
  putBackfill,
} from '../../operate/backfill/ledger';
import { loadsOfObjects } from '../../operate/backfill/objects';
import { countStates, type Load, type PlannedLoad, planLoads, runsOf } from '../../operate/backfill/plan';
import { statesOfIntervals } from '../../operate/backfill/states';
import { type DeployedPipeline, pipelineNamed, s3Of } from '../../operate/connection';
import { Refused } from '../../operate/errors';
import { intervalText } from '../../operate/intervals';
import { plural } from '../../operate/text';
import type { BackfillInput, BackfillItem, BackfillRun } from '../../tasks/backfill';
import type { Order, Reprocess } from '../../tasks/backfill-options';
import { connect } from '../connect';
import { printer, type VerbOptions } from '../printer';
import { followBackfill } from './progress';
import { dryRunLines, leftOutLines, printEnded } from './told';

export interface BackfillOptions extends VerbOptions {
  readonly from?: string;
  readonly to?: string;
  /** a glob: objects that are there, of a pipeline that files start */
  readonly objects?: string;
  readonly filesPerRun?: number;
  readonly reprocess: Reprocess;
  readonly maxActive: number;
  readonly order: Order;
  readonly dryRun: boolean;
  /** false: return when it has started */
  readonly wait: boolean;
}

export async function backfill(pipeline: string, options: BackfillOptions): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const at = pipelineNamed(backfills.stacks, pipeline);
  const trigger = await triggerOf(backfills.stepFunctions, at);
  const { extent, loads } = await loadsOf(at, trigger, backfills, options);
  const planned = planLoads(loads, options.reprocess, options.order);
  const id = randomBytes(4).toString('hex');
  const runs = runsOf(id, planned);
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
  await startBackfill(backfills, at.stateMachineArn, { id, pipeline, ...extent, planned, runs }, options);
}

export type ExtentOf = Pick<BackfillItem, 'from' | 'to' | 'objects'>;

async function loadsOf(
  at: DeployedPipeline,
  trigger: DeployedTrigger,
  backfills: Backfills,
  { from, to, objects, filesPerRun, reprocess }: BackfillOptions,
): Promise<{ readonly extent: ExtentOf; readonly loads: readonly Load[] }> {
  const { dynamoDb, table, stepFunctions } = backfills;
  const { name: pipeline } = at;
  const ledger = { dynamoDb, table, stepFunctions, pipeline };
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
  const states = await statesOfIntervals(span.intervals, ledger);
  return {
    extent: { from: span.from, to: span.to },
    loads: span.intervals.map((interval, index) => ({
      title: intervalText(interval),
      input: { interval },
      ...states[index]!,
    })),
  };
}

export interface NewBackfill extends ExtentOf {
  readonly id: string;
  readonly pipeline: string;
  readonly planned: readonly PlannedLoad[];
  readonly runs: readonly BackfillRun[];
  readonly rerunOf?: string;
}

export async function startBackfill(
  backfills: Backfills,
  stateMachineArn: string,
  { id, pipeline, planned, runs, ...about }: NewBackfill,
  options: Pick<BackfillOptions, 'reprocess' | 'order' | 'maxActive' | 'json' | 'wait'>,
): Promise<void> {
  const { reprocess, order, maxActive } = options;
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

export const listKey = (pipeline: string, id: string): string => `backfills/${pipeline}/${id}/runs.jsonl`;

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
