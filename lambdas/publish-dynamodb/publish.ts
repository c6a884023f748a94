/**
 * Writes staged items into a DynamoDB table. There are no transactions over many items: while it runs, readers see some of the load's
 * items and not yet others. What is begun is always finished: by a retry, by a redrive, or by whichever run of the same load
 * comes next, with the items that were staged first, so that the end is the same as if all had been written at once.
 */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ManifestRef } from '../../lib/tasks/common';
import { UnreadableFile } from '../../lib/tasks/errors';
import type { DynamoCheckpoint, PublishDynamoInput, PublishDynamoOutput } from '../../lib/tasks/publish';
import { getItem, putItem } from '../shared/ledger';
import { readDocument } from '../shared/manifest';
import { readWhole } from '../shared/objects';
import { DELETED, type StagedItems, stagedItems } from '../shared/staged-items';
import { type LockedTable, type Publisher, publishedLoad, TableLock, tableKey } from '../shared/table-lock';
import { Pace, paced } from './pace';
import { deleteReplaced, type Item, replacedItems, writeItem } from './write-item';

export interface PublishDynamoEnvironment extends Publisher {
  /** of the table */
  readonly client: DynamoDBClient;
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly remainingMs: () => number;
}

/** What is left of a function's time when it stops: what is under way then has to end, retries included. */
const RESERVE_MS = 100_000;

const unzip = promisify(gunzip);

export async function publishDynamo(
  { run, sink, staged: own, checkpoint }: PublishDynamoInput,
  environment: PublishDynamoEnvironment,
): Promise<PublishDynamoOutput> {
  const table: LockedTable = { id: sink.id, write: sink.write };
  const done = await publishedLoad(run, table, environment);
  if (done) return ended(sink.id, done.rows, false);
  const lock = await TableLock.take(run, table, environment);
  // Again: whoever held the lock may have published this load.
  const before = await publishedLoad(run, table, environment);
  if (before) {
    await lock.release();
    return ended(sink.id, before.rows, false);
  }
  const { ref, document } = await begun(run, table, own, environment);
  const { generation } = document.run;
  if (lock.isOvertaken(document.run)) {
    await lock.published(0, generation);
    return ended(sink.id, 0, true);
  }
  const from: DynamoCheckpoint =
    (await lock.continues(ref.key)) && checkpoint?.staged === ref.key
      ? checkpoint
      : { staged: ref.key, phase: 'items', chunk: 0, item: 0, rows: 0 };
  const next = await new Publication(document, environment, lock).goOn(from);
  if (next.checkpoint) return { checkpoint: next.checkpoint, published: null };
  await lock.published(next.rows, generation);
  return ended(sink.id, next.rows, true);
}

const ended = (sink: string, rows: number, changed: boolean): PublishDynamoOutput => ({
  checkpoint: null,
  published: { sink, rows, changed },
});

interface BegunItem {
  readonly generation: number;
  readonly staged: ManifestRef;
  readonly runId: string;
  /** seconds since 1970 */
  readonly expiresAt: number;
}

/** Longer than what is staged stays. */
const BEGUN_LIFE_SECONDS = 45 * 24 * 3600;

/** Which staged items this load publishes: those with which its publication began, unless it is reprocessed since. */
async function begun(
  run: PublishDynamoInput['run'],
  table: LockedTable,
  own: ManifestRef,
  { ledger, s3, workBucket, now }: PublishDynamoEnvironment,
): Promise<{ readonly ref: ManifestRef; readonly document: StagedItems }> {
  const key = { pk: tableKey(run, table), sk: `begun#${run.loadKey}` };
  const item = await getItem<BegunItem>(ledger, key);
  if (item && item.generation >= run.generation && item.staged.key !== own.key) {
    try {
      return { ref: item.staged, document: await readDocument(s3, workBucket, item.staged, stagedItems) };
    } catch (error) {
      // So long ago that what was staged has expired.
      if (!(error instanceof UnreadableFile)) throw error;
    }
  }
  const expiresAt = Math.round(now() / 1000) + BEGUN_LIFE_SECONDS;
  const mine: BegunItem = { generation: run.generation, staged: own, runId: run.runId, expiresAt };
  await putItem(ledger, key, mine);
  return { ref: own, document: await readDocument(s3, workBucket, own, stagedItems) };
}

class Publication {
  private readonly pace: Pace;

  constructor(
    private readonly staged: StagedItems,
    private readonly environment: PublishDynamoEnvironment,
    private readonly lock: TableLock,
  ) {
    this.pace = new Pace(environment.now);
  }

  async goOn(from: DynamoCheckpoint): Promise<{ checkpoint: DynamoCheckpoint | null; rows: number }> {
    let at: DynamoCheckpoint = from;
    while (at.phase === 'items' && at.chunk < this.staged.chunks.length) {
      at = await this.writeChunk(at);
      if (this.isLate()) return { checkpoint: at, rows: at.rows };
    }
    if (!this.replaces()) return { checkpoint: null, rows: at.rows };
    return this.sweep({ ...at, phase: 'sweep' });
  }

  private async writeChunk(at: DynamoCheckpoint): Promise<DynamoCheckpoint> {
    const { client, s3, workBucket } = this.environment;
    const { key, etag } = this.staged.chunks[at.chunk]!;
    const text = await unzip(await readWhole(s3, { bucket: workBucket, key, etag }));
    const lines = text.toString('utf8').split('\n');
    let { rows } = at;
    const item = await paced(lines, at.item, this.pace, this.isLate, async (line) => {
      await this.lock.hold();
      const written = JSON.parse(line) as Item;
      const { changed, attempts } = await writeItem(client, this.staged, written);
      this.pace.answered(attempts);
      if (changed && !(DELETED in written)) rows += 1;
    });
    return item < lines.length ? { ...at, item, rows } : { ...at, chunk: at.chunk + 1, item: 0, rows };
  }

  /** A first generation of `merge` replaces nothing of its own. */
  private replaces(): boolean {
    const { sink, run } = this.staged;
    return sink.write.mode === 'replace' || run.generation > 0;
  }

  private async sweep(from: DynamoCheckpoint): Promise<{ checkpoint: DynamoCheckpoint | null; rows: number }> {
    const { client } = this.environment;
    const { sink } = this.staged;
    const { expression, names, values } = replacedItems(this.staged);
    const keys = [sink.key.partitionKey, ...(sink.key.sortKey === undefined ? [] : [sink.key.sortKey])];
    const keyNames = Object.fromEntries(keys.map((name, index) => [`#key${index}`, name]));
    let { after } = from;
    do {
      await this.lock.hold();
      const page = await client.send(
        new ScanCommand({
          TableName: sink.table,
          ConsistentRead: true,
          FilterExpression: expression,
          ProjectionExpression: Object.keys(keyNames).join(', '),
          ExpressionAttributeNames: { ...names, ...keyNames },
          ExpressionAttributeValues: values,
          ExclusiveStartKey: after,
        }),
      );
      const found = (page.Items ?? []) as Item[];
      // A page that is not done is read again: what is deleted is not in it any more.
      const deleted = await paced(found, 0, this.pace, this.isLate, async (key) => {
        await this.lock.hold();
        this.pace.answered((await deleteReplaced(client, this.staged, key)).attempts);
      });
      if (deleted === found.length) after = page.LastEvaluatedKey as DynamoCheckpoint['after'];
      if (this.isLate() && (after !== undefined || deleted < found.length)) {
        const { after: _before, ...rest } = from;
        return { checkpoint: { ...rest, ...(after === undefined ? {} : { after }) }, rows: from.rows };
      }
    } while (after !== undefined);
    return { checkpoint: null, rows: from.rows };
  }

  private readonly isLate = (): boolean => this.environment.remainingMs() < RESERVE_MS;
}
