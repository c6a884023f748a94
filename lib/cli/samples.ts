/** The samples of a pipeline: what `npm start` drops into the landing bucket, or puts on its stream. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Interrupted } from '../operate/errors';
import { load, type PipelineFolder } from '../operate/pipelines';
import type { Interval } from '../tasks/schedule';

interface SampleFile {
  readonly key: string;
  readonly body: Buffer;
  /** how often it is dropped */
  readonly times: number;
  /** rows that must end in quarantine */
  readonly bad: number;
}

export interface Dropped {
  readonly key: string;
  readonly versionId: string;
  readonly bad: number;
}

export const hasSamples = ({ folder }: PipelineFolder): boolean => existsSync(path.join(folder, 'samples.ts'));

interface Samples {
  /** documents, in the order in which they are put on the stream; `key`: the member that is the partition key */
  sampleRecords?(): SampleRecords | Promise<SampleRecords>;
  sampleFiles?(interval?: Interval): readonly SampleFile[] | Promise<readonly SampleFile[]>;
}

export interface SampleRecords {
  readonly records: readonly object[];
  readonly key?: string;
}

const samplesOf = ({ folder }: PipelineFolder): Promise<Samples> => load<Samples>(path.join(folder, 'samples.ts'));

/** Whoever has them takes the start's time; what does not goes on meanwhile. */
export async function hasSamplesToPut(of: PipelineFolder): Promise<boolean> {
  const { sampleFiles, sampleRecords } = await samplesOf(of);
  return (sampleFiles ?? sampleRecords) !== undefined;
}

/** `interval`: of the run that will read them, where a schedule starts it. */
export async function sampleFilesOf(of: PipelineFolder, interval?: Interval): Promise<SampleFile[]> {
  const { sampleFiles } = await samplesOf(of);
  return [...((await sampleFiles?.(interval)) ?? [])];
}

/** Undefined where a pipeline has none. */
export const sampleRecordsOf = async (of: PipelineFolder): Promise<SampleRecords | undefined> =>
  (await samplesOf(of)).sampleRecords?.();

const AT_ONCE = 8;

/** Files that a schedule's runs find: put where there is none of their key, however often it starts. Gives those that are new. */
export async function putOnce(
  files: readonly SampleFile[],
  bucket: string,
  s3: S3Client,
  signal?: AbortSignal,
): Promise<readonly SampleFile[]> {
  const left = [...files];
  const put: SampleFile[] = [];
  const work = async () => {
    for (let file = left.shift(); file; file = left.shift()) {
      if (signal?.aborted) throw new Interrupted();
      const { key, body } = file;
      try {
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: '*' }));
        put.push(file);
      } catch (error) {
        if ((error as Error).name !== 'PreconditionFailed') throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return put;
}

/** Files that start runs, in their order. */
export async function dropFiles(
  files: readonly SampleFile[],
  bucket: string,
  s3: S3Client,
  signal?: AbortSignal,
): Promise<Dropped[]> {
  const dropped: Dropped[] = [];
  for (const { key, body, times, bad } of files) {
    for (let time = 0; time < times; time++) {
      if (signal?.aborted) throw new Interrupted();
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      dropped.push({ key, versionId: VersionId!, bad });
    }
  }
  return dropped;
}
