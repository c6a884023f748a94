import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { Client } from 'pg';
import { literal } from '../../postgres/client';
import type { CopyStatement } from '../copy-statement';
import { isDatabaseError, RedshiftError } from '../errors';
import type { LoadError } from './copy';
import { copyIn } from './copy-in';
import { fieldLines, needsFields } from './fields';
import { jsonLines, jsonReader } from './json';
import type { S3 } from './objects';
import type { Target, TargetColumn } from './target';

const STAGE = '"stepwell copy"';

/**
 * CSV, delimited text and JSON go into a temporary table of texts first. There every value is checked as Redshift would (types, lengths in bytes,
 * missing values), so that errors name file, line and column, and only then do the rows go into the table.
 */
export async function copyDelimited(
  client: Client,
  copy: CopyStatement,
  target: Target,
  file: string,
  s3: S3,
  report: (error: LoadError) => void,
): Promise<number> {
  const names = target.columns.map((_column, index) => `c${index}`);
  await client.query(
    `CREATE TEMP TABLE ${STAGE} (line bigint GENERATED ALWAYS AS IDENTITY, ${names.map((name) => `${name} text`).join(', ')}) ON COMMIT DROP`,
  );
  try {
    await stage(client, copy, target, names, file, s3, report);
    const bad = await findErrors(client, copy, target, names);
    for (const error of bad) report(error);
    if (new Set(bad.map(({ line }) => line)).size > copy.options.maxError) throw loadFailed(target);
    if (copy.options.noLoad) return 0;
    const skipped = [...new Set(bad.map(({ line }) => line - copy.options.ignoreHeader))];
    const values = target.columns.map((column, index) => conversion(names[index]!, column, copy));
    const { rowCount } = await client.query(
      `INSERT INTO ${target.table} (${target.columnList}) SELECT ${values.join(', ')} FROM ${STAGE} WHERE line <> ALL ($1) ORDER BY line`,
      [skipped],
    );
    return rowCount ?? 0;
  } finally {
    // In a failed transaction this fails too, and the rollback drops the table.
    await client.query(`DROP TABLE IF EXISTS ${STAGE}`).catch(() => {});
  }
}

export const loadFailed = ({ table }: Target) =>
  new RedshiftError(
    `Load into table '${table.split('.').at(-1)!.replaceAll('"', '')}' failed.  Check 'sys_load_error_detail' system table for details.`,
  );

async function stage(
  client: Client,
  copy: CopyStatement,
  target: Target,
  names: string[],
  file: string,
  s3: S3,
  report: (error: LoadError) => void,
): Promise<void> {
  const bytes =
    copy.options.compression === 'GZIP' ? createReadStream(file).pipe(createGunzip()) : createReadStream(file);
  const { delimiter, quote, nullAs = '\\N' } = copy.options;
  const byFields = copy.format !== 'JSON' && needsFields(copy);
  // Plain delimited text has no quotes: PostgreSQL's CSV with a quote that never occurs reads it so.
  const options =
    byFields || copy.format === 'JSON'
      ? "NULL '\\N'"
      : copy.format === 'TEXT'
        ? `DELIMITER ${literal(delimiter)}, QUOTE E'\\x01', NULL ${literal(nullAs)}`
        : `DELIMITER ${literal(delimiter)}, QUOTE ${literal(quote)}, NULL ${literal(nullAs)}`;
  const read = copy.format === 'JSON' ? await jsonReader(copy.options.json, target, s3) : undefined;
  const lines = skipLines(bytes, copy.options.ignoreHeader);
  const source = read ? jsonLines(bytes, target, read) : byFields ? fieldLines(lines, copy, target) : lines;
  try {
    await copyIn(client, `COPY ${STAGE} (${names.join(', ')}) FROM STDIN WITH (FORMAT csv, ${options})`, source);
  } catch (error) {
    if (!isDatabaseError(error) || !['22P04', '22021', 'XX000', '57014'].includes(error.code ?? '')) throw error;
    if (error.code === '57014') throw error;
    const line = Number(/line (\d+)/.exec(error.where ?? '')?.[1] ?? 0) + copy.options.ignoreHeader;
    const extra = error.message.startsWith('extra data');
    report({
      line,
      code: extra ? 1202 : 1213,
      message: extra ? 'Extra column(s) found' : error.code === '22P04' ? 'Delimiter not found' : error.message,
    });
    throw loadFailed(target);
  }
}

async function* skipLines(bytes: NodeJS.ReadableStream, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (left > 0 && rest.length > 0) {
      const end = rest.indexOf(10);
      if (end >= 0) left--;
      rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
    }
    if (rest.length > 0) yield rest;
  }
}

const isText = ({ size }: TargetColumn) => size !== undefined;

/** Empty is NULL for numbers and dates; for texts only if the options say so. */
function cleaned(name: string, column: TargetColumn, { options }: CopyStatement): string {
  if (!isText(column)) return `NULLIF(btrim(${name}), '')`;
  const text = options.trimBlanks ? `rtrim(${name})` : name;
  // Lengths, as the empty text is equal to blanks here.
  if (options.blanksAsNull) return `CASE WHEN length(btrim(${text})) = 0 THEN NULL ELSE ${text} END`;
  return options.emptyAsNull ? `CASE WHEN length(${text}) = 0 THEN NULL ELSE ${text} END` : text;
}

function conversion(name: string, column: TargetColumn, copy: CopyStatement): string {
  const value = cleaned(name, column, copy);
  // COPY cuts superfluous decimals off unless ROUNDEC is said.
  const format = formatOf(column, copy);
  if (format !== undefined) return `redshift_catalog.read_time(${value}, ${literal(format)})::${column.type}`;
  if (column.scale !== undefined && copy.options.roundDecimals) return `(${value})::${column.type}`;
  if (column.scale !== undefined) return `pg_catalog.trunc((${value})::numeric, ${column.scale})::${column.type}`;
  if (isText(column) && copy.options.truncateColumns) return `(${value})::${column.type}`;
  return isText(column) ? value : `(${value})::${column.type}`;
}

/** The format that dates and times of this column are given in, if it is not the usual one. */
function formatOf({ type }: TargetColumn, { options }: CopyStatement): string | undefined {
  if (type === 'date') return options.dateFormat;
  return type.startsWith('timestamp') ? options.timeFormat : undefined;
}

async function findErrors(client: Client, copy: CopyStatement, target: Target, names: string[]): Promise<LoadError[]> {
  const checks = target.columns.flatMap((column, index) => {
    const value = cleaned(names[index]!, column, copy);
    const select = (code: number, message: string, condition: string) =>
      `SELECT line, ${index} AS position, ${literal(column.name)} AS column, ${code} AS code, ${literal(message)} AS message, ${names[index]} AS raw FROM ${STAGE} WHERE ${condition}`;
    const found: string[] = [];
    if (column.notNull) found.push(select(1213, 'Missing data for not-null field', `${value} IS NULL`));
    const format = formatOf(column, copy);
    if (format !== undefined)
      found.push(
        select(
          column.type === 'date' ? 1205 : 1206,
          `Invalid ${column.type === 'date' ? 'Date' : 'Timestamp'} Format`,
          `${value} IS NOT NULL AND redshift_catalog.read_time(${value}, ${literal(format)}) IS NULL`,
        ),
      );
    else if (!isText(column))
      found.push(
        select(1207, `Invalid ${column.type} value`, `NOT pg_input_is_valid(${value}, ${literal(column.type)})`),
      );
    else if (!copy.options.truncateColumns)
      found.push(select(1204, 'String length exceeds DDL length', `octet_length(${value}) > ${column.size}`));
    return found;
  });
  const { rows } = await client.query<{
    line: string;
    column: string;
    code: number;
    message: string;
    raw: string | null;
  }>(
    `SELECT * FROM (${checks.join(' UNION ALL ')}) AS errors ORDER BY line, position LIMIT ${Math.max(100, copy.options.maxError + 1)}`,
  );
  return rows.map(({ line, column, code, message, raw }) => ({
    line: Number(line) + copy.options.ignoreHeader,
    column: target.columns.find(({ name }) => name === column)!,
    code,
    message,
    raw: raw ?? '',
  }));
}
