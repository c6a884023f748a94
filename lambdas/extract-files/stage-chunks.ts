/**
 * Rows go to chunk files of some megabytes; each chunk is typed, run through the models, written as parts and
 * uploaded, while the next ones are still arriving. Two chunks are at work at a time, each on one thread of its own: that
 * takes 15 % less processor time than one query on two threads, and no thread waits for the slowest.
 */
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { OutputColumn, Part, PartFormat } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import type { FusedDataset } from '../../lib/tasks/extract-files';
import {
  CSV_OPTIONS,
  createModel,
  describeRelation,
  type Engine,
  locateFailure,
  modelFailed,
  PARQUET_OPTIONS,
  quoteName,
  quoteText,
  rowsOf,
  storedColumns,
} from '../shared/duckdb';
import { type ChunkShape, isReadTwice, sourceSql } from './chunk-sql';
import { type ParquetColumn, ParquetFile, type RowGroup } from './parquet';

const MIB = 1024 * 1024;
const LANES = 2;
const SMALLEST_CHUNK_BYTES = 4 * MIB;
const LARGEST_CHUNK_BYTES = 8 * MIB;

export interface StagedDataset {
  readonly rows: number;
  readonly columns: readonly OutputColumn[];
  readonly parts: readonly Part[];
}

export interface StagerOptions {
  readonly engine: Engine;
  readonly datasets: readonly FusedDataset[];
  readonly source: string;
  /** known once the header is read */
  readonly shape: ChunkShape;
  /** of the chunk files, as `ColumnStore` has them */
  readonly parquet: readonly ParquetColumn[];
  /** numbers of chunks begin here, where others have gone before */
  readonly firstChunk?: number;
  /** bytes still to come, as far as known: the last chunks are smaller, so that both lanes end together */
  remaining(): number;
  upload(
    dataset: string,
    n: number,
    format: PartFormat,
    path: string,
  ): Promise<{ key: string; etag: string; length: number }>;
}

interface Collected {
  rows: number;
  parts: Part[];
}

export class ChunkStager {
  /** good rows that DuckDB has read */
  rows = 0;
  private readonly collected: Map<string, Collected>;
  private columns: Map<string, readonly OutputColumn[]> = new Map();
  private readonly idle: DuckDBConnection[] = [];
  private readonly connections: DuckDBConnection[] = [];
  private readonly running = new Set<Promise<void>>();
  private failure: unknown;
  private file: FileHandle | undefined;
  private path = '';
  private content: ParquetFile;
  private target = SMALLEST_CHUNK_BYTES;
  /** the number of the next chunk */
  chunks: number;

  private readonly datasets: readonly FusedDataset[];

  private constructor(private readonly options: StagerOptions) {
    this.content = new ParquetFile(options.parquet);
    this.chunks = options.firstChunk ?? 0;
    const { datasets, source } = options;
    const listed = datasets.some(({ name, sql }) => name === source && sql === undefined);
    this.datasets = listed ? datasets : [{ name: source, columns: [], formats: [] }, ...datasets];
    this.collected = new Map(this.datasets.map(({ name }) => [name, { rows: 0, parts: [] }]));
  }

  /** Tries the models on no rows at all first: it tells their columns, and finds what cannot work before any work is done. */
  static async create(options: StagerOptions): Promise<ChunkStager> {
    const stager = new ChunkStager(options);
    for (let lane = 0; lane < LANES; lane++) stager.connections.push(await options.engine.connect());
    stager.idle.push(...stager.connections);
    const empty = join(options.engine.folder, 'empty.parquet');
    const content = new ParquetFile(options.parquet);
    await writeFile(empty, Buffer.concat([...content.start(), ...content.end()]));
    const connection = stager.connections[0]!;
    await stager.define(connection, empty, () => 'VIEW');
    for (const dataset of stager.datasets)
      stager.columns.set(dataset.name, await stager.columnsOf(connection, dataset));
    return stager;
  }

  /** Resolves when the rows are on disk. */
  async write(group: RowGroup): Promise<void> {
    if (this.failure) throw this.failure;
    if (!this.file) {
      this.path = join(this.options.engine.folder, `chunk-${this.chunks}.parquet`);
      this.file = await open(this.path, 'w');
      this.content = new ParquetFile(this.options.parquet);
      await writeAll(this.file, this.content.start());
      // Guided self-scheduling: half of each lane's share of what is left.
      const share = this.options.remaining() / LANES / 2;
      this.target = Math.min(LARGEST_CHUNK_BYTES, Math.max(SMALLEST_CHUNK_BYTES, share));
    }
    await writeAll(this.file, this.content.rowGroup(group));
    if (this.content.bytes >= this.target) await this.closeChunk();
  }

  async end(): Promise<ReadonlyMap<string, StagedDataset>> {
    if (this.file) await this.closeChunk();
    await Promise.all(this.running);
    if (this.failure) throw this.failure;
    return new Map(
      this.datasets
        .filter(({ formats }) => formats.length > 0)
        .map(({ name }) => {
          const { rows, parts } = this.collected.get(name)!;
          return [name, { rows, parts, columns: this.columns.get(name)! }];
        }),
    );
  }

  /** Waits until nothing uses the scratch folder any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    await this.file?.close();
    for (const connection of this.connections) connection.closeSync();
  }

  private async closeChunk(): Promise<void> {
    const { file, path, content, chunks: number } = this;
    this.file = undefined;
    this.chunks++;
    await writeAll(file!, content.end());
    await file!.close();
    while (this.idle.length === 0 && !this.failure) await Promise.race(this.running);
    if (this.failure) throw this.failure;
    const connection = this.idle.pop()!;
    const run = this.stage(connection, number, path, content.rows)
      .catch((error) => {
        this.failure ??= error;
      })
      .finally(() => {
        this.running.delete(run);
        this.idle.push(connection);
      });
    this.running.add(run);
  }

  private async stage(connection: DuckDBConnection, number: number, path: string, records: number): Promise<void> {
    const { source } = this.options;
    await this.define(connection, path, (dataset) => (isReadTwice(dataset, this.datasets) ? 'TABLE' : 'VIEW'));
    let read: number | undefined;
    for (const dataset of this.datasets) {
      for (const format of dataset.formats) {
        const rows = await this.writePart(connection, dataset, format, number);
        if (dataset.name === source) read = rows;
        // A model may drop or multiply rows, so only equal numbers prove that all were read.
        else if (rows === records) read ??= rows;
      }
    }
    if (read === undefined) {
      const [count] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${quoteName(source)}`);
      read = Number(count!.rows);
    }
    if (read !== records) {
      throw new RowsDoNotReconcile(`DuckDB read ${read} rows of chunk ${number}, which has ${records} good records.`);
    }
    this.rows += read;
    await rm(path);
  }

  private async define(
    connection: DuckDBConnection,
    path: string,
    kindOf: (dataset: FusedDataset) => 'VIEW' | 'TABLE',
  ): Promise<void> {
    const { shape } = this.options;
    for (const dataset of this.datasets) {
      const sql = dataset.sql ?? sourceSql(path, shape);
      try {
        await replace(connection, kindOf(dataset), dataset.name, sql);
      } catch (error) {
        if (dataset.sql === undefined) throw error;
        throw modelFailed(dataset.name, dataset.sql, error);
      }
    }
  }

  private async writePart(
    connection: DuckDBConnection,
    dataset: FusedDataset,
    format: PartFormat,
    number: number,
  ): Promise<number> {
    const path = join(this.options.engine.folder, `${dataset.name}-${number}.${format}`);
    const columns = storedColumns(this.columns.get(dataset.name)!);
    const options = format === 'parquet' ? PARQUET_OPTIONS : CSV_OPTIONS;
    let rows: number;
    try {
      const copy = `COPY (SELECT ${columns} FROM ${quoteName(dataset.name)}) TO ${quoteText(path)} ${options}`;
      rows = Number((await connection.run(copy)).rowsChanged);
    } catch (error) {
      if (dataset.sql === undefined) throw error;
      throw await locateFailure(connection, dataset.name, dataset.sql, error);
    }
    const collected = this.collected.get(dataset.name)!;
    if (format === dataset.formats[0]) collected.rows += rows;
    if (rows > 0) {
      const { key, etag, length } = await this.options.upload(dataset.name, number, format, path);
      collected.parts.push({ key, etag, length, rows, format });
    }
    await rm(path);
    return rows;
  }

  /** The declared columns, and those new in the file that the model passes on (`select *`). */
  private async columnsOf(connection: DuckDBConnection, dataset: FusedDataset): Promise<readonly OutputColumn[]> {
    const { shape } = this.options;
    if (dataset.sql === undefined) return shape.output;
    const given = await describeRelation(connection, dataset.name);
    const absent = dataset.columns.filter(({ name }) => !given.some((column) => column.name === name));
    if (absent.length > 0) {
      throw modelFailed(dataset.name, dataset.sql, `it has no column ${absent.map(({ name }) => name).join(', ')}`);
    }
    const declared = new Set(dataset.columns.map(({ name }) => name));
    const evolved = given.filter(({ name }) => shape.evolved.includes(name) && !declared.has(name));
    return [
      ...dataset.columns,
      ...evolved.map(({ name }) => ({ name, type: { type: 'text' as const }, nullable: true })),
    ];
  }
}

/** A name may have been the other kind before. */
async function replace(connection: DuckDBConnection, kind: 'VIEW' | 'TABLE', name: string, sql: string): Promise<void> {
  await connection.run(`DROP ${kind === 'VIEW' ? 'TABLE' : 'VIEW'} IF EXISTS temp.${quoteName(name)}`).catch(() => {});
  await connection.run(createModel(kind, name, sql));
}

/** Linux takes at most 1024 buffers in one call. */
const MOST_VECTORS = 512;

async function writeAll(file: FileHandle, slices: readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < slices.length; at += MOST_VECTORS) {
    const some = slices.slice(at, at + MOST_VECTORS);
    const wanted = some.reduce((sum, { length }) => sum + length, 0);
    const { bytesWritten } = await file.writev(some);
    // The system may take less than all of it; the rest goes in one piece.
    if (bytesWritten < wanted) await file.writeFile(Buffer.concat(some).subarray(bytesWritten));
  }
}
