/** Puts files where a pipeline waits for them, and follows the runs that they start. */
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import picomatch from 'picomatch';
import { type DeployedPipeline, deployed, pipelineNamed, s3Of } from '../operate/connection';
import { keyFor, putFile, requireWaited, type Waited } from '../operate/drop';
import { Refused } from '../operate/errors';
import type { FollowedRun, Wanted } from '../operate/follow';
import { stateOf } from '../operate/pause-note';
import { patternsOf, pipelineFolders } from '../operate/pipelines';
import { startRun } from '../operate/start-run';
import { plural } from '../operate/text';
import { gatherPlanOf } from '../pipeline/gather';
import { connect } from './connect';
import { onInterrupt } from './interrupt';
import { printOutcome } from './outcome';
import { printer, type VerbOptions } from './printer';
import { type Stages, stagesOn } from './stages';

import { watchRuns } from './watch';

export interface DropOptions extends VerbOptions {
  readonly pipeline: string;
  /** in place of the key made of the pipeline's pattern and the file's name */
  readonly key?: string;
  /** load again what has been loaded, in its place; then a key that is there does for a file, too */
  readonly reprocess: boolean;
  /** false: return when the files are there */
  readonly wait: boolean;
}

export async function drop(files: readonly string[], options: DropOptions): Promise<void> {
  if (options.key !== undefined && files.length > 1)
    throw new Refused('--key names one object: give one file with it.');
  if (options.reprocess && !options.wait)
    throw new Refused(
      'Whether a file is to be loaded again shows when the run of its arrival has ended: --reprocess needs to wait, so leave out --no-wait.',
    );
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const at = pipelineNamed(stacks, options.pipeline);
  const { landingBucket, stateMachineArn } = at;
  const { patterns, markers } = await patternsFor(options.pipeline);
  const s3 = s3Of(connection);
  const there =
    options.reprocess && options.key === undefined ? await objectsThere(s3, landingBucket, files, patterns) : [];
  if (at.gatherFunctionArn && options.reprocess)
    throw new Refused(
      `The files of '${at.name}' are gathered, so none has a run of its own. To load those of a run again: npx stepwell rerun <run>`,
    );
  const local = files.filter((file) => !there.some(({ key }) => key === file));
  const planned = local.map((file) => ({
    file,
    size: sizeOf(file),
    key: options.key ?? keyFor(path.basename(file), patterns),
  }));
  if (options.key !== undefined) requireWaited(options.key, { patterns, markers });

  const { state } = await stateOf(connection, stacks, at);
  if (state === 'paused' && options.wait && local.length > 0 && !at.gatherFunctionArn)
    throw new Refused(
      `${at.name} is paused: files start no run. Put them there for later with --no-wait, or resume it first: npx stepwell resume ${at.name}`,
    );

  const stages = stagesOn(options.json ? process.stderr : process.stdout);
  const since = new Date();
  const putAll = () =>
    stages.run(`Dropping ${plural(local.length, 'file')}`, async (stage) => {
      const done: Arrival[] = [];
      for (const { file, size, key } of planned) {
        stage.show(`Dropping ${plural(local.length, 'file')}: ${done.length} done`, [
          `${file} → s3://${landingBucket}/${key}`,
        ]);
        // An empty stream has no parts.
        const Body = size === 0 ? Buffer.alloc(0) : createReadStream(file);
        done.push({ key, versionId: await putFile(s3, landingBucket, key, Body), stateMachineArn });
        stage.log(`${file} → s3://${landingBucket}/${key}`);
      }
      return { title: `${plural(local.length, 'file')} dropped into s3://${landingBucket}`, value: done };
    });
  const dropped = local.length > 0 ? await putAll() : [];
  if (!options.wait || at.gatherFunctionArn) {
    printer(options).print(
      dropped.map(({ key, versionId }) => ({ bucket: landingBucket, key, versionId })),
      () => [
        state === 'paused'
          ? `${at.name} is paused: they are loaded when it is resumed: npx stepwell resume ${at.name}`
          : at.gatherFunctionArn
            ? `They are gathered: a run starts when they are whole, or their batch is. What waits: npx stepwell pipelines; runs: npx stepwell runs ${at.name}`
            : 'Each starts a run. Follow them: npx stepwell runs',
      ],
    );
    return;
  }
  const interruption = onInterrupt(() => process.stderr.write('\nNo longer following: the runs go on.\n'));
  try {
    const stepFunctions = new SFNClient(connection.client);
    const { signal } = interruption;
    const runs =
      dropped.length > 0 ? await watchRuns(stages, [options.pipeline], stepFunctions, dropped, { since, signal }) : [];
    const all = options.reprocess ? await again(at, dropped, runs, there, { stages, stepFunctions, signal }) : runs;
    const reload = (key: string) => `npx stepwell drop ${shellWord(key)} --pipeline ${options.pipeline} --reprocess`;
    printOutcome(options.pipeline, all, options, undefined, reload);
  } finally {
    interruption.release();
  }
}

/** As a shell takes it: keys may hold spaces, and more. */
const shellWord = (text: string): string => (/^[\w./:=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

type Arrival = Extract<Wanted, { versionId: string }>;
type Version = Pick<Arrival, 'key' | 'versionId'>;

/**
 * Starts a run for each object of `there`, and for each dropped one of which the arrival had nothing to do; follows them in place of
 * those. What the arrival has loaded is not loaded twice.
 */
async function again(
  at: DeployedPipeline,
  dropped: readonly Arrival[],
  arrivals: readonly FollowedRun[],
  there: readonly Version[],
  { stages, stepFunctions, signal }: { stages: Stages; stepFunctions: SFNClient; signal: AbortSignal },
): Promise<readonly FollowedRun[]> {
  const isDuplicate = ({ progress }: FollowedRun) => progress.output?.outcome === 'duplicate';
  const loaded = arrivals.filter((run) => !isDuplicate(run));
  const wanted: Wanted[] = [];
  for (const { key, versionId } of [...dropped.filter((_, index) => isDuplicate(arrivals[index]!)), ...there]) {
    const started = await startRun(
      stepFunctions,
      at,
      { objects: [{ key, versionId }], reprocess: true },
      () => undefined,
    );
    wanted.push({ key, executionArn: started.wanted.executionArn });
  }
  if (wanted.length === 0) return loaded;
  return [...loaded, ...(await watchRuns(stages, [at.name], stepFunctions, wanted, { signal }))];
}

/** Of `files`, those that are no files here but keys of the pipeline in the bucket. */
async function objectsThere(
  s3: S3Client,
  bucket: string,
  files: readonly string[],
  patterns: readonly string[],
): Promise<Version[]> {
  const found: Version[] = [];
  for (const key of files) {
    if (statSync(key, { throwIfNoEntry: false }) || !patterns.some((pattern) => picomatch.isMatch(key, pattern)))
      continue;
    try {
      const { VersionId } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      found.push({ key, versionId: VersionId! });
    } catch (error) {
      if ((error as Error).name !== 'NotFound') throw error;
      throw new Refused(`There is no file ${path.resolve(key)}, and no object s3://${bucket}/${key}.`);
    }
  }
  return found;
}

async function patternsFor(name: string): Promise<Waited> {
  const found = (await pipelineFolders()).find(({ pipeline }) => pipeline.name === name);
  if (!found) throw new Refused(`There is no folder for the pipeline '${name}' under state-machines/.`);
  const { trigger } = found.pipeline;
  const patterns = patternsOf(trigger);
  if (patterns.length === 0) throw new Refused(`The pipeline '${name}' does not wait for files.`);
  const rule = gatherPlanOf(trigger)?.rule;
  return { patterns, markers: rule?.kind === 'marker' ? rule.globs : [] };
}

function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new Refused(`There is no file ${path.resolve(file)}.`);
  if (!found.isFile()) throw new Refused(`${path.resolve(file)} is not a file.`);
  return found.size;
}
