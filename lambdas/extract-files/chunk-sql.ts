/** The SQL of one pass over a chunk: typed read, the datasets on top of it, and which of them are worth a table. */
import type { FusedDataset } from '../../lib/tasks/extract-files';
import { quoteName, quoteText, sqlType } from '../shared/duckdb';
import type { Shape } from './plan-reading';

/** What a chunk file has, and what the source has besides. */
export interface ChunkShape extends Shape {
  /** which of `_row` and `_file` the datasets use, and where the rows come from */
  readonly origin: {
    readonly row: boolean;
    readonly file: boolean;
    /** `before`: records in the chunk files before the first of this file; more files may be added */
    readonly files: readonly { readonly key: string; readonly before: number }[];
  };
}

/** The source over a chunk file. Its values are judged already; only wide decimals and JSON are still texts. */
export function sourceSql(path: string, { missing, output, origin }: ChunkShape): string {
  const absent = new Set(missing.map(({ name }) => name));
  const selected = output.map(
    ({ name, type }) =>
      `CAST(${absent.has(name) ? 'NULL' : quoteName(name)} AS ${sqlType(type)}) AS ${quoteName(name)}`,
  );
  const { row, file, files } = origin;
  const rows = `read_parquet(${quoteText(path)}, hive_partitioning = false)`;
  const many = files.length > 1;
  const added = [
    ...(row ? [many ? '"_row" - "_before" AS "_row"' : '"_row"'] : []),
    ...(file ? [many ? '"_file"' : `${quoteText(files[0]?.key ?? '')} AS "_file"`] : []),
  ];
  const from = many && added.length > 0 ? `${rows} ASOF JOIN ${filesTable(files)} ON "_row" > "_before"` : rows;
  return `SELECT ${[...selected, ...added].join(', ')} FROM ${from}`;
}

/** A row is of the last file that begins before it. */
function filesTable(files: ChunkShape['origin']['files']): string {
  const values = files.map(({ key, before }) => `(CAST(${before} AS BIGINT), ${quoteText(key)})`);
  return `(VALUES ${values.join(', ')}) AS _files("_before", "_file")`;
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
