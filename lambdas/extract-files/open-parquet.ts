/**
 * A Parquet file: downloaded, since its directory stands at its end, and read by DuckDB a few thousand rows at a time. Every value
 * becomes the text that it would be in a CSV file, and is judged as such.
 */
import { createWriteStream } from 'node:fs';
import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnType, ContractColumn } from '../../lib/tasks/common';
import { isNullable, judgeValue } from '../shared/contract/judge-value';
import type { Judged } from '../shared/contract/judged';
import { type FileColumn, type LookAtTypes, matchHeader } from '../shared/contract/match-header';
import { TypeEvidence } from '../shared/contract/type-evidence';
import { guessType } from '../shared/contract/type-names';
import { describeRelation, type Engine, messageOf, quoteName, quoteText } from '../shared/duckdb';
import { isGzip, isUtf8Head, unreadable } from '../shared/inspect-head';
import { TextJudge } from './judge-texts';
import type { OpenFile } from './open-file';
import { outputOf, type ReadingContext, type Shape } from './plan-reading';

/** Rows as texts, in the order of the file's columns; NULL, and what nobody wants, as null. */
export type TextRow = readonly (string | null)[];

export interface TableReading {
  readonly shape: Shape;
  readonly aside?: { readonly reason: string; readonly raw: string };
  /** names of the columns, for the text of a bad row */
  readonly names: readonly string[];
  judge(row: TextRow): Judged;
  rows(): AsyncGenerator<readonly TextRow[]>;
  close(): Promise<void>;
}

const MAGIC = 'PAR1';
const MIB = 1024 * 1024;
/** Of the scratch space; parts wait in it as well. */
const MOST_OF_SCRATCH = 0.7;
const SAMPLED_ROWS = 200;
const TEXT = { type: 'text' } as const;
/** In place of bytes that are no text. */
const NO_TEXT = '\0';
const NO_TEXT_REASON = 'the bytes are no text in UTF-8';

/** @throws {UnreadableFile | ContractDrift} */
export async function openParquet(
  opened: OpenFile,
  size: number,
  engine: Engine,
  context: ReadingContext,
): Promise<TableReading> {
  const { file, source, drift } = context;
  const path = join(engine.folder, 'input.parquet');
  await download(opened, size, path, file);
  const connection = await engine.connect();
  const close = async () => {
    connection.closeSync();
    await rm(path, { force: true });
  };
  try {
    const table = `read_parquet(${quoteText(path)}, hive_partitioning = false)`;
    const types = await describe(connection, table, file);
    const names = types.map(({ name }) => name);
    const textsOf = (contract: readonly (ContractColumn | undefined)[]) =>
      types.map(
        ({ name, type }, index) => `${textSql(quoteName(name), type, contract[index]?.type)} AS ${quoteName(name)}`,
      );

    const sample = await rowsOf(
      connection,
      `SELECT ${textsOf([]).join(', ')} FROM ${table} LIMIT ${SAMPLED_ROWS}`,
      file,
    );
    const place = { file, source: source.name, names: 'schema' } as const;
    const matched = matchHeader(names, source.columns, source.onDrift, place, look(sample));
    drift.tell(matched.drift ?? []);
    source.columns.forEach((_, index) => {
      drift.seen.add(index);
    });
    const { columns, missing, aside } = matched;
    const evolved = columns.filter(({ contract, ignored }) => !contract && !ignored).map(({ name }) => name);
    const texts = new TextJudge({
      columns,
      contract: source.columns,
      evidence: drift.evidence,
      sure: columns.map(({ contract }, index) => contract && sureOf(types[index]!.type, contract.type)),
      mostTextBytes: source.mostTextBytes,
    });
    const selected = textsOf(columns.map(({ contract }) => contract)).map((text, index) =>
      columns[index]!.ignored ? 'NULL' : text,
    );
    return {
      shape: { ...outputOf(source, evolved), columns: stored(columns, source.mostTextBytes), missing },
      ...(aside === undefined ? {} : { aside: { reason: aside, raw: names.join(',') } }),
      names,
      judge(row) {
        const broken = row.indexOf(NO_TEXT);
        if (broken >= 0) return { column: texts.nameOf(broken) ?? null, reason: NO_TEXT_REASON };
        return texts.judge((index) => row[index] ?? '');
      },
      rows: () => stream(connection, `SELECT ${selected.join(', ')} FROM ${table}`, file),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function download(opened: OpenFile, size: number, path: string, file: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(path, '..'));
  if (size > bavail * bsize * MOST_OF_SCRATCH) {
    const has = Math.floor((bavail * bsize) / MIB);
    throw unreadable(
      file,
      `it has ${Math.ceil(size / MIB)} MiB, and a function has ${has} MiB to keep it in`,
      'Write several files of 128 to 1,024 MiB',
    );
  }
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  const watched = async function* () {
    for await (const chunk of opened.chunks) {
      // The chunk's memory is used again.
      const copy = Buffer.from(chunk);
      if (head.length < 1024) head = Buffer.concat([head, copy.subarray(0, 1024)]);
      tail = Buffer.concat([tail, copy]).subarray(-4);
      if (head.length >= 4) refuseOther(head, file);
      yield copy;
    }
  };
  await pipeline(Readable.from(watched()), createWriteStream(path));
  refuseOther(head, file);
  if (tail.toString('latin1') !== MAGIC || (await stat(path)).size < 12) {
    throw unreadable(file, 'the Parquet file ends too early, as after a broken upload', 'Upload it again');
  }
}

function refuseOther(head: Buffer, file: string): void {
  const magic = head.toString('latin1', 0, 4);
  if (magic === MAGIC) return;
  const what =
    head.length === 0
      ? 'it is empty'
      : magic === 'PARE'
        ? 'it is an encrypted Parquet file'
        : isGzip(head)
          ? 'it is a gzip file, where a Parquet file is expected (which is compressed in itself)'
          : isUtf8Head(head) && !head.includes(0)
            ? 'it is a text file, where a Parquet file is expected'
            : 'it is no Parquet file';
  throw unreadable(file, what, 'Export it as Parquet, or name its format in the contract');
}

async function describe(connection: DuckDBConnection, table: string, file: string) {
  try {
    await connection.run(`CREATE OR REPLACE TEMP VIEW _input AS SELECT * FROM ${table}`);
    return await describeRelation(connection, '_input');
  } catch (error) {
    throw damaged(file, error);
  }
}

const damaged = (file: string, error: unknown) =>
  unreadable(file, `the Parquet file is damaged (${messageOf(error).split('\n')[0]})`, 'Write it again', error);

/** What the first rows say of types. */
function look(sample: readonly TextRow[]): LookAtTypes {
  return (matched) => {
    const known = matched.flatMap((column) => (column ? [column] : []));
    const evidence = new TypeEvidence(known);
    const samples = matched.map((): string[] => []);
    for (const row of sample) {
      for (const [place, column] of matched.entries()) {
        const text = row[place] ?? '';
        if (text === '') continue;
        if (!column) samples[place]!.push(text);
        else if ('value' in judgeValue(column.type, text)) evidence.fit(known.indexOf(column));
        else evidence.misfit(known.indexOf(column), text);
      }
    }
    return { types: samples.map(guessType), changed: evidence.changed() };
  };
}

const stored = (columns: readonly FileColumn[], mostBytes: number | undefined): Shape['columns'] =>
  columns.map(({ name, contract, ignored }) => ({
    name,
    type: contract?.type ?? TEXT,
    nullable: !contract || isNullable(contract),
    ignored,
    mostBytes,
  }));

const ISO_DAY = /^\d{4}-\d\d-\d\d$/;
const ISO_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/;

/** Where DuckDB's type is the contract's own, its text is the value: to judge that costs half of the time. */
function sureOf(type: string, wanted: ColumnType): ((text: string) => boolean) | undefined {
  switch (wanted.type) {
    case 'bigint':
      return /^(TINY|SMALL|BIG)INT$|^U(TINY|SMALL)INT$|^U?INTEGER$/.test(type) ? () => true : undefined;
    case 'integer':
      return /^(TINY|SMALL)INT$|^U(TINY|SMALL)INT$|^INTEGER$/.test(type) ? () => true : undefined;
    case 'decimal': {
      const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? [];
      const fits =
        precision !== undefined &&
        Number(scale) <= wanted.scale &&
        Number(precision) - Number(scale) <= wanted.precision - wanted.scale;
      return fits ? () => true : undefined;
    }
    case 'boolean':
      return type === 'BOOLEAN' ? () => true : undefined;
    case 'date':
      // Years of five digits, and before Christ, are judged.
      return type === 'DATE' ? (text) => ISO_DAY.test(text) : undefined;
    case 'timestamp': {
      const isUtc = wanted.timezone === undefined || wanted.timezone === 'UTC';
      return type.startsWith('TIMESTAMP') && !type.includes('ZONE') && isUtc
        ? (text) => ISO_TIME.test(text)
        : undefined;
    }
    default:
      return undefined;
  }
}

const NESTED = /^(STRUCT|MAP|UNION|VARIANT)\b|\]$/;

/** A value of DuckDB's type as the text that the contract's type is judged by. */
function textSql(name: string, type: string, wanted: ColumnType | undefined): string {
  const text = `CAST(${name} AS VARCHAR)`;
  if (NESTED.test(type)) return `CAST(to_json(${name}) AS VARCHAR)`;
  if (type === 'BLOB') return `CASE WHEN ${name} IS NOT NULL THEN COALESCE(TRY(decode(${name})), chr(0)) END`;
  if (type === 'FLOAT' || type === 'DOUBLE') {
    // Whole numbers beyond 10^15, which would be written with an exponent.
    if (wanted?.type === 'double') return text;
    return `CASE WHEN ${name} = trunc(${name}) AND abs(${name}) < 1e37 THEN CAST(CAST(${name} AS HUGEINT) AS VARCHAR) ELSE ${text} END`;
  }
  if (type.startsWith('TIMESTAMP') && wanted?.type === 'date') {
    // Many writers know no days, only their midnights.
    return `CASE WHEN ${name} = date_trunc('day', ${name}) THEN CAST(CAST(${name} AS DATE) AS VARCHAR) ELSE ${text} END`;
  }
  return text;
}

async function rowsOf(connection: DuckDBConnection, sql: string, file: string): Promise<TextRow[]> {
  const all: TextRow[] = [];
  for await (const rows of stream(connection, sql, file)) all.push(...rows);
  return all;
}

async function* stream(connection: DuckDBConnection, sql: string, file: string): AsyncGenerator<readonly TextRow[]> {
  try {
    const result = await connection.stream(sql);
    for await (const rows of result.yieldRows()) yield rows as unknown as TextRow[];
  } catch (error) {
    throw damaged(file, error);
  }
}
