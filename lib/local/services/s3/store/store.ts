/**
 * The index of the local S3: buckets, versions, uploads and owed events in memory, each change also a line of a journal. A change is
 * seen by others at once and acknowledged once it is on disk, so conditional writes cannot race and a crash loses nothing acknowledged.
 */
import { join } from 'node:path';
import { type Journal, openJournal } from '../../../store';
import { noSuchBucket, StorageFailedError } from '../errors';
import type { Change, ObjectVersion, StoredEvent } from '../types';
import { Bucket } from './bucket';
import { Files } from './files';

type BucketChange = Exclude<Change, { do: 'bucket' | 'owe' | 'sent' | 'sequencer' }>;

/** Lines of dead versions are dropped once they outnumber the living ones by this much. */
const COMPACTION_SLACK_LINES = 5_000;

export class Store {
  readonly buckets = new Map<string, Bucket>();
  /** Events that EventBridge has not taken yet, oldest first. */
  readonly owed = new Map<string, StoredEvent>();
  #journal!: Journal<Change>;
  #lines = 0;
  #lastSequencer = 0n;
  #failure: unknown;
  /** Segments that a change has freed; their files go once that change is on disk. */
  #freed: string[] = [];

  private constructor(readonly files: Files) {}

  static async open(folder: string): Promise<Store> {
    const store = new Store(await Files.open(join(folder, 'data')));
    try {
      store.#journal = await openJournal<Change>(join(folder, 'journal.ndjson'), {
        onRecord: (change) => store.#apply(change),
      });
    } catch (error) {
      await store.files.close();
      throw error;
    }
    store.#freed = [];
    if (store.#lines > 2 * store.#livingLines()) await store.#compact();
    await store.files.removeOrphans();
    return store;
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.files.close();
  }

  /** Throws NoSuchBucket. */
  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw noSuchBucket(name);
    return bucket;
  }

  /** Higher than any before, also after a restart or when the clock goes back. 16 hex digits, so that text order is number order. */
  nextSequencer(nowMs: number): string {
    const fromClock = BigInt(Math.max(0, Math.trunc(nowMs))) << 20n;
    this.#lastSequencer = fromClock > this.#lastSequencer ? fromClock : this.#lastSequencer + 1n;
    return hex(this.#lastSequencer);
  }

  /** Applies the changes now; resolves once they are on disk. */
  async commit(...changes: readonly Change[]): Promise<void> {
    if (this.#failure) throw new StorageFailedError(this.#failure);
    for (const change of changes) this.#apply(change);
    const freed = this.#freed;
    this.#freed = [];
    try {
      await Promise.all(changes.map((change) => this.#journal.append(change)));
    } catch (error) {
      this.#failure = error;
      throw new StorageFailedError(error);
    }
    await this.files.remove(freed);
    if (this.#lines > 2 * this.#livingLines() + COMPACTION_SLACK_LINES) this.#compact().catch(() => {});
  }

  /**
   * A copy of the journal made while changes wait to be appended holds them already, so a change may come a second time, and for what
   * is gone by then: applying it again must do no harm.
   */
  #apply(change: Change): void {
    this.#lines++;
    switch (change.do) {
      case 'bucket': {
        const bucket = this.buckets.get(change.bucket.name);
        if (bucket) bucket.config = change.bucket;
        else this.buckets.set(change.bucket.name, new Bucket(change.bucket));
        return;
      }
      case 'owe':
        this.#owe(change.event);
        return;
      case 'sent':
        for (const id of change.ids) this.owed.delete(id);
        return;
      case 'sequencer':
        this.#sawSequencer(change.value);
        return;
      default: {
        const bucket = this.buckets.get(change.bucket);
        if (bucket) this.#applyTo(bucket, change);
      }
    }
  }

  #applyTo(bucket: Bucket, change: BucketChange): void {
    switch (change.do) {
      case 'drop-bucket':
        for (const uploadId of bucket.uploads.keys()) this.#endUpload(bucket, uploadId);
        this.buckets.delete(change.bucket);
        return;
      case 'put':
        this.files.retain(change.version.segments);
        this.#release(bucket.put(change.version));
        if (change.ends !== undefined) this.#endUpload(bucket, change.ends);
        this.#sawSequencer(change.version.sequencer);
        this.#oweAll(change);
        return;
      case 'drop':
        this.#release(bucket.drop(change.key, change.versionId));
        this.#oweAll(change);
        return;
      case 'tag':
        bucket.tag(change.key, change.versionId, change.tags);
        this.#oweAll(change);
        return;
      case 'upload':
        this.#endUpload(bucket, change.upload.uploadId);
        bucket.uploads.set(change.upload.uploadId, { upload: change.upload, parts: new Map() });
        return;
      case 'part': {
        const parts = bucket.uploads.get(change.uploadId)?.parts;
        if (!parts) return;
        this.files.retain(change.part.segments);
        this.#release(parts.get(change.part.partNumber));
        parts.set(change.part.partNumber, change.part);
        return;
      }
      case 'drop-upload':
        this.#endUpload(bucket, change.uploadId);
        return;
      default:
        throw new Error(`The journal of the local S3 has an unknown change: ${JSON.stringify(change satisfies never)}`);
    }
  }

  #endUpload(bucket: Bucket, uploadId: string): void {
    for (const part of bucket.uploads.get(uploadId)?.parts.values() ?? []) this.#release(part);
    bucket.uploads.delete(uploadId);
  }

  #release(content: Pick<ObjectVersion, 'segments'> | undefined): void {
    if (content) this.#freed.push(...this.files.release(content.segments));
  }

  /** Journals of before there were notifications have one `event`. */
  #oweAll(change: { readonly events?: readonly StoredEvent[]; readonly event?: StoredEvent }): void {
    for (const event of change.events ?? (change.event ? [change.event] : [])) this.#owe(event);
  }

  #owe(event: StoredEvent): void {
    this.owed.set(event.id, event);
    this.#sawSequencer(event.id.split('/')[0] ?? '0');
  }

  #sawSequencer(value: string): void {
    const sequencer = BigInt(`0x${value}`);
    if (sequencer > this.#lastSequencer) this.#lastSequencer = sequencer;
  }

  #compact(): Promise<void> {
    this.#lines = this.#livingLines();
    return this.#journal.rewrite(() => this.#changes());
  }

  #livingLines(): number {
    let lines = this.buckets.size + this.owed.size + 1;
    for (const bucket of this.buckets.values()) lines += bucket.keys.length + bucket.uploads.size;
    return lines;
  }

  *#changes(): Generator<Change> {
    yield { do: 'sequencer', value: hex(this.#lastSequencer) };
    for (const [name, bucket] of this.buckets) {
      yield { do: 'bucket', bucket: bucket.config };
      for (let index = 0; index < bucket.keys.length; index++) {
        const versions = bucket.versions(bucket.keys.at(index) as string);
        for (const version of [...versions].reverse()) yield { do: 'put', bucket: name, version };
      }
      for (const { upload, parts } of bucket.uploads.values()) {
        yield { do: 'upload', bucket: name, upload };
        for (const part of parts.values()) yield { do: 'part', bucket: name, uploadId: upload.uploadId, part };
      }
    }
    for (const event of this.owed.values()) yield { do: 'owe', event };
  }
}

const hex = (value: bigint) => value.toString(16).padStart(16, '0');
