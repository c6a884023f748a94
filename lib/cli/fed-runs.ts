/** Pipelines that a stream starts, after one whose run has put records on it: what has been staged is published now, not in some minutes. */
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, type Deployed, type DeployedPipeline, pipelineNamed, s3Of } from '../operate/connection';
import { Interrupted } from '../operate/errors';
import type { FollowedRun } from '../operate/follow';
import { lookAtWaiting, waitingOf } from '../operate/gathering';
import type { Pipeline } from '../pipeline/types';
import { ALL } from '../tasks/gather';
import { stagedPrefix } from '../tasks/stream';
import type { StartedRun } from './start-runs';

export interface Feeding {
  readonly connection: Pick<Connection, 'client'>;
  readonly stacks: Deployed;
  /** those that may be started */
  readonly pipelines: readonly Pipeline[];
  /** nothing that was staged before is waited for */
  readonly since: Date;
  readonly signal: AbortSignal;
}

const LOOK_MS = 300;
/** Fewer lines come than records were put where some were duplicates. */
const NO_MORE_AFTER_MS = 10_000;
const MOST_MS = 120_000;

/** Of a run that has ended. */
export async function fedRuns({ key, progress }: FollowedRun, feeding: Feeding): Promise<StartedRun[]> {
  const put = new Map(
    (progress.output?.published ?? []).flatMap(({ sink, rows }) => {
      const [kind, stream] = sink.split(/:(.*)/s);
      return kind === 'kinesis' && rows > 0 ? [[stream!, rows]] : [];
    }),
  );
  const readers = feeding.pipelines.filter(({ stream }) => stream && put.has(stream.trigger.stream));
  return Promise.all(
    readers.map(async ({ name, stream }) => {
      const at = pipelineNamed(feeding.stacks, name);
      const executionArn = await publishNow(at, put.get(stream!.trigger.stream)!, feeding);
      const of = `${name} after ${key}`;
      // A version that no run is of: it is told as one that has not started.
      const none = { key: of, versionId: '', stateMachineArn: at.stateMachineArn };
      return { pipeline: name, wanted: executionArn === undefined ? none : { key: of, executionArn } };
    }),
  );
}

/** Feeds of these pipelines, which have nothing to read without them. */
export const feedsOf = (pipelines: readonly Pipeline[], all: readonly Pipeline[]): readonly Pipeline[] => {
  const streams = new Set(pipelines.flatMap(({ stream }) => stream?.trigger.stream ?? []));
  return all.filter(({ sinks }) => sinks.some((sink) => sink.kind === 'kinesis' && streams.has(sink.stream)));
};

/** Gives the run that is started, once all records are staged; undefined where none is. */
async function publishNow(at: DeployedPipeline, records: number, feeding: Feeding): Promise<string | undefined> {
  const { connection, signal } = feeding;
  const stepFunctions = new SFNClient(connection.client);
  const executions = async () => {
    const { executions: found = [] } = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn: at.stateMachineArn, maxResults: 100 }),
    );
    return found.map(({ executionArn }) => executionArn!);
  };
  const before = new Set(await executions());
  const began = Date.now();
  let lines = 0;
  let grewAt = began;
  while (Date.now() - began < MOST_MS) {
    if (signal.aborted) throw new Interrupted();
    const started = (await executions()).find((arn) => !before.has(arn));
    if (started !== undefined) return started;
    const staged = await stagedOf(at, feeding);
    if (staged.lines > lines) [lines, grewAt] = [staged.lines, Date.now()];
    const isWhole = lines >= records || (lines > 0 && Date.now() - grewAt > NO_MORE_AFTER_MS);
    // The events of files come after them.
    const waiting = isWhole ? await waitingOf(connection, feeding.stacks, at.name) : [];
    if (isWhole && waiting.reduce((sum, { files }) => sum + files, 0) >= staged.files)
      await lookAtWaiting(connection, at, { group: ALL, release: true });
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
}

async function stagedOf(
  { name, landingBucket }: DeployedPipeline,
  { connection, since }: Pick<Feeding, 'connection' | 'since'>,
): Promise<{ readonly files: number; readonly lines: number }> {
  const s3 = s3Of(connection);
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: landingBucket, Prefix: stagedPrefix(name) }),
  );
  const fresh = Contents.filter(({ LastModified }) => LastModified!.getTime() >= since.getTime() - 1000);
  const counts = await Promise.all(
    fresh.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: landingBucket, Key }));
      return gunzipSync(await Body!.transformToByteArray()).filter((byte) => byte === NEW_LINE).length;
    }),
  );
  return { files: counts.length, lines: counts.reduce((sum, count) => sum + count, 0) };
}

const NEW_LINE = 10;
