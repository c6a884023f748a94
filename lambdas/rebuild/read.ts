/**
 * Reads records in the order of their receipt and stages them as `consume` does: bad ones with their reason, duplicates not at all. It
 * begins some time before the span, since a record may be the duplicate of one that was taken before it.
 */
import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { SourceRefused } from '../../lib/tasks/errors';
import {
  type RawProgress,
  type RebuildInput,
  type RebuildOutput,
  type RebuildRequest,
  rawProgress,
  rebuildPrefix,
} from '../../lib/tasks/rebuild';
import { readDocument, writeDocument } from '../shared/manifest';
import { putBytes } from '../shared/objects';
import { type Candidate, Dedupe } from '../shared/stream/dedupe';
import { behind, type RawRow, type RawTable } from './raw-table';

export interface ReadEnvironment {
  readonly table: RawTable;
  readonly s3: S3Client;
  readonly landingBucket: string;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  readonly remainingMs: () => number;
  /** `before`: how many rows of the span have been read before the page's first one; less than none where that lies before the span */
  readonly judge: (page: readonly RawRow[], before: number) => Promise<readonly JudgedRecord[]>;
  readonly dedupeWithinMs: number | undefined;
  /** of a file, before it is compressed; for tests */
  readonly fileBytes?: number;
}

export interface JudgedRecord {
  /** as it is staged */
  readonly line: string;
  /** of a good record, where duplicates are told by a key */
  readonly key?: string;
}

type ReadInput = Extract<RebuildInput, { action: 'read' }>;

/** What is left of a function's time when it stops. */
const RESERVE_MS = 60_000;
/** In memory, until it is a file. */
const FILE_BYTES = 16 * 1024 * 1024;
/** Whether a record was taken depends on those before it, and they on theirs: a pause of one window in so many makes it certain. */
const WINDOWS_BEFORE = 10;

export async function readRaw(
  { pipeline, execution, raw, checkpoint }: ReadInput,
  rebuild: RebuildRequest,
  environment: ReadEnvironment,
): Promise<RebuildOutput> {
  const { s3, workBucket, landingBucket, attempt, table, judge, remainingMs, dedupeWithinMs } = environment;
  const { fileBytes = FILE_BYTES } = environment;
  const begun = checkpoint ? await readDocument(s3, workBucket, checkpoint, rawProgress) : undefined;
  const before = (dedupeWithinMs ?? 0) * WINDOWS_BEFORE;
  const start = new Date(Date.parse(rebuild.from) - before).toISOString();
  let progress: RawProgress = begun ?? { at: start, ties: 0, read: 0, staged: 0, duplicates: 0, files: [], seen: [] };
  const seen = new Seen(progress.seen);
  const dedupe = dedupeWithinMs === undefined ? undefined : new Dedupe(seen, dedupeWithinMs);

  const document = (name: string, content: unknown) =>
    writeDocument(s3, workBucket, `gathered/${pipeline}/${execution.name}/${name}-${attempt}.json`, content);
  let lines: string[] = [];
  let bytes = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const number = String(progress.files.length).padStart(6, '0');
    const key = `${rebuildPrefix(pipeline)}${execution.name}/${number}-${attempt}.ndjson.gz`;
    await putBytes(s3, landingBucket, key, gzipSync(`${lines.join('\n')}\n`, { level: 1 }));
    progress = { ...progress, files: [...progress.files, key] };
    lines = [];
    bytes = 0;
  };

  for (;;) {
    const rows = await table.page(progress, rebuild.to);
    if (rows.length === 0) break;
    const early = rows.filter(({ at }) => Date.parse(at) < Date.parse(rebuild.from)).length;
    const worth = await judge(rows, progress.read - early);
    const judged = rows.map(({ at }, index) => ({ index, at: Date.parse(at), ...worth[index]! }));
    const candidates = judged.flatMap(({ key, index, at }): Candidate[] =>
      key === undefined ? [] : [{ sequence: String(index), key, at }],
    );
    const duplicates = (await dedupe?.duplicatesAmong(candidates, new Set())) ?? new Set<string>();
    await dedupe?.note(candidates.filter(({ sequence }) => !duplicates.has(sequence)));
    seen.forget(judged.at(-1)!.at - (dedupeWithinMs ?? 0));

    const own = judged.filter(({ at }) => at >= Date.parse(rebuild.from));
    const kept = own.filter(({ index }) => !duplicates.has(String(index)));
    for (const { line } of kept) {
      lines.push(line);
      bytes += line.length;
    }
    progress = {
      ...progress,
      ...behind(progress, rows),
      read: progress.read + own.length,
      staged: progress.staged + kept.length,
      duplicates: progress.duplicates + own.length - kept.length,
    };
    if (bytes >= fileBytes) await flush();
    if (remainingMs() < RESERVE_MS) {
      await flush();
      const next = await document('raw', { ...progress, seen: seen.entries() });
      return answer(progress, rebuild, raw.column, { checkpoint: next, list: null });
    }
  }
  await flush();
  if (progress.files.length === 0) {
    throw new SourceRefused(
      `The table ${raw.schema}.${raw.table} has no records that were received from ${rebuild.from} to ${rebuild.to}, and what is in the tables of ${pipeline} is not deleted on that account. Correct the span, or see why the pipeline ${raw.pipeline} has kept none.`,
    );
  }
  const list = await document(
    'list',
    progress.files.map((key) => ({ bucket: landingBucket, key })),
  );
  return answer(progress, rebuild, raw.column, { checkpoint: null, list });
}

const answer = (
  { read, staged }: RawProgress,
  rebuild: RebuildRequest,
  column: string,
  at: Pick<RebuildOutput, 'checkpoint' | 'list'>,
): RebuildOutput => ({ ...at, rebuild, rebuilds: { column, start: rebuild.from, end: rebuild.to }, read, staged });

/** In memory: records come in the order of time, so that keys of before the window are never asked for again. */
class Seen {
  private readonly taken: Map<string, number>;

  constructor(before: RawProgress['seen']) {
    this.taken = new Map(before);
  }

  find = async (keys: readonly string[]): Promise<ReadonlyMap<string, number>> =>
    new Map(keys.flatMap((key) => (this.taken.has(key) ? [[key, this.taken.get(key)!]] : [])));

  note = async (seen: ReadonlyMap<string, number>): Promise<void> => {
    for (const [key, at] of seen) {
      // The latest stand at the end.
      this.taken.delete(key);
      this.taken.set(key, at);
    }
  };

  forget(before: number): void {
    for (const [key, at] of this.taken) {
      if (at >= before) return;
      this.taken.delete(key);
    }
  }

  entries = (): RawProgress['seen'] => [...this.taken];
}
