/**
 * Counts of a shard's windows, as far as they are not all in their tables. Each commit of the shard's log names the document that holds them, so that
 * a record is counted by the commit that stages it, or not at all, however often and in whatever batches it comes. Lambda's state of a window has no
 * part in it: that is lost with a call that is given up, and with its mapping.
 */
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { COUNTS_KEPT_DAYS } from '../../../lib/tasks/stream';
import { getItem, type Ledger, ledgerKeys, putItem } from '../ledger';
import { putBytes, readWhole } from '../objects';
import type { Part } from './count-part';

/** JSON. */
export interface Counted {
  /** what the latest commits have counted: some of it may grow */
  readonly open: readonly OpenPart[];
  /** of windows before, which nothing is added to: where they are */
  readonly behind: readonly BehindPart[];
}

export interface OpenPart {
  /** of its window: `2026-11-01T10:00:00Z` */
  readonly start: string;
  /** how many commits have added to it */
  readonly version: number;
  /** of a batch that was given up: nothing is added to it */
  readonly isApart?: true;
  readonly part: Part;
}

/** What an item's name has of a part, and how far the part has come. */
export interface PartPlace {
  readonly start: string;
  readonly first: string;
  readonly version: number;
}

export interface BehindPart extends PartPlace {
  /** of the document in which it is open */
  readonly key: string;
}

export const placeOf = ({ start, version, part }: OpenPart): PartPlace => ({ start, first: part.first, version });

export async function readCounted(s3: S3Client, bucket: string, key: string): Promise<Counted> {
  return JSON.parse(gunzipSync(await readWhole(s3, { bucket, key })).toString());
}

export async function writeCounted(s3: S3Client, bucket: string, key: string, counted: Counted): Promise<void> {
  await putBytes(s3, bucket, key, gzipSync(JSON.stringify(counted), { level: constants.Z_BEST_SPEED }));
}

interface WrittenItem {
  readonly version: number;
}

const DAY_SECONDS = 24 * 3600;

/** That items of a part are in their tables. */
export async function isNotedWritten(
  ledger: Ledger,
  pipeline: string,
  shard: string,
  { start, first, version }: PartPlace,
): Promise<boolean> {
  const item = await getItem<WrittenItem>(ledger, ledgerKeys.countedPart(pipeline, shard, start, first));
  return item !== undefined && item.version >= version;
}

export async function noteWritten(
  ledger: Ledger,
  pipeline: string,
  shard: string,
  { start, first, version }: PartPlace,
  now: number,
): Promise<void> {
  // Longer than the shard's own item names it.
  const expiresAt = Math.ceil(now / 1000) + (COUNTS_KEPT_DAYS + 1) * DAY_SECONDS;
  const key = ledgerKeys.countedPart(pipeline, shard, start, first);
  // Somebody who comes late knows of less.
  await putItem(
    ledger,
    key,
    { version, expiresAt },
    {
      expression: 'attribute_not_exists(pk) OR version < :version',
      values: { ':version': version },
    },
  );
}
