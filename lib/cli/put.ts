/** `stepwell put`: lines of a file as records of a pipeline's stream, and the run that publishes them. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, type DeployedPipeline, deployed, pipelineNamed } from '../operate/connection';
import { Refused } from '../operate/errors';
import { stateOf } from '../operate/pause-note';
import { putLines } from '../operate/put';
import { count, plural } from '../operate/text';
import { connect } from './connect';
import { onInterrupt } from './interrupt';
import { printOutcome } from './outcome';
import { printer, type VerbOptions } from './printer';
import { type Publishing, publishNow } from './publish-now';
import { type Stages, stagesOn } from './stages';
import { watchRuns } from './watch';

export interface PutVerbOptions extends VerbOptions {
  /** `login.uuid` */
  readonly key?: string;
  /** false: return when they are on the stream */
  readonly wait: boolean;
}

export async function put(pipeline: string, file: string, options: PutVerbOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const at = pipelineNamed(stacks, pipeline);
  const { stream } = at;
  if (stream === undefined)
    throw new Refused(
      `No stream starts ${pipeline}. To give it files: npx stepwell drop <files…> --pipeline ${pipeline}`,
    );
  const stages = stagesOn(options.json ? process.stderr : process.stdout);
  const since = new Date();
  const records = await putAll(connection, { ...at, stream }, file, { stages, key: options.key });
  const document = { pipeline, stream: stream.name, records };
  const { state } = await stateOf(connection, stacks, at);
  if (!options.wait || state === 'paused' || records === 0) {
    printer(options).print(document, () => [
      state === 'paused'
        ? `${pipeline} is paused: they wait on the stream until it is resumed: npx stepwell resume ${pipeline}`
        : `What becomes of them: npx stepwell show ${pipeline}`,
    ]);
    return;
  }
  const interruption = onInterrupt(() => process.stderr.write('\nNo longer following: the records are taken.\n'));
  const { signal } = interruption;
  try {
    const run = await published(at, records, stages, { connection, stacks, since, signal });
    if (run === undefined) {
      printer(options).print(document, () => [
        `None of them has been staged yet: all are duplicates of records before, or the function is behind. See: npx stepwell show ${pipeline}`,
      ]);
      return;
    }
    const wanted = { key: `${plural(records, 'record')} of ${file}`, executionArn: run };
    const runs = await watchRuns(stages, [pipeline], new SFNClient(connection.client), [wanted], { since, signal });
    const manyFiles = { runId: run.split(':').at(-1)!.slice(0, 8), comeAlong: false, ofStream: true };
    printOutcome(pipeline, runs, options, undefined, undefined, manyFiles);
  } finally {
    interruption.release();
  }
}

function putAll(
  connection: Connection,
  { stream }: Required<Pick<DeployedPipeline, 'stream'>>,
  file: string,
  { stages, key }: { readonly stages: Stages; readonly key: string | undefined },
): Promise<number> {
  return stages.run(`Putting records on the stream ${stream.name}`, async (stage) => {
    const value = await putLines(connection, stream, linesOf(file), {
      key,
      told: (records) => stage.show(`Putting records on the stream ${stream.name}: ${count(records)}`, []),
    });
    return { title: `${plural(value, 'record')} put on the stream ${stream.name}`, value };
  });
}

const published = (at: DeployedPipeline, records: number, stages: Stages, publishing: Publishing) =>
  stages.run('Waiting until they are staged', async () => {
    const value = await publishNow(at, records, publishing);
    return { title: value === undefined ? 'Nothing was staged' : 'Staged, and published by a run', value };
  });

async function* linesOf(file: string): AsyncGenerator<string> {
  const raw: Readable = file === '-' ? process.stdin : createReadStream(file);
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // Of errors of what it reads, readline tells in some versions of Node.js and ends in others.
  let problem: Error | undefined;
  for (const one of new Set([raw, input]))
    one.once('error', (error) => {
      problem = error;
      lines.close();
    });
  try {
    yield* lines;
  } catch (error) {
    problem ??= error as Error;
  }
  if (problem) throw new Refused(`${file} cannot be read: ${problem.message}`);
}
