/**
 * Writes staged rows into a table that has no transactions over many of them (DynamoDB's, Cassandra's), one by one: while it runs,
 * readers see some of the load's rows and not yet others. What is begun is always finished: by a retry, by a redrive, or by whichever run
 * of the same load comes next, with the rows that were staged first, so that the end is the same as if all had been written at once.
 */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import type * as z from 'zod/mini';
import type { ManifestRef, Run, WriteMode } from '../../lib/tasks/common';
import { UnreadableFile } from '../../lib/tasks/errors';
import type { Published } from '../../lib/tasks/publish';
import { getItem, putItem } from './ledger';
import { readDocument } from './manifest';
import { readWhole } from './objects';
import { Pace, paced } from './pace';
import { type LockedTable, type Publisher, publishedLoad, TableLock, tableKey } from './table-lock';

export interface PublishStagedEnvironment extends Publisher {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly remainingMs: () => number;
}

/** What Load has left: rows in chunks, each a gzipped object with one in JSON a line. */
export interface StagedDocument {
  readonly sink: { readonly write: WriteMode };
  /** the load whose rows they are: another run of the same load may have to finish what this one began */
  readonly run: Run;
  readonly chunks: readonly { readonly key: string; readonly etag: string }[];
}

/** Where one invocation stopped, for the next one. */
export interface Checkpoint<After> {
  readonly staged: string;
  readonly phase: 'items' | 'sweep';
  readonly chunk: number;
  readonly item: number;
  readonly after?: After | undefined;
  readonly rows: number;
}

/** One table, and how a row of it is written and looked for. */
export interface RowWriter<After, Key> {
  /** `counts`: it is in the table now, and is none that tells of a deletion. `attempts`: how often it took */
  write(line: string): Promise<{ readonly counts: boolean; readonly attempts: number }>;
  /** rows that the load replaces, a page at a time; none `next`: it was the last */
  replaced(after: After | undefined): Promise<{ readonly found: readonly Key[]; readonly next?: After | undefined }>;
  /** deletes the row if the load still replaces it */
  remove(key: Key): Promise<{ readonly attempts: number }>;
}

export interface Publication<D extends StagedDocument, After, Key> {
  readonly run: Run;
  readonly sink: { readonly id: string; readonly write: WriteMode };
  readonly staged: ManifestRef;
  readonly checkpoint: Checkpoint<After> | null;
  readonly document: z.ZodMiniType<D>;
  readonly writer: (document: D) => RowWriter<After, Key>;
}

/** What is left of a function's time when it stops: what is under way then has to end, retries included. */
const RESERVE_MS = 100_000;

const unzip = promisify(gunzip);

export async function publishStaged<D extends StagedDocument, After, Key>(
  publication: Publication<D, After, Key>,
  environment: PublishStagedEnvironment,
): Promise<{ readonly checkpoint: Checkpoint<After> | null; readonly published: Published | null }> {
  const { run, sink, checkpoint } = publication;
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
  const { ref, document } = await begun(publication, table, environment);
  const { generation } = document.run;
  if (lock.isOvertaken(document.run)) {
    await lock.published(0, generation);
    return ended(sink.id, 0, true);
  }
  const from: Checkpoint<After> =
    (await lock.continues(ref.key)) && checkpoint?.staged === ref.key
      ? checkpoint
      : { staged: ref.key, phase: 'items', chunk: 0, item: 0, rows: 0 };
  const next = await new Writing(document, publication.writer(document), environment, lock).goOn(from);
  if (next.checkpoint) return { checkpoint: next.checkpoint, published: null };
  await lock.published(next.rows, generation);
  return ended(sink.id, next.rows, true);
}

const ended = (sink: string, rows: number, changed: boolean) => ({
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

/** Which staged rows this load publishes: those with which its publication began, unless it is reprocessed since. */
async function begun<D extends StagedDocument>(
  { run, staged: own, document: schema }: Pick<Publication<D, never, never>, 'run' | 'staged' | 'document'>,
  table: LockedTable,
  { ledger, s3, workBucket, now }: PublishStagedEnvironment,
): Promise<{ readonly ref: ManifestRef; readonly document: D }> {
  const key = { pk: tableKey(run, table), sk: `begun#${run.loadKey}` };
  const item = await getItem<BegunItem>(ledger, key);
  if (item && item.generation >= run.generation && item.staged.key !== own.key) {
    try {
      return { ref: item.staged, document: await readDocument(s3, workBucket, item.staged, schema) };
    } catch (error) {
      // So long ago that what was staged has expired.
      if (!(error instanceof UnreadableFile)) throw error;
    }
  }
  const expiresAt = Math.round(now() / 1000) + BEGUN_LIFE_SECONDS;
  const mine: BegunItem = { generation: run.generation, staged: own, runId: run.runId, expiresAt };
  await putItem(ledger, key, mine);
  return { ref: own, document: await readDocument(s3, workBucket, own, schema) };
}

class Writing<After, Key> {
  private readonly pace: Pace;

  constructor(
    private readonly staged: StagedDocument,
    private readonly writer: RowWriter<After, Key>,
    private readonly environment: PublishStagedEnvironment,
    private readonly lock: TableLock,
  ) {
    this.pace = new Pace(environment.now);
  }

  async goOn(from: Checkpoint<After>): Promise<{ checkpoint: Checkpoint<After> | null; rows: number }> {
    let at: Checkpoint<After> = from;
    while (at.phase === 'items' && at.chunk < this.staged.chunks.length) {
      at = await this.writeChunk(at);
      if (this.isLate()) return { checkpoint: at, rows: at.rows };
    }
    if (!this.replaces()) return { checkpoint: null, rows: at.rows };
    return this.sweep({ ...at, phase: 'sweep' });
  }

  private async writeChunk(at: Checkpoint<After>): Promise<Checkpoint<After>> {
    const { s3, workBucket } = this.environment;
    const { key, etag } = this.staged.chunks[at.chunk]!;
    const text = await unzip(await readWhole(s3, { bucket: workBucket, key, etag }));
    const lines = text.toString('utf8').split('\n');
    let { rows } = at;
    const item = await paced(lines, at.item, this.pace, this.isLate, async (line) => {
      await this.lock.hold();
      const { counts, attempts } = await this.writer.write(line);
      this.pace.answered(attempts);
      if (counts) rows += 1;
    });
    return item < lines.length ? { ...at, item, rows } : { ...at, chunk: at.chunk + 1, item: 0, rows };
  }

  /** A first generation of `merge` replaces nothing of its own. */
  private replaces(): boolean {
    const { sink, run } = this.staged;
    return sink.write.mode === 'replace' || run.generation > 0;
  }

  private async sweep(from: Checkpoint<After>): Promise<{ checkpoint: Checkpoint<After> | null; rows: number }> {
    let { after } = from;
    do {
      await this.lock.hold();
      const { found, next } = await this.writer.replaced(after);
      // A page that is not done is read again: what is deleted is not in it any more.
      const deleted = await paced(found, 0, this.pace, this.isLate, async (key) => {
        await this.lock.hold();
        this.pace.answered((await this.writer.remove(key)).attempts);
      });
      if (deleted === found.length) after = next;
      if (this.isLate() && (after !== undefined || deleted < found.length)) {
        const { after: _before, ...rest } = from;
        return { checkpoint: { ...rest, ...(after === undefined ? {} : { after }) }, rows: from.rows };
      }
    } while (after !== undefined);
    return { checkpoint: null, rows: from.rows };
  }

  private readonly isLate = (): boolean => this.environment.remainingMs() < RESERVE_MS;
}
