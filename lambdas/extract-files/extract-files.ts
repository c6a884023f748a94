/**
 * One partition of a source, in one pass: bytes from S3, records judged by the contract, good ones typed and run through the
 * row-wise models, parts back to S3, bad ones to quarantine. Memory does not grow with the file, and transfers overlap the work.
 */
import { isUtf8 } from 'node:buffer';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ContractColumn, Manifest, OutputColumn } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import type { ExtractFilesInput, ExtractFilesOutput } from '../../lib/tasks/extract-files';
import { judgeBadRows } from '../shared/bad-rows';
import { conventionFor } from '../shared/contract/conventions';
import { isNullable } from '../shared/contract/judge-value';
import { type FileColumns, matchHeader } from '../shared/contract/match-header';
import { openEngine } from '../shared/duckdb';
import { type Dialect, detectDialect, unreadable } from '../shared/inspect-head';
import { partKey, writeManifest } from '../shared/manifest';
import { putFile } from '../shared/objects';
import { Quarantine, quarantineKey } from '../shared/quarantine';
import type { ChunkShape } from './chunk-sql';
import { mentions } from './chunk-sql';
import { type OpenFile, openFile } from './open-file';
import { BlockReader, type Format, INPUT_BYTES, type Position, type Reject } from './read-blocks';
import { CsvFormat } from './read-csv';
import { fieldText, readCsvRecord } from './read-csv-record';
import { NDJSON_DIALECT, NdjsonFormat } from './read-ndjson';
import { ColumnStore } from './scanner/columns';
import { ChunkStager, type StagedDataset } from './stage-chunks';

export interface ExtractEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  /** MB for DuckDB; default: half of the function's */
  readonly memoryMb?: number;
}

export async function extractFiles(
  input: ExtractFilesInput,
  environment: ExtractEnvironment,
): Promise<ExtractFilesOutput> {
  // Members that an NDJSON file turns out to have; a column of all its parts, so the file is read again once they are known.
  const extras = new Map<string, string>();
  for (;;) {
    const known = extras.size;
    const pass = new Pass(input, environment, extras);
    const output = await pass.run(() => extras.size === known);
    if (output) return output;
  }
}

const TEXT = { type: 'text' } as const;

interface ReadingPlan {
  readonly shape: ChunkShape;
  readonly format: (store: ColumnStore) => Format;
  readonly dialect: Dialect;
  readonly start: Position;
  readonly nullText?: string | undefined;
}

class Pass {
  private readonly file: string;
  private readonly quarantine: Quarantine<Reject>;

  constructor(
    private readonly input: ExtractFilesInput,
    private readonly environment: ExtractEnvironment,
    private readonly extras: Map<string, string>,
  ) {
    const { run, source, partition } = input;
    const { bucket, key, versionId } = partition.object;
    this.file = `s3://${bucket}/${key}`;
    this.quarantine = new Quarantine(
      environment.s3,
      environment.workBucket,
      quarantineKey(run, source.name, partition.id, environment.attempt),
      (reject) => ({ bucket, key, ...(versionId === undefined ? {} : { versionId }), ...reject }),
    );
  }

  /** Undefined when `isComplete` says that it must be done again with what is known now. */
  async run(isComplete: () => boolean): Promise<ExtractFilesOutput | undefined> {
    const { partition } = this.input;
    const file = await openFile(this.environment.s3, partition, this.file);
    const engine = await openEngine({
      threads: 1,
      interval: this.input.run.interval,
      ...(this.environment.memoryMb === undefined ? {} : { memoryMb: this.environment.memoryMb }),
    });
    let stager: ChunkStager | undefined;
    try {
      const { shape, dialect, start, format: formatFor, nullText } = this.plan(file);
      const store = new ColumnStore({
        columns: shape.columns,
        numbered: shape.numbered,
        inputBytes: INPUT_BYTES,
        nullText,
      });
      stager = await this.stager(engine, shape, store, file);
      const staging = stager;
      const flush = async () => {
        if (store.rows > 0) await staging.write(store.rowGroup());
        store.reset();
      };
      const bad = (rejects: readonly Reject[]) => this.quarantine.add(rejects);
      const reader = new BlockReader(store, formatFor(store), dialect, { flush, bad }, start);
      let skip = start.offset - (partition.range?.start ?? 0);
      for await (const chunk of file.chunks) {
        const bytes = skip > 0 ? chunk.subarray(Math.min(skip, chunk.length)) : chunk;
        skip -= chunk.length - bytes.length;
        await reader.write(bytes);
        if (!isComplete()) return undefined;
      }
      await reader.end();
      if (!isComplete()) return undefined;
      return await this.finish(reader, await stager.end(), stager.rows);
    } catch (error) {
      await this.quarantine.abort();
      throw error;
    } finally {
      await file.chunks.return(undefined);
      await stager?.close();
      await engine.close();
    }
  }

  /** How the file is read. `format` needs the columns' store, whose columns are known only now. */
  private plan(file: OpenFile): ReadingPlan {
    const { partition, source, datasets } = this.input;
    const added = {
      numbered: mentions(datasets, '_row'),
      ...(mentions(datasets, '_file') ? { file: partition.object.key } : {}),
    };
    const place = { file: this.file, source: source.name };
    const bytesBefore = partition.range?.start ?? 0;
    if (partition.format.kind === 'ndjson') {
      const options = {
        contract: source.columns,
        onDrift: source.onDrift,
        extras: this.extras,
        mostTextBytes: source.mostTextBytes,
        ...place,
      };
      const shape = { ...this.output([...this.extras.values()]), missing: [], ...added };
      return {
        shape: { ...shape, columns: shape.output.map((column) => ({ ...column, ignored: false })) },
        format: (store) => new NdjsonFormat(store, options),
        dialect: NDJSON_DIALECT,
        start: { offset: bytesBefore || file.skipped, line: partition.range?.line ?? 1 },
      };
    }
    const { nullText, header: has = true } = partition.format;
    const dialect = detectDialect(file.head, partition.format);
    const byPlace = has !== true;
    const header = this.readHeader(file.head, dialect, has !== false);
    const { columns, missing } = byPlace
      ? inPlace(source.columns)
      : matchHeader(header.names, source.columns, source.onDrift, place);
    const conventions = columns.map(({ contract }) => contract && conventionFor(contract.type, partition.format));
    const evolved = columns.filter(({ contract, ignored }) => !contract && !ignored).map(({ name }) => name);
    const stored = columns.map(({ name, contract, ignored }, index) => ({
      name,
      type: contract?.type ?? TEXT,
      nullable: !contract || isNullable(contract),
      ignored,
      careful: conventions[index] !== undefined,
      mostBytes: source.mostTextBytes,
    }));
    return {
      shape: { ...this.output(evolved), columns: stored, missing, ...added },
      format: (store) =>
        new CsvFormat(store, {
          columns,
          conventions,
          byPlace,
          dialect,
          nullText,
          mostTextBytes: source.mostTextBytes,
        }),
      dialect,
      nullText,
      start: bytesBefore
        ? { offset: bytesBefore, line: partition.range!.line }
        : { offset: file.skipped + header.bytes, line: 1 + header.lines },
    };
  }

  /** `isThere` false: the first record is looked at all the same, and is a row. */
  private readHeader(
    head: Buffer,
    dialect: Dialect,
    isThere: boolean,
  ): { names: string[]; bytes: number; lines: number } {
    // Blank lines before the header are no header.
    let from = 0;
    while (head[from] === 10 || head[from] === 13) from++;
    const record = readCsvRecord(head, from, head.length, dialect, true);
    if (from === head.length) {
      if (!isThere) return { names: [], bytes: 0, lines: 0 };
      throw unreadable(this.file, 'it is empty, without even a header', 'Export it again');
    }
    if (looksLikeJson(head, from)) {
      throw unreadable(
        this.file,
        'it looks like JSON, but is to be read as CSV',
        'Give it the name that its format has in the contract',
      );
    }
    if (!isUtf8(head.subarray(from, record.kind === 'record' ? record.end : from))) {
      throw unreadable(this.file, 'its header is not UTF-8', 'Save it as UTF-8');
    }
    if (record.kind !== 'record')
      throw unreadable(this.file, 'its header has an unclosed quotation mark', 'Correct it');
    if (!isThere) return { names: [], bytes: 0, lines: 0 };
    const names = record.fields.map((field) => fieldText(head, field, dialect.quote).trim());
    const lineEnd = dialect.lineEnd === 'cr' ? 13 : 10;
    let lines = 0;
    for (let at = 0; at < record.next; at++) if (head[at] === lineEnd) lines++;
    return { names, bytes: record.next, lines };
  }

  private output(evolved: readonly string[]): { output: OutputColumn[]; evolved: readonly string[] } {
    const columns = this.input.source.columns.map(({ name, type, nullable }) => ({ name, type, nullable }));
    return { output: [...columns, ...evolved.map((name) => ({ name, type: TEXT, nullable: true }))], evolved };
  }

  private stager(
    engine: Awaited<ReturnType<typeof openEngine>>,
    shape: ChunkShape,
    store: ColumnStore,
    file: OpenFile,
  ): Promise<ChunkStager> {
    const { run, source, partition, datasets } = this.input;
    const { s3, workBucket, attempt } = this.environment;
    return ChunkStager.create({
      engine,
      datasets,
      source: source.name,
      shape,
      parquet: store.parquet,
      remaining: () => file.remaining(),
      upload: (dataset, n, format, path) => {
        const extension = format === 'csv' ? 'csv.gz' : format;
        const key = partKey(run, dataset, partition.id, attempt, n, extension);
        // Aurora's import decompresses what says that it is gzip.
        return putFile(s3, workBucket, key, path, format === 'csv' ? { contentEncoding: 'gzip' } : {});
      },
    });
  }

  private async finish(
    { read, rejected }: BlockReader,
    datasets: ReadonlyMap<string, StagedDataset>,
    good: number,
  ): Promise<ExtractFilesOutput> {
    const { run, source, partition, partitions } = this.input;
    const { s3, workBucket, attempt } = this.environment;
    const quarantine = await this.quarantine.end();
    if (read !== good + rejected || rejected !== (quarantine?.rows ?? 0)) {
      throw new RowsDoNotReconcile(
        `${this.file} has ${read} rows, but ${good} were staged and ${quarantine?.rows ?? 0} of ${rejected} quarantined.`,
      );
    }
    if (partitions === 1) {
      const { first, location } = this.quarantine;
      judgeBadRows(source.onBadRow, { read, rejected, where: this.file, first, location });
    }
    const document: Manifest = {
      step: source.name,
      partition: partition.id,
      datasets: Object.fromEntries(
        [...datasets].map(([name, { rows, columns, parts }]) => [
          name,
          { rows, columns: [...columns], parts: [...parts] },
        ]),
      ),
      source: {
        name: source.name,
        object: partition.object,
        read,
        rejected,
        ...(quarantine ? { quarantine } : {}),
      },
    };
    const manifest = await writeManifest(s3, workBucket, run, attempt, document);
    const bytes = [...datasets.values()].flatMap(({ parts }) => parts).reduce((sum, { length }) => sum + length, 0);
    return { manifest, rows: good, bytes, rejected };
  }
}

/** The columns of the contract are those of the file. */
const inPlace = (contract: readonly ContractColumn[]): FileColumns => ({
  columns: contract.map((column) => ({
    name: column.name,
    header: column.from ?? column.name,
    contract: column,
    ignored: false,
  })),
  missing: [],
});

/** A whole document in the first line, or one that only begins there. */
function looksLikeJson(head: Buffer, from: number): boolean {
  const end = head.indexOf(10, from);
  const line = head.toString('utf8', from, end < 0 ? head.length : end).trim();
  if (!/^[[{]/.test(line)) return false;
  if (/^[[{]+$/.test(line)) return true;
  try {
    JSON.parse(line.replace(/,$/, ''));
    return true;
  } catch {
    return false;
  }
}
