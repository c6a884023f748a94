/** What has been put on a stream is published as soon as it is staged, not in some minutes. */
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, type Deployed, type DeployedPipeline, s3Of } from '../operate/connection';
import { Interrupted } from '../operate/errors';
import { lookAtWaiting, waitingOf } from '../operate/gathering';
import { ALL } from '../tasks/gather';
import { hourFolder, stagedPrefix } from '../tasks/stream';

export interface Publishing {
  readonly connection: Pick<Connection, 'client'>;
  readonly stacks: Deployed;
  /** nothing that was staged before is waited for */
  readonly since: Date;
  readonly signal: AbortSignal;
}

const LOOK_MS = 300;
/** Fewer lines come than records were put where some were duplicates, or none where all were. */
const NO_MORE_AFTER_MS = 10_000;
const NONE_AFTER_MS = 30_000;
const MOST_MS = 120_000;
const HOUR_MS = 3_600_000;

/** Gives the run that is started, once all records are staged; undefined where none is. */
export async function publishNow(
  at: DeployedPipeline,
  records: number,
  publishing: Publishing,
): Promise<string | undefined> {
  const { connection, signal } = publishing;
  const stepFunctions = new SFNClient(connection.client);
  const executions = async () => {
    const { executions: found = [] } = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn: at.stateMachineArn, maxResults: 100 }),
    );
    return found.map(({ executionArn }) => executionArn!);
  };
  const before = new Set(await executions());
  const began = Date.now();
  const counted = new Map<string, number>();
  let lines = 0;
  let grewAt = began;
  while (Date.now() - began < (lines > 0 ? MOST_MS : NONE_AFTER_MS)) {
    if (signal.aborted) throw new Interrupted();
    const started = (await executions()).find((arn) => !before.has(arn));
    if (started !== undefined) return started;
    const staged = await stagedOf(at, publishing, counted);
    if (staged.lines > lines) [lines, grewAt] = [staged.lines, Date.now()];
    const isWhole = lines >= records || (lines > 0 && Date.now() - grewAt > NO_MORE_AFTER_MS);
    // The events of files come after them.
    const waiting = isWhole ? await waitingOf(connection, publishing.stacks, at.name) : [];
    if (isWhole && waiting.reduce((sum, { files }) => sum + files, 0) >= staged.files)
      await lookAtWaiting(connection, at, { group: ALL, release: true });
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
}

async function stagedOf(
  { name, landingBucket }: DeployedPipeline,
  { connection, since }: Pick<Publishing, 'connection' | 'since'>,
  /** lines by key: a staged file does not change */
  counted: Map<string, number>,
): Promise<{ readonly files: number; readonly lines: number }> {
  const s3 = s3Of(connection);
  const fresh: string[] = [];
  for (const hour of hoursStaged(since.getTime(), Date.now())) {
    const Prefix = stagedPrefix(name) + hourFolder(hour);
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: landingBucket, Prefix })) {
      for (const { Key, LastModified } of Contents)
        if (LastModified!.getTime() >= since.getTime() - 1000) fresh.push(Key!);
    }
  }
  await Promise.all(
    fresh
      .filter((key) => !counted.has(key))
      .map(async (Key) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: landingBucket, Key }));
        const text = gunzipSync(await Body!.transformToByteArray());
        counted.set(Key, text.filter((byte) => byte === NEW_LINE).length);
      }),
  );
  return { files: counted.size, lines: [...counted.values()].reduce((sum, count) => sum + count, 0) };
}

const NEW_LINE = 10;

/** Of the records that may be staged since then, the hours in which they have come. Those that came before may be staged only now. */
export function hoursStaged(since: number, now: number): number[] {
  const first = Math.floor(since / HOUR_MS) - 1;
  const last = Math.floor(now / HOUR_MS);
  return Array.from({ length: last - first + 1 }, (_, n) => (first + n) * HOUR_MS);
}
