import type { FieldDef } from 'pg';
import type { UnloadStatement } from '../unload-statement';

const BOOLEAN = 16;
const SUPER = 3802;
/** JSON has these bare. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700]);

/** A row as a line of a file. For Parquet it is a line of the CSV that the Parquet is made of. */
export function lineOf(row: readonly (string | null)[], columns: readonly FieldDef[], unload: UnloadStatement): string {
  switch (unload.format) {
    case 'JSON':
      return `{${row.map((value, index) => `${JSON.stringify(columns[index]!.name)}:${jsonOf(value, columns[index]!.dataTypeID)}`).join(',')}}\n`;
    case 'PARQUET':
      return `${row.map((value) => (value === null ? '\\N' : quoted(value))).join(',')}\n`;
    case 'CSV':
      return `${row.map((value, index) => csv(value, columns[index]!, unload)).join(unload.options.delimiter ?? ',')}\n`;
    case 'TEXT':
      return `${row.map((value, index) => delimited(value, columns[index]!, unload)).join(unload.options.delimiter ?? '|')}\n`;
  }
}

export function headerOf(columns: readonly FieldDef[], { format, options }: UnloadStatement): string {
  return `${columns.map(({ name }) => name).join(options.delimiter ?? (format === 'CSV' ? ',' : '|'))}\n`;
}

const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;

/** SUPER has no blanks between its tokens. */
const compact = (json: string) => json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');

const plain = (value: string, type: number) => (type === SUPER ? compact(value) : value);

function jsonOf(value: string | null, type: number): string {
  if (value === null) return 'null';
  if (type === BOOLEAN) return value === 't' ? 'true' : 'false';
  if (type === SUPER) return compact(value);
  return NUMBERS.has(type) && Number.isFinite(Number(value)) ? value : JSON.stringify(value);
}

function csv(value: string | null, { dataTypeID }: FieldDef, { options }: UnloadStatement): string {
  if (value === null) return options.nullAs;
  const text = plain(value, dataTypeID);
  return text === '' || text.includes(options.delimiter ?? ',') || /["\r\n]/.test(text) ? quoted(text) : text;
}

function delimited(value: string | null, { dataTypeID }: FieldDef, { options }: UnloadStatement): string {
  if (value === null) return options.nullAs;
  const text = plain(value, dataTypeID);
  const escaped = options.escape
    ? text.replace(/[\\\n\r"']|./gs, (char) =>
        char === (options.delimiter ?? '|') || /[\\\n\r"']/.test(char) ? `\\${char}` : char,
      )
    : text;
  return options.addQuotes ? `"${escaped}"` : escaped;
}
