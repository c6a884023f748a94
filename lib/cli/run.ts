/** A run of a pipeline that a schedule starts, by hand: of the latest interval that is over, or of one that is named. */
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Cron } from '../pipeline/types';
import { intervalAt } from '../tasks/fires';
import { connect, deployed, pipelineNamed } from './connection';
import { CliError } from './errors';
import { onInterrupt } from './interrupt';
import { parseInterval, requireScheduled } from './intervals';
import { printOutcome } from './outcome';
import { patternsOf, pipelineFolders } from './pipelines';
import { printer, type VerbOptions } from './printer';
import { stagesOn } from './stages';
import { startRun } from './start-runs';
import { watchRuns } from './watch';

export interface RunOptions extends VerbOptions {
  /** `<start>/<end>`; the latest that is over unless told */
  readonly interval?: string;
  /** load again what has been loaded, in its place */
  readonly reprocess: boolean;
  /** false: return when it has started */
  readonly wait: boolean;
}

export async function run(pipeline: string, options: RunOptions): Promise<void> {
  const given = options.interval === undefined ? undefined : parseInterval(options.interval);
  const connection = await connect(options.stateDir);
  const at = pipelineNamed(await deployed(connection), pipeline);
  const schedule = await scheduleOf(pipeline);
  if (given) requireScheduled(pipeline, given, schedule, new Date());
  const stepFunctions = new SFNClient(connection.client);
  const input = { ...(given ? { interval: given } : {}), ...(options.reprocess ? { reprocess: true } : {}) };
  const { interval, wanted } = await startRun(
    stepFunctions,
    at,
    input,
    (startedAt) => given ?? intervalAt(schedule, startedAt),
  );
  const { key, executionArn } = wanted;
  if (!options.wait) {
    const runId = executionArn.split(':').at(-1)!;
    printer(options).print({ pipeline, runId, executionArn, interval: interval ?? null }, () => [
      `Started ${key}. Follow it: npx stepwell show ${runId.slice(0, 8)}`,
    ]);
    return;
  }
  const interruption = onInterrupt(() => process.stderr.write('\nNo longer following: the run goes on.\n'));
  try {
    const stages = stagesOn(options.json ? process.stderr : process.stdout);
    const followed = await watchRuns(stages, [pipeline], stepFunctions, [wanted], { signal: interruption.signal });
    printOutcome(pipeline, followed, options, interval);
  } finally {
    interruption.release();
  }
}

/** @throws {CliError} for a pipeline that something else starts: says what */
async function scheduleOf(name: string): Promise<Cron> {
  const found = (await pipelineFolders()).find(({ pipeline }) => pipeline.name === name);
  if (!found) throw new CliError(`There is no folder for the pipeline '${name}' under state-machines/.`);
  const { trigger } = found.pipeline;
  if (trigger.kind === 'cron') return trigger;
  throw new CliError(
    `Files start the pipeline '${name}': ${patternsOf(trigger).join(', ')}. Give it one: npx stepwell drop <file> --pipeline ${name}`,
  );
}
