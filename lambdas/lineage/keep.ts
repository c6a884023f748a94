/**
 * Where events lie in the work bucket, a JSON document a line:
 * `lineage/events/date=<day>/<pipeline>/…` for good, for whoever reads them there;
 * `lineage/undelivered/<pipeline>/…` until the server has taken them, the oldest first by name;
 * `lineage/refused/<pipeline>/…` what the server says it will never take.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { RunEvent } from './run-event';
import type { StatusEvent } from './run-facts';

export interface Batch {
  /** of the objects that hold it, without their folders */
  readonly name: string;
  /** of its latest event: `2026-11-21` */
  readonly date: string;
  readonly events: readonly RunEvent[];
}

/** The same for the same state of a run: what is done twice is there once. */
export function batchOf({ name, status, redriveCount }: StatusEvent['detail'], events: readonly RunEvent[]): Batch {
  const time = events.at(-1)!.eventTime;
  return {
    name: `${time.replaceAll(/[-:.]/g, '')}-${name}-${redriveCount ?? 0}-${status.toLowerCase()}.ndjson`,
    date: time.slice(0, 10),
    events,
  };
}

/** So many at once: a server that was down for long is not to be flooded, nor is an invocation to take too long. */
const MOST_LISTED = 100;

export interface Store {
  /** @returns the key */
  keep(batch: Batch): Promise<string>;
  keepUndelivered(batch: Pick<Batch, 'name' | 'events'>): Promise<void>;
  keepRefused(batch: Pick<Batch, 'name' | 'events'>): Promise<string>;
  /** names of the oldest, and whether there are more */
  undelivered(): Promise<{ readonly names: readonly string[]; readonly more: boolean }>;
  /** undefined: it is gone */
  readUndelivered(name: string): Promise<readonly RunEvent[] | undefined>;
  removeUndelivered(name: string): Promise<void>;
}

export function storeIn(s3: S3Client, bucket: string, pipeline: string): Store {
  const waiting = `lineage/undelivered/${pipeline}/`;
  const put = async (key: string, events: readonly RunEvent[]) => {
    const Body = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: 'application/x-ndjson' }));
    return key;
  };
  return {
    keep: ({ name, date, events }) => put(`lineage/events/date=${date}/${pipeline}/${name}`, events),
    async keepUndelivered({ name, events }) {
      await put(waiting + name, events);
    },
    keepRefused: ({ name, events }) => put(`lineage/refused/${pipeline}/${name}`, events),
    async undelivered() {
      const { Contents = [], IsTruncated = false } = await s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: waiting, MaxKeys: MOST_LISTED }),
      );
      return { names: Contents.map(({ Key }) => Key!.slice(waiting.length)), more: IsTruncated };
    },
    async readUndelivered(name) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: waiting + name }));
        const lines = (await Body!.transformToString()).split('\n').filter((line) => line !== '');
        return lines.map((line) => JSON.parse(line) as RunEvent);
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async removeUndelivered(name) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: waiting + name }));
    },
  };
}
