/** The sample files of a pipeline: what `npm start` drops into the landing bucket. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Interrupted } from './errors';
import { load, type PipelineFolder } from './pipelines';

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

export async function sampleFilesOf({ folder }: PipelineFolder): Promise<SampleFile[]> {
  const { sampleFiles } = await load<{ sampleFiles?(): SampleFile[] }>(path.join(folder, 'samples.ts'));
  return sampleFiles?.() ?? [];
}

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
