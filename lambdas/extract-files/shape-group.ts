/** Files of one shape, read one after the other into the same parts: hundreds of small files do not become hundreds of small parts. */
import type { FusedDataset } from '../../lib/tasks/extract-files';
import type { Engine } from '../shared/duckdb';
import type { Protection } from '../shared/pii';
import { mentions } from './chunk-sql';
import type { OpenFile } from './open-file';
import type { TableReading, TextRow } from './open-parquet';
import type { Reading, Shape } from './plan-reading';
import { BlockReader, INPUT_BYTES, MOST_RECORD_BYTES, type Reject } from './read-blocks';
import { ColumnStore } from './scanner/columns';
import { ChunkStager, type StagedDataset, type StagerOptions } from './stage-chunks';

export interface GroupOptions extends Pick<StagerOptions, 'source' | 'remaining' | 'upload' | 'firstChunk'> {
  readonly engine: Engine;
  readonly datasets: readonly FusedDataset[];
  readonly shape: Shape;
  /** of its columns with personal data */
  readonly protection?: Protection | undefined;
  /** other files may come into it */
  readonly hasMore: boolean;
}

export interface ReadOptions {
  /** of the file */
  readonly key: string;
  /** bytes of the file in front of its first byte here */
  readonly begins: number;
  bad(rejects: readonly Reject[]): Promise<void>;
  /** false: there is no use in reading on */
  goesOn(): boolean;
}

export interface StagedGroup {
  /** good rows */
  readonly rows: number;
  readonly chunks: number;
  readonly datasets: ReadonlyMap<string, StagedDataset>;
  /** values, without NULLs, of each column */
  readonly filled: ReadonlyMap<string, number>;
}

/** Two shapes of one id are the same. */
export const shapeId = (shape: Shape): string => JSON.stringify(shape);

export class ShapeGroup {
  private constructor(
    readonly id: string,
    private readonly store: ColumnStore,
    private readonly stager: ChunkStager,
    private readonly files: { readonly key: string; readonly before: number }[],
  ) {}

  static async open({ shape, protection, hasMore, ...options }: GroupOptions): Promise<ShapeGroup> {
    const { datasets } = options;
    const origin = { row: mentions(datasets, '_row'), file: mentions(datasets, '_file') };
    // Whose a row is, its number tells.
    const numbered = origin.row || (origin.file && hasMore);
    const { columns, nullText } = shape;
    const store = new ColumnStore({ columns, numbered, inputBytes: INPUT_BYTES, nullText, protection });
    const files: { key: string; before: number }[] = [];
    const stager = await ChunkStager.create({
      ...options,
      shape: { ...shape, origin: { ...origin, files } },
      parquet: store.parquet,
    });
    return new ShapeGroup(shapeId(shape), store, stager, files);
  }

  /** Counts of what was read. */
  async read(
    file: OpenFile,
    reading: Reading | TableReading,
    options: ReadOptions,
  ): Promise<{ read: number; rejected: number }> {
    const { store } = this;
    this.files.push({ key: options.key, before: store.records });
    if ('rows' in reading) return this.readTable(reading, options);
    const sink = { flush: () => this.flush(), bad: options.bad };
    const reader = new BlockReader(store, reading.format(store), reading.dialect, sink, reading.start);
    let skip = reading.start.offset - options.begins;
    for await (const chunk of file.chunks) {
      const bytes = skip > 0 ? chunk.subarray(Math.min(skip, chunk.length)) : chunk;
      skip -= chunk.length - bytes.length;
      await reader.write(bytes);
      if (!options.goesOn()) return reader;
    }
    await reader.end();
    return reader;
  }

  private async readTable(reading: TableReading, options: ReadOptions): Promise<{ read: number; rejected: number }> {
    const { store } = this;
    const counts = { read: 0, rejected: 0 };
    for await (const rows of reading.rows()) {
      const rejects: Reject[] = [];
      for (const row of rows) {
        counts.read++;
        const judged = isTooLong(row) ? { column: null, reason: TOO_LONG } : reading.judge(row);
        if ('values' in judged) {
          if (store.append(judged.values)) continue;
          await this.flush();
          store.append(judged.values);
        } else {
          store.countReject();
          rejects.push({ line: null, offset: null, row: counts.read, ...judged, ...rawOf(row, reading.names) });
        }
      }
      counts.rejected += rejects.length;
      if (rejects.length > 0) await options.bad(rejects);
      if (!options.goesOn()) break;
    }
    return counts;
  }

  async end(): Promise<StagedGroup> {
    await this.flush();
    const datasets = await this.stager.end();
    return { rows: this.stager.rows, chunks: this.stager.chunks, datasets, filled: this.store.filled };
  }

  close(): Promise<void> {
    return this.stager.close();
  }

  private async flush(): Promise<void> {
    if (this.store.rows > 0) await this.stager.write(this.store.rowGroup());
    this.store.reset();
  }
}

const TOO_LONG = 'the record is longer than 2 MiB';
const MOST_RAW_CHARACTERS = 16 * 1024;

const isTooLong = (row: TextRow): boolean =>
  row.reduce((sum, text) => sum + (text?.length ?? 0), 0) * 3 > MOST_RECORD_BYTES &&
  row.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0) > MOST_RECORD_BYTES;

/** A row that is nowhere written as text, as JSON. */
function rawOf(row: TextRow, names: readonly string[]): Pick<Reject, 'raw' | 'rawTruncated'> {
  const raw = JSON.stringify(Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
  if (raw.length <= MOST_RAW_CHARACTERS) return { raw };
  return { raw: raw.slice(0, MOST_RAW_CHARACTERS), rawTruncated: true };
}
