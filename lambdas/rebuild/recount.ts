/**
 * Windows of a stream counted anew, of the batches that were staged: those have each record that was taken, once, with the shard and the time at which
 * Kinesis got it, so that every window has the records that it had. (Where all records are kept, only the producer's times are known: a record at
 * the edge of a span would be counted twice, or not at all.) What the stream's function refused is judged again, by the code of today.
 */
import { gunzipSync } from 'node:zlib';
import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { StillRunning } from '../../lib/tasks/errors';
import {
  countedWindows,
  type RebuildInput,
  type RebuildRequest,
  type Recounted,
  type RecountProgress,
} from '../../lib/tasks/rebuild';
import { hourFolder } from '../../lib/tasks/stream';
import { mapLimited, readDocument, writeDocument } from '../shared/manifest';
import { readWhole } from '../shared/objects';
import { type Aggregate, REBUILT_BY } from '../shared/stream/aggregates';
import { addTo, bytesOf, itemsOf, type Part, partFrom, windowText } from '../shared/stream/count-part';
import type { Judged, RawRecord } from '../shared/stream/judge-batch';
import { type StagedRecord, stagedRecord } from '../shared/stream/staged-line';
import type { CountedTables } from './counted-tables';

export interface RecountServices {
  readonly s3: S3Client;
  readonly landingBucket: string;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  /** of staged batches, ends in / */
  readonly prefix: string;
  readonly windowSeconds: number;
  /** for so long a record may wait in the stream: a batch has none that is older than its first by more */
  readonly retentionHours: number;
  readonly aggregates: readonly Aggregate[];
  readonly judge: (records: readonly RawRecord[]) => Promise<readonly Judged[]>;
  readonly tables: CountedTables;
  /** In words, where a record that came before this time (ms) is in no file yet that has landed. */
  readonly notLanded: (before: number) => Promise<string | undefined>;
  /** In words, where counts of such a window are not in their tables yet. */
  readonly uncounted: (span: { readonly from: string; readonly to: string }) => Promise<string | undefined>;
  readonly remainingMs: () => number;
  readonly now: () => number;
  /** for tests */
  readonly mostPartBytes?: number;
}

type Input = Pick<Extract<RebuildInput, { action: 'recount' }>, 'pipeline' | 'execution' | 'checkpoint'>;

/** A window of a shard. */
interface Window {
  readonly shard: string;
  readonly start: number;
  part: Part;
  bytes: number;
}

const HOUR_MS = 3_600_000;
/** What is left of a function's time when it stops. */
const RESERVE_MS = 60_000;
const FILES_AT_ONCE = 32;
const MOST_PART_BYTES = 8 * 1024 * 1024;
/** Clocks of Kinesis and S3 differ by less. */
const SKEW_MS = 5 * 60_000;

/** @throws {StillRunning} while one of the windows is not over, or not all that came in it is staged, counted and written */
export async function recount(
  { pipeline, execution, checkpoint }: Input,
  rebuild: RebuildRequest,
  services: RecountServices,
): Promise<Recounted> {
  const { windowSeconds, tables, remainingMs, s3, workBucket, attempt } = services;
  const length = windowSeconds * 1000;
  const edge = (time: string) => Math.ceil(Date.parse(time) / length) * length;
  const [from, to] = [edge(rebuild.from), edge(rebuild.to)];
  const counted = new Set(checkpoint ? await readDocument(s3, workBucket, checkpoint.counted, countedWindows) : []);
  const goOn = async (at: number, sweep: RecountProgress['sweep']): Promise<Recounted> => {
    const key = `gathered/${pipeline}/${execution.name}/windows-${attempt}.json`;
    const document = await writeDocument(s3, workBucket, key, [...counted]);
    return { rebuild, checkpoint: { from: new Date(at).toISOString(), counted: document, sweep } };
  };
  if (!checkpoint?.sweep) {
    if (from < to) await allWritten(from, to, services);
    const begin = checkpoint === null ? from : Date.parse(checkpoint.from);
    const next = await countFrom(begin, to, execution.name, services, counted);
    if (next !== undefined) return goOn(next, null);
  }
  // Of a window that no staged batch is of, nothing goes: somebody may have deleted the old ones.
  const isCounted = (start: string) => counted.has(Math.floor(Date.parse(start) / length) * length);
  const span = { from: windowText(from), to: windowText(to), isCounted };
  let sweep: RecountProgress['sweep'] = checkpoint?.sweep ?? { table: 0, after: null };
  while (sweep !== null) {
    sweep = await tables.sweep(execution.name, span, sweep);
    if (sweep !== null && remainingMs() < RESERVE_MS) return goOn(to, sweep);
  }
  return { rebuild, checkpoint: null };
}

/** What is written later would be there twice. */
async function allWritten(from: number, to: number, { now, notLanded, uncounted }: RecountServices): Promise<void> {
  const words =
    now() < to
      ? `The last window of the span ends at ${windowText(to)}.`
      : ((await notLanded(to - 1)) ?? (await uncounted({ from: windowText(from), to: windowText(to) })));
  if (words !== undefined) throw new StillRunning(words);
}

/** Returns where the next call is to begin; undefined: all is counted. */
async function countFrom(
  from: number,
  to: number,
  run: string,
  services: RecountServices,
  counted: Set<number>,
): Promise<number | undefined> {
  const { windowSeconds, aggregates, judge, remainingMs, mostPartBytes = MOST_PART_BYTES } = services;
  const length = windowSeconds * 1000;
  const open = new Map<string, Window>();
  let hour = 0;
  for await (const { hour: ofKeys, keys } of filesFrom(from, to, services)) {
    if (ofKeys !== hour) {
      // No file of this hour or a later one has a record of before.
      await close((window) => window.start + length <= ofKeys);
      hour = ofKeys;
      if (remainingMs() < RESERVE_MS) {
        const first = Math.min(Math.floor(hour / length) * length, ...[...open.values()].map(({ start }) => start));
        if (first > from) return first;
      }
    }
    const files = await mapLimited(keys, FILES_AT_ONCE, (file) => linesOf(file, services));
    for (const records of files) await count(records);
  }
  await close(() => true);
  return undefined;

  async function count(records: readonly StagedRecord[]): Promise<void> {
    const own = records.filter(({ arrivedAt }) => arrivedAt >= from && arrivedAt < to);
    for (const { arrivedAt } of own) counted.add(Math.floor(arrivedAt / length) * length);
    const known = own.filter((record): record is StagedRecord & { readonly text: string } => record.text !== undefined);
    const judged = await judge(known.map(({ text, ...place }) => ({ ...place, data: Buffer.from(text) })));
    for (const [index, { shard, sequence, arrivedAt }] of known.entries()) {
      const { good } = judged[index]!;
      if (!good) continue;
      const start = Math.floor(arrivedAt / length) * length;
      const key = `${shard} ${start}`;
      const window = open.get(key) ?? newWindow(shard, start, sequence);
      open.set(key, window);
      for (const [model, rows] of good.rows)
        for (const row of rows) window.bytes += addTo(window.part, { model, row, sequence });
      if (window.bytes > mostPartBytes) {
        await write([window]);
        open.delete(key);
      }
    }
  }

  function newWindow(shard: string, start: number, sequence: string): Window {
    const part = partFrom(sequence, aggregates);
    return { shard, start, part, bytes: bytesOf(part) };
  }

  async function close(isOver: (window: Window) => boolean): Promise<void> {
    const over = [...open].filter(([, window]) => isOver(window));
    await write(over.map(([, window]) => window));
    for (const [key] of over) open.delete(key);
  }

  async function write(windows: readonly Window[]): Promise<void> {
    const items = windows.flatMap(({ shard, start, part }) => itemsOf(part, windowText(start), shard));
    await services.tables.put(items.map((one) => ({ ...one, item: { ...one.item, [REBUILT_BY]: { S: run } } })));
  }
}

interface Files {
  /** milliseconds since 1970 */
  readonly hour: number;
  /** of that hour, in the order of their keys */
  readonly keys: readonly File[];
}

interface File {
  readonly key: string;
  readonly stagedAt: number;
}

/** Files that may have records that came in the span: named by the hour of their first record, and written after their last. */
async function* filesFrom(
  from: number,
  to: number,
  { s3, landingBucket, prefix, retentionHours }: RecountServices,
): AsyncGenerator<Files> {
  let some: File[] = [];
  let hour = 0;
  let KeyMarker: string | undefined = `${prefix}${hourFolder(from - retentionHours * HOUR_MS)}`;
  do {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket: landingBucket, Prefix: prefix, KeyMarker }),
    );
    for (const { Key, LastModified } of page.Versions ?? []) {
      const ofKey = hourOf(Key!.slice(prefix.length));
      if (ofKey === undefined) continue;
      if (some.length > 0 && (ofKey !== hour || some.length === FILES_AT_ONCE)) {
        yield { hour, keys: some };
        some = [];
      }
      if (ofKey >= to) return;
      hour = ofKey;
      const stagedAt = LastModified!.getTime();
      if (stagedAt >= from - SKEW_MS) some.push({ key: Key!, stagedAt });
    }
    // What has landed stays as it is: a key has one version.
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
  } while (KeyMarker !== undefined);
  if (some.length > 0) yield { hour, keys: some };
}

/** `2026/11/01/10/…` */
function hourOf(name: string): number | undefined {
  const [, year, month, day, hour] = /^(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\//.exec(name) ?? [];
  return hour === undefined ? undefined : Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
}

async function linesOf({ key }: File, { s3, landingBucket }: RecountServices): Promise<StagedRecord[]> {
  const text = gunzipSync(await readWhole(s3, { bucket: landingBucket, key })).toString();
  return text.trimEnd().split('\n').map(stagedRecord);
}
