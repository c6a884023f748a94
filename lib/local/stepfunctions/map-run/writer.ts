/** The results of a Distributed Map: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
import { Readable } from 'node:stream';
import type { ExecutionStatus } from '../catalogue';
import { instant } from '../instant';
import { parseJson, stringifyJson } from '../numbers';
import type { ChildEnd, MapRunRecord } from './types';

export interface WriterConfig {
  readonly Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN';
  readonly OutputType?: 'JSON' | 'JSONL';
}

export interface ChildResult extends Omit<ChildEnd, 'index'> {
  readonly input: string;
}

/** There may be more of them than memory is for: they are read one by one. */
export interface Results {
  /** Those that ended with one of these statuses, in the order of their items. */
  readonly ended: (statuses: readonly ExecutionStatus[]) => AsyncIterable<ChildResult>;
  /** The inputs of those that were never started. */
  readonly pending: readonly string[];
}

type Call = (service: string, operation: string, input: unknown) => Promise<unknown>;

/** AWS: results that are more than this go on in another file. */
const LARGEST_FILE_BYTES = 5 * 1024 ** 3;

const FAILED: readonly ExecutionStatus[] = ['FAILED', 'TIMED_OUT', 'ABORTED'];

/** What the state hands on where nothing is exported: JSON texts, one for each result. */
export async function resultTexts(run: MapRunRecord, { ended }: Results, config: WriterConfig): Promise<string[]> {
  const texts: string[] = [];
  for await (const result of ended(['SUCCEEDED', ...FAILED])) {
    texts.push(...transform(run, result, config.Transformation ?? 'COMPACT'));
  }
  return texts;
}

/** Puts the results into S3. Resolves with what the state hands on instead of them. */
export async function exportResults(
  run: MapRunRecord,
  { ended, pending }: Results,
  destination: { readonly Bucket?: unknown; readonly Prefix?: unknown },
  config: WriterConfig,
  call: Call,
  fileBytes = LARGEST_FILE_BYTES,
): Promise<unknown> {
  const Bucket = String(destination.Bucket);
  const prefix = destination.Prefix === undefined ? '' : `${String(destination.Prefix).replace(/\/$/, '')}/`;
  // AWS names the folder after the Map Run.
  const folder = `${prefix}${run.mapRunArn.slice(run.mapRunArn.lastIndexOf(':') + 1)}`;
  const put = async (name: string, content: AsyncIterable<string>) => {
    const Key = `${folder}/${name}`;
    let Size = 0;
    async function* bytes() {
      for await (const text of gathered(content)) {
        const chunk = Buffer.from(text);
        Size += chunk.length;
        yield chunk;
      }
    }
    await call('s3', 'PutObject', { Bucket, Key, Body: Readable.from(bytes()), ContentType: 'application/json' });
    return { Key, Size };
  };
  const write = async (name: string, entries: AsyncGenerator<string>) => {
    const files: object[] = [];
    try {
      let next = await entries.next();
      const leave = (entry: typeof next) => {
        next = entry;
      };
      while (!next.done) {
        const file = format(next.value, entries, { ...config, fileBytes }, leave);
        files.push(await put(`${name}_${files.length}.json`, file));
      }
      return files;
    } finally {
      // Whatever became of the object.
      await entries.return(undefined);
    }
  };
  const transformation = config.Transformation ?? 'NONE';
  const ResultFiles = {
    FAILED: await write(
      'FAILED',
      flatMap(ended(FAILED), (result) => [described(run, result)]),
    ),
    PENDING: await write(
      'PENDING',
      flatMap(pending, (input) => [notStarted(run, input)]),
    ),
    SUCCEEDED: await write(
      'SUCCEEDED',
      flatMap(ended(['SUCCEEDED']), (result) => transform(run, result, transformation)),
    ),
  };
  const manifest = { DestinationBucket: Bucket, MapRunArn: run.mapRunArn, ResultFiles };
  const { Key } = await put(
    'manifest.json',
    flatMap([JSON.stringify(manifest)], (text) => [text]),
  );
  return { MapRunArn: run.mapRunArn, ResultWriterDetails: { Bucket, Key } };
}

/** One file, from its first entry on. What no longer fits, or that there is no more, is told to `leave`. */
async function* format(
  first: string,
  rest: AsyncGenerator<string>,
  { OutputType, fileBytes }: WriterConfig & { readonly fileBytes: number },
  leave: (next: IteratorResult<string>) => void,
): AsyncGenerator<string> {
  const isLines = OutputType === 'JSONL';
  yield isLines ? `${first}\n` : `[${first}`;
  let bytes = Buffer.byteLength(first) + 2;
  let next = await rest.next();
  for (; !next.done; next = await rest.next()) {
    bytes += Buffer.byteLength(next.value) + 1;
    if (bytes > fileBytes) break;
    yield isLines ? `${next.value}\n` : `,${next.value}`;
  }
  if (!isLines) yield ']';
  leave(next);
}

async function* flatMap<A, B>(
  items: Iterable<A> | AsyncIterable<A>,
  change: (item: A) => readonly B[],
): AsyncGenerator<B> {
  for await (const item of items) yield* change(item);
}

const CHUNK_CHARACTERS = 64 * 1024;

/** The same text in larger pieces. */
async function* gathered(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const piece of texts) {
    text += piece;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** What failed has no output to be compact about. */
function transform(
  run: MapRunRecord,
  result: ChildResult,
  transformation: NonNullable<WriterConfig['Transformation']>,
): string[] {
  if (transformation === 'NONE' || result.end.status !== 'SUCCEEDED') return [described(run, result)];
  const text = result.end.output ?? 'null';
  if (transformation === 'COMPACT') return [text];
  const output: unknown = parseJson(text);
  return Array.isArray(output) ? output.map(stringifyJson) : [text];
}

const described = (run: MapRunRecord, { record, end, input }: ChildResult): string =>
  JSON.stringify({
    Cause: end.cause,
    Error: end.error,
    ExecutionArn: record.executionArn,
    Input: input,
    InputDetails: { Included: true },
    Name: record.name,
    ...(end.output === undefined ? {} : { Output: end.output, OutputDetails: { Included: true } }),
    RedriveCount: record.redriveCount,
    ...(end.status === 'SUCCEEDED'
      ? { RedriveStatus: 'NOT_REDRIVABLE', RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' }
      : { RedriveStatus: 'REDRIVABLE_BY_MAP_RUN' }),
    StartDate: instant(record.startDate),
    StateMachineArn: run.stateMachineArn,
    Status: end.status,
    StopDate: instant(record.stopDate ?? record.startDate),
  });

const notStarted = (run: MapRunRecord, input: string): string =>
  JSON.stringify({
    Input: input,
    InputDetails: { Included: true },
    StateMachineArn: run.stateMachineArn,
    Status: 'PENDING',
  });
