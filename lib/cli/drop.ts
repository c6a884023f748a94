/** Puts files where a pipeline waits for them, and follows the runs that they start. */
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Upload } from '@aws-sdk/lib-storage';
import picomatch from 'picomatch';
import { connect, deployed, pipelineNamed } from './connection';
import { CliError } from './errors';
import type { Wanted } from './follow';
import { onInterrupt } from './interrupt';
import { printOutcome } from './outcome';
import { patternsOf, pipelineFolders } from './pipelines';
import { printer, type VerbOptions } from './printer';
import { stagesOn } from './stages';
import { plural } from './text';
import { watchRuns } from './watch';

export interface DropOptions extends VerbOptions {
  readonly pipeline: string;
  /** in place of the key made of the pipeline's pattern and the file's name */
  readonly key?: string;
  /** false: return when the files are there */
  readonly wait: boolean;
}

const PART_BYTES = 64 * 1024 * 1024;

export async function drop(files: readonly string[], options: DropOptions): Promise<void> {
  if (options.key !== undefined && files.length > 1)
    throw new CliError('--key names one object: give one file with it.');
  const connection = await connect(options.stateDir);
  const { landingBucket, stateMachineArn } = pipelineNamed(await deployed(connection), options.pipeline);
  const patterns = await patternsFor(options.pipeline);
  const planned = files.map((file) => ({ file, size: sizeOf(file), key: options.key ?? keyFor(file, patterns) }));
  if (options.key !== undefined && !patterns.some((pattern) => picomatch.isMatch(options.key!, pattern)))
    throw new CliError(`The key '${options.key}' matches none of the pipeline's patterns: ${patterns.join(', ')}.`);

  const stages = stagesOn(options.json ? process.stderr : process.stdout);
  const s3 = new S3Client({ ...connection.client, forcePathStyle: true });
  const since = new Date();
  const dropped = await stages.run(`Dropping ${plural(files.length, 'file')}`, async (stage) => {
    const done: Extract<Wanted, { versionId: string }>[] = [];
    for (const { file, size, key } of planned) {
      stage.show(`Dropping ${plural(files.length, 'file')}: ${done.length} done`, [
        `${file} → s3://${landingBucket}/${key}`,
      ]);
      // An empty stream has no parts.
      const Body = size === 0 ? Buffer.alloc(0) : createReadStream(file);
      const upload = new Upload({
        client: s3,
        partSize: PART_BYTES,
        params: { Bucket: landingBucket, Key: key, Body },
      });
      const { VersionId } = await upload.done();
      done.push({ key, versionId: VersionId!, stateMachineArn });
      stage.log(`${file} → s3://${landingBucket}/${key}`);
    }
    return { title: `${plural(files.length, 'file')} dropped into s3://${landingBucket}`, value: done };
  });
  if (!options.wait) {
    printer(options).print(
      dropped.map(({ key, versionId }) => ({ bucket: landingBucket, key, versionId })),
      () => ['Each starts a run. Follow them: npx stepwell runs'],
    );
    return;
  }
  const interruption = onInterrupt(() => process.stderr.write('\nNo longer following: the runs go on.\n'));
  try {
    const runs = await watchRuns(stages, [options.pipeline], new SFNClient(connection.client), dropped, {
      since,
      signal: interruption.signal,
    });
    printOutcome(options.pipeline, runs, options);
  } finally {
    interruption.release();
  }
}

async function patternsFor(name: string): Promise<readonly string[]> {
  const found = (await pipelineFolders()).find(({ pipeline }) => pipeline.name === name);
  if (!found) throw new CliError(`There is no folder for the pipeline '${name}' under state-machines/.`);
  const patterns = patternsOf(found.pipeline.trigger);
  if (patterns.length === 0) throw new CliError(`The pipeline '${name}' does not wait for files.`);
  return patterns;
}

function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new CliError(`There is no file ${path.resolve(file)}.`);
  if (!found.isFile()) throw new CliError(`${path.resolve(file)} is not a file.`);
  return found.size;
}

/** The folder of the first pattern that the file's name fits into. */
function keyFor(file: string, patterns: readonly string[]): string {
  const name = path.basename(file);
  for (const pattern of patterns) {
    const key = pattern.replace(/[*?{[(!].*$/s, '').replace(/[^/]*$/, '') + name;
    if (picomatch.isMatch(key, pattern)) return key;
  }
  throw new CliError(
    `${name} fits none of the pipeline's patterns: ${patterns.join(', ')}. Rename it, or say where it goes with --key.`,
  );
}
