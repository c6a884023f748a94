/** The SQL of one pass over a chunk: typed read, the datasets on top of it, and which of them are worth a table. */
import type { ContractColumn, OutputColumn } from '../../lib/tasks/common';
import type { FusedDataset } from '../../lib/tasks/extract-files';
import { quoteName, quoteText, sqlType } from '../shared/duckdb';
import type { StoredColumn } from './scanner/columns';

/** What a chunk file has, and what the source has besides. */
export interface ChunkShape {
  /** the file's columns, in order */
  readonly columns: readonly StoredColumn[];
  readonly missing: readonly ContractColumn[];
  /** the source's columns as its dataset has them: the contract's, then new ones */
  readonly output: readonly OutputColumn[];
  /** names among `output` that the contract does not have */
  readonly evolved: readonly string[];
  /** with `_row` */
  readonly numbered: boolean;
  /** `_file`, if any dataset uses it */
  readonly file?: string;
}

/** The source over a chunk file. Its values are judged already; only wide decimals and JSON are still texts. */
export function sourceSql(path: string, { missing, output, numbered, file }: ChunkShape): string {
  const absent = new Set(missing.map(({ name }) => name));
  const selected = output.map(
    ({ name, type }) =>
      `CAST(${absent.has(name) ? 'NULL' : quoteName(name)} AS ${sqlType(type)}) AS ${quoteName(name)}`,
  );
  const added = [...(numbered ? ['"_row"'] : []), ...(file === undefined ? [] : [`${quoteText(file)} AS "_file"`])];
  return `SELECT ${[...selected, ...added].join(', ')} FROM read_parquet(${quoteText(path)}, hive_partitioning = false)`;
}

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
