/** The SQL of one pass over a chunk: typed read, the datasets on top of it, and which of them are worth a table. */
import type { ColumnType, ContractColumn, OutputColumn } from '../../lib/tasks/common';
import type { FusedDataset } from '../../lib/tasks/extract-files';
import { quoteName, quoteText, sqlType } from '../shared/duckdb';
import { MOST_RECORD_BYTES } from './read-blocks';
import type { Dialect } from './read-csv-record';

/** The columns of a chunk file, in order, and what the source has besides. */
export interface ChunkShape {
  readonly dialect: Dialect;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType; readonly ignored: boolean }[];
  readonly missing: readonly ContractColumn[];
  /** the source's columns as its dataset has them: the contract's, then new ones */
  readonly output: readonly OutputColumn[];
  /** names among `output` that the contract does not have */
  readonly evolved: readonly string[];
  /** `_row` is the last field */
  readonly numbered: boolean;
  /** `_file`, if any dataset uses it */
  readonly file?: string;
}

/** Text is checked already, so DuckDB types it without capturing rejects; whatever it cannot read is an error. */
export function sourceSql(path: string, shape: ChunkShape): string {
  const { dialect, columns, missing, output, numbered, file } = shape;
  const read = [
    ...columns.map(({ name, type }) => [name, readType(type)] as const),
    ...(numbered ? [['_row', 'BIGINT'] as const] : []),
  ];
  const options = [
    quoteText(path),
    `columns = {${read.map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`).join(', ')}}`,
    'auto_detect = false',
    'header = false',
    `delim = ${quoteText(String.fromCharCode(dialect.delimiter))}`,
    `quote = ${quoteText(String.fromCharCode(dialect.quote))}`,
    `escape = ${quoteText(String.fromCharCode(dialect.quote))}`,
    "nullstr = ''",
    'strict_mode = true',
    `max_line_size = ${2 * MOST_RECORD_BYTES}`,
    `buffer_size = ${2 * MOST_RECORD_BYTES}`,
  ];
  const absent = new Set(missing.map(({ name }) => name));
  const selected = output.map(({ name, type }) => {
    if (absent.has(name)) return `CAST(NULL AS ${sqlType(type)}) AS ${quoteName(name)}`;
    return type.type === 'json' ? `CAST(${quoteName(name)} AS JSON) AS ${quoteName(name)}` : quoteName(name);
  });
  const added = [...(numbered ? ['"_row"'] : []), ...(file === undefined ? [] : [`${quoteText(file)} AS "_file"`])];
  return `SELECT ${[...selected, ...added].join(', ')} FROM read_csv(${options.join(', ')})`;
}

const readType = (type: ColumnType): string => (type.type === 'json' ? 'VARCHAR' : sqlType(type));

/** Whether the SQL of any dataset may mean this column. */
export function mentions(datasets: readonly FusedDataset[], name: string): boolean {
  const word = new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`, 'i');
  return datasets.some(({ sql }) => sql !== undefined && word.test(sql));
}

/** A dataset that is read twice (two formats, or by two models) is computed once. */
export function isReadTwice(dataset: FusedDataset, datasets: readonly FusedDataset[]): boolean {
  const later = datasets.slice(datasets.indexOf(dataset) + 1);
  const readers = later.filter((other) => mentions([other], escapeWord(dataset.name)));
  return dataset.formats.length + readers.length > 1;
}

const escapeWord = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '\\$&');
