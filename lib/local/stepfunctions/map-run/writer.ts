/** Puts the results of a Distributed Map into S3: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
import { randomUUID } from 'node:crypto';
import type { ChildEnd, MapRunRecord } from './types';

export interface WriterConfig {
  readonly Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN';
  readonly OutputType?: 'JSON' | 'JSONL';
}

export interface ChildResult extends ChildEnd {
  readonly input: string;
}

type Call = (service: string, operation: string, input: unknown) => Promise<unknown>;

/** Resolves with what the state hands on instead of the results. */
export async function writeResults(
  run: MapRunRecord,
  results: readonly ChildResult[],
  destination: { readonly Bucket?: unknown; readonly Prefix?: unknown },
  config: WriterConfig,
  call: Call,
): Promise<unknown> {
  const Bucket = String(destination.Bucket);
  const prefix = destination.Prefix === undefined ? '' : `${String(destination.Prefix).replace(/\/$/, '')}/`;
  const folder = `${prefix}${randomUUID()}`;
  const put = async (name: string, content: string) => {
    const Key = `${folder}/${name}`;
    const Body = Buffer.from(content);
    await call('s3', 'PutObject', { Bucket, Key, Body, ContentType: 'application/json' });
    return { Key, Size: Body.length };
  };
  const extension = config.OutputType === 'JSONL' ? 'jsonl' : 'json';
  const write = async (status: 'SUCCEEDED' | 'FAILED') => {
    const chosen = results.filter((result) => (result.status === 'SUCCEEDED') === (status === 'SUCCEEDED'));
    if (chosen.length === 0) return [];
    return [await put(`${status}_0.${extension}`, format(transform(run, chosen, status, config), config))];
  };
  const ResultFiles = { FAILED: await write('FAILED'), PENDING: [], SUCCEEDED: await write('SUCCEEDED') };
  const manifest = { DestinationBucket: Bucket, MapRunArn: run.mapRunArn, ResultFiles };
  const { Key } = await put('manifest.json', JSON.stringify(manifest));
  return { MapRunArn: run.mapRunArn, ResultWriterDetails: { Bucket, Key } };
}

const format = (entries: readonly unknown[], { OutputType }: WriterConfig): string =>
  OutputType === 'JSONL' ? entries.map((entry) => `${JSON.stringify(entry)}\n`).join('') : JSON.stringify(entries);

function transform(
  run: MapRunRecord,
  results: readonly ChildResult[],
  status: 'SUCCEEDED' | 'FAILED',
  { Transformation = 'NONE' }: WriterConfig,
): unknown[] {
  // What failed has no output to be compact about.
  if (Transformation === 'NONE' || status === 'FAILED') return results.map((result) => entry(run, result));
  const outputs = results.map(({ output }) => JSON.parse(output ?? 'null') as unknown);
  return Transformation === 'FLATTEN' ? outputs.flat() : outputs;
}

const entry = (run: MapRunRecord, result: ChildResult) => ({
  ...(result.cause === undefined ? {} : { Cause: result.cause }),
  ...(result.error === undefined ? {} : { Error: result.error }),
  ExecutionArn: result.executionArn,
  Input: result.input,
  InputDetails: { Included: true },
  Name: result.name,
  ...(result.output === undefined ? {} : { Output: result.output, OutputDetails: { Included: true } }),
  RedriveCount: result.redriveCount,
  RedriveStatus: result.status === 'SUCCEEDED' ? 'NOT_REDRIVABLE' : 'REDRIVABLE_BY_MAP_RUN',
  StartDate: new Date(result.startDate).toISOString(),
  StateMachineArn: run.stateMachineArn,
  Status: result.status,
  StopDate: new Date(result.stopDate).toISOString(),
});
