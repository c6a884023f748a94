/** The files that a run loads, in the versions that it reads; and one of them, as it is. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { s3Of } from '../../../operate/connection';
import { filesOfRun, type RunRow } from '../../../operate/ledger';
import { ConsoleError } from '../../server/errors';
import { type Context, Download } from '../../server/route';
import type { RunFiles } from '../../types/run';

const MOST = 1000;

export async function filesShown({ stacks }: Context, run: RunRow): Promise<RunFiles> {
  const { objects = [], list } = run;
  const { foundation } = await stacks();
  return {
    files: objects.slice(0, MOST).map(({ bucket, key, versionId }, number) => ({
      number,
      bucket,
      key,
      ...(versionId === undefined ? {} : { versionId }),
    })),
    more: list ? 0 : Math.max(0, filesOfRun(run) - Math.min(MOST, objects.length)),
    ...(list ? { list: `s3://${foundation.WorkBucketName}/${list.key}` } : {}),
  };
}

/** By its place among the run's: no other object can be asked for. @throws {ConsoleError} */
export async function fileOf(
  { connection }: Context,
  { runId, objects = [] }: RunRow,
  number: number,
): Promise<Download> {
  const object = objects[number];
  if (object === undefined) throw new ConsoleError('not-found', `The run ${runId} has no file ${number + 1}.`);
  const { bucket, key, versionId } = object;
  try {
    const { Body } = await s3Of(connection).send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }),
    );
    return new Download(key.split('/').at(-1) || key, Body as unknown as NodeJS.ReadableStream);
  } catch (error) {
    if (!/^NoSuch(Key|Version)$/.test((error as Error).name)) throw error;
    throw new ConsoleError('not-found', `${key} is gone, in the version that the run has read.`);
  }
}
