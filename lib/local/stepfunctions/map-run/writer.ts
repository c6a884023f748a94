/** The results of a Distributed Map: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */

import { parseJson, stringifyJson } from '../numbers';
import type { ChildEnd, MapRunRecord } from './types';

export interface WriterConfig {
  readonly Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN';
  readonly OutputType?: 'JSON' | 'JSONL';
}

export interface ChildResult extends ChildEnd {
  readonly input: string;
}

export interface Results {
  /** In the order of their items. */
  readonly ended: readonly ChildResult[];
  /** The inputs of those that were never started. */
  readonly pending: readonly string[];
}

type Call = (service: string, operation: string, input: unknown) => Promise<unknown>;

/** What the state hands on where nothing is exported: JSON texts, one for each result. */
export function resultTexts(run: MapRunRecord, ended: readonly ChildResult[], config: WriterConfig): string[] {
  return ended.flatMap((result) => transform(run, result, config.Transformation ?? 'COMPACT'));
}

/** Puts the results into S3. Resolves with what the state hands on instead of them. */
export async function exportResults(
  run: MapRunRecord,
  { ended, pending }: Results,
  destination: { readonly Bucket?: unknown; readonly Prefix?: unknown },
  config: WriterConfig,
  call: Call,
): Promise<unknown> {
  const Bucket = String(destination.Bucket);
  const prefix = destination.Prefix === undefined ? '' : `${String(destination.Prefix).replace(/\/$/, '')}/`;
  // AWS names the folder after the Map Run.
  const folder = `${prefix}${run.mapRunArn.slice(run.mapRunArn.lastIndexOf(':') + 1)}`;
  const put = async (name: string, content: string) => {
    const Key = `${folder}/${name}`;
    const Body = Buffer.from(content);
    await call('s3', 'PutObject', { Bucket, Key, Body, ContentType: 'application/json' });
    return { Key, Size: Body.length };
  };
  const write = async (name: string, entries: readonly string[]) =>
    entries.length === 0 ? [] : [await put(`${name}_0.json`, format(entries, config))];
  const transformation = config.Transformation ?? 'NONE';
  const failed = ended.filter(({ status }) => status !== 'SUCCEEDED');
  const succeeded = ended.filter(({ status }) => status === 'SUCCEEDED');
  const ResultFiles = {
    FAILED: await write(
      'FAILED',
      failed.map((result) => described(run, result)),
    ),
    PENDING: await write(
      'PENDING',
      pending.map((input) => notStarted(run, input)),
    ),
    SUCCEEDED: await write(
      'SUCCEEDED',
      succeeded.flatMap((result) => transform(run, result, transformation)),
    ),
  };
  const manifest = { DestinationBucket: Bucket, MapRunArn: run.mapRunArn, ResultFiles };
  const { Key } = await put('manifest.json', JSON.stringify(manifest));
  return { MapRunArn: run.mapRunArn, ResultWriterDetails: { Bucket, Key } };
}

const format = (entries: readonly string[], { OutputType }: WriterConfig): string =>
  OutputType === 'JSONL' ? entries.map((entry) => `${entry}\n`).join('') : `[${entries.join(',')}]`;

/** What failed has no output to be compact about. */
function transform(
  run: MapRunRecord,
  result: ChildResult,
  transformation: NonNullable<WriterConfig['Transformation']>,
): string[] {
  if (transformation === 'NONE' || result.status !== 'SUCCEEDED') return [described(run, result)];
  const text = result.output ?? 'null';
  if (transformation === 'COMPACT') return [text];
  const output: unknown = parseJson(text);
  return Array.isArray(output) ? output.map(stringifyJson) : [text];
}

const described = (run: MapRunRecord, result: ChildResult): string =>
  JSON.stringify({
    Cause: result.cause,
    Error: result.error,
    ExecutionArn: result.executionArn,
    Input: result.input,
    InputDetails: { Included: true },
    Name: result.name,
    ...(result.output === undefined ? {} : { Output: result.output, OutputDetails: { Included: true } }),
    RedriveCount: result.redriveCount,
    ...(result.status === 'SUCCEEDED'
      ? { RedriveStatus: 'NOT_REDRIVABLE', RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' }
      : { RedriveStatus: 'REDRIVABLE_BY_MAP_RUN' }),
    StartDate: new Date(result.startDate).toISOString(),
    StateMachineArn: run.stateMachineArn,
    Status: result.status,
    StopDate: new Date(result.stopDate).toISOString(),
  });

const notStarted = (run: MapRunRecord, input: string): string =>
  JSON.stringify({
    Input: input,
    InputDetails: { Included: true },
    StateMachineArn: run.stateMachineArn,
    Status: 'PENDING',
  });
