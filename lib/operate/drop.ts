/** Puts a file where a pipeline waits for it. */
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import picomatch from 'picomatch';
import { anyDate } from '../tasks/dated-globs';
import type { Connection, DeployedPipeline } from './connection';
import { Refused } from './errors';
import { gatherPlanOf } from './gathering';
import { admitArguments } from './missed';

export interface Waited {
  readonly patterns: readonly string[];
  /** of what says that the files are whole */
  readonly markers: readonly string[];
}

/** What the pipeline waits for as it is deployed. */
export async function waitedBy(connection: Connection, at: DeployedPipeline): Promise<Waited> {
  if (at.gatherFunctionArn === undefined) {
    const { patterns = [] } = await admitArguments(connection, at);
    return { patterns, markers: [] };
  }
  const { patterns, rule } = await gatherPlanOf(connection, at.gatherFunctionArn);
  return { patterns, markers: rule.kind === 'marker' ? rule.globs : [] };
}

/** The folder of the first pattern that the file's name fits into. @throws {Refused} where it fits none */
export function keyFor(name: string, patterns: readonly string[]): string {
  for (const pattern of patterns) {
    const key = pattern.replace(/[*?{[(!].*$/s, '').replace(/[^/]*$/, '') + name;
    if (picomatch.isMatch(key, anyDate(pattern))) return key;
  }
  throw new Refused(
    `${name} fits none of the pipeline's patterns: ${patterns.join(', ')}. Rename it, or say where it goes with a key of its own (--key).`,
  );
}

/** @throws {Refused} for a key that the pipeline does not wait for */
export function requireWaited(key: string, { patterns, markers }: Waited): void {
  const keys = [...patterns, ...markers];
  if (!keys.some((pattern) => picomatch.isMatch(key, anyDate(pattern))))
    throw new Refused(`The key '${key}' matches none of the pipeline's patterns: ${keys.join(', ')}.`);
}

const PART_BYTES = 64 * 1024 * 1024;

/** Returns the version. The landing bucket has versions. */
export async function putFile(s3: S3Client, Bucket: string, Key: string, Body: Readable | Buffer): Promise<string> {
  const upload = new Upload({ client: s3, partSize: PART_BYTES, params: { Bucket, Key, Body } });
  const { VersionId } = await upload.done();
  return VersionId!;
}
