/**
 * A run by hand, of a pipeline that a schedule starts: of the latest interval that is over, or of one that is named. Or of one that
 * starts after another: for that one's latest run, its run of an interval, or one that is named.
 */
import { SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, type Deployed, type DeployedPipeline, deployed, pipelineNamed } from '../operate/connection';
import { Refused } from '../operate/errors';
import { groupNamed, lookAtWaiting, waitingOf, waitingText } from '../operate/gathering';
import { parseInterval, requireScheduled } from '../operate/intervals';
import { findRun, type RunRow } from '../operate/ledger';
import { stateOf } from '../operate/pause-note';
import { patternsOf, pipelineFolders } from '../operate/pipelines';
import { startByHand } from '../operate/run-by-hand';
import type { After, Cron } from '../pipeline/types';
import { ALL } from '../tasks/gather';
import { connect } from './connect';
import { followRun } from './follow-run';
import { printOutcome } from './outcome';
import { printer, type VerbOptions } from './printer';

import { yellow } from './terminal';

export interface RunOptions extends VerbOptions {
  /** `<start>/<end>`; the latest that is over unless told */
  readonly interval?: string;
  /** id of a run of the pipeline before, or its beginning */
  readonly after?: string;
  /** of a pipeline that gathers its files: load what waits now, of this date or without dates */
  readonly waiting?: string | true;
  /** load again what has been loaded, in its place */
  readonly reprocess: boolean;
  /** false: return when it has started */
  readonly wait: boolean;
}

export async function run(pipeline: string, options: RunOptions): Promise<void> {
  const given = options.interval === undefined ? undefined : parseInterval(options.interval);
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const at = pipelineNamed(stacks, pipeline);
  if (options.waiting !== undefined) return releaseWaiting(connection, stacks, at, options);
  const trigger = await triggerOf(pipeline);
  if (given && trigger.kind === 'cron') requireScheduled(pipeline, given, trigger, new Date());
  const after = options.after === undefined ? undefined : await afterRun(pipeline, trigger, options, connection);
  if ((await stateOf(connection, stacks, at)).state === 'paused')
    console.error(yellow(`${pipeline} is paused, so nothing starts it by itself; this run goes on all the same.`));
  const { interval, key, executionArn, runId } = await startByHand(connection, at, {
    schedule: trigger.kind === 'cron' ? trigger : undefined,
    interval: given,
    after: after?.runId,
    reprocess: options.reprocess,
  });
  if (!options.wait) {
    printer(options).print({ pipeline, runId, executionArn, interval: interval ?? null }, () => [
      `Started ${key}. Follow it: npx stepwell show ${runId.slice(0, 8)}`,
    ]);
    return;
  }
  const followed = await followRun(pipeline, new SFNClient(connection.client), { key, executionArn }, options);
  printOutcome(pipeline, [followed], options, interval);
}

/** Has what waits loaded before it is whole. */
async function releaseWaiting(
  connection: Connection,
  stacks: Deployed,
  at: DeployedPipeline,
  options: RunOptions,
): Promise<void> {
  const { name } = at;
  if (at.gatherFunctionArn === undefined)
    throw new Refused(`'${name}' does not gather its files, so none wait: each has started a run of its own.`);
  const group = groupNamed(options.waiting!);
  const waiting = await waitingOf(connection, stacks, name);
  const found = waiting.find((one) => one.group === group);
  if (found === undefined) {
    const all = waiting.map(waitingText);
    throw new Refused(
      `Nothing waits ${group === ALL ? '' : `of ${group} `}for '${name}'. ${all.length === 0 ? 'There is nothing at all.' : `There are: ${all.join('; ')}.`}`,
    );
  }
  await lookAtWaiting(connection, at, { group, release: true });
  printer(options).print({ pipeline: name, ...found }, () => [
    `A run starts for ${waitingText(found)}. Follow it: npx stepwell runs ${name}`,
  ]);
}

/** @throws {Refused} for a pipeline that something else starts: says what */
async function triggerOf(name: string): Promise<Cron | After> {
  const found = (await pipelineFolders()).find(({ pipeline }) => pipeline.name === name);
  if (!found) throw new Refused(`There is no folder for the pipeline '${name}' under state-machines/.`);
  const { trigger, stream } = found.pipeline;
  if (trigger.kind !== 's3Arrival') return trigger;
  if (stream)
    throw new Refused(
      `The stream '${stream.trigger.stream}' starts the pipeline '${name}'. To publish now what has been staged of it: npx stepwell run ${name} --waiting`,
    );
  throw new Refused(
    `Files start the pipeline '${name}': ${patternsOf(trigger).join(', ')}. Give it one: npx stepwell drop <file> --pipeline ${name}`,
  );
}

/** @throws {Refused} */
async function afterRun(
  pipeline: string,
  trigger: Cron | After,
  { interval, after }: RunOptions,
  connection: Connection,
): Promise<RunRow> {
  if (trigger.kind !== 'after')
    throw new Refused(`A schedule starts the pipeline '${pipeline}', no other pipeline: use --interval, not --after.`);
  if (interval !== undefined)
    throw new Refused(`A run of '${trigger.pipeline}' has one interval: leave out --interval or --after.`);
  return findRun(connection, after!, trigger.pipeline);
}
