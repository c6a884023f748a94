/** A contract for a CSV file: names, types, key and format of its columns, and what of it is a guess. */
import { conventionFor } from '../../lambdas/shared/contract/conventions';
import type { ColumnType } from '../tasks/common';
import { inferFormat } from './infer-format';
import { type Conversion, type CsvFormat, inferConversion, inferType } from './infer-types';
import { type NamedColumn, nameColumns } from './names';
import type { Sample } from './read-sample';

export interface InferredColumn extends NamedColumn {
  readonly type: ColumnType;
  readonly isNullable: boolean;
  readonly isKey: boolean;
  readonly conversion?: Conversion;
  /** stands behind the column in the contract */
  readonly comment?: string;
}

export interface InferredContract {
  readonly format: CsvFormat;
  readonly columns: readonly InferredColumn[];
  readonly rows: readonly (readonly string[])[];
  /** what a person should know, a sentence each */
  readonly notes: readonly string[];
}

export function inferContract({ name, delimiter, records, misfits, isCut }: Sample): InferredContract {
  const notes: string[] = [];
  const { headers, rows, header } = splitHeader(records, delimiter, name, notes);
  const present = headers.map((_, index) => rows.map((row) => row[index]!).filter((text) => text !== ''));
  const nullText = nullTextOf(present, delimiter);
  const values = nullText === undefined ? present : present.map((texts) => texts.filter((text) => text !== nullText));
  const { format: written, doubts } = inferFormat(values, delimiter);
  const format = {
    ...written,
    ...(header === undefined ? {} : { header }),
    ...(nullText === undefined ? {} : { nullText }),
  };

  const columns = nameColumns(headers).map((named, index): InferredColumn => {
    const type = inferType(values[index]!, format);
    const conversion = type.type === 'text' ? inferConversion(values[index]!, format) : undefined;
    const isFull = values[index]!.length === rows.length && rows.length >= ENOUGH_ROWS;
    const about = { type, isNullable: !isFull, isKey: false, ...(conversion ? { conversion } : {}) };
    const byPlace = header !== undefined && named.needsHeader;
    const comment = commentOn(values[index]!, conversion) ?? (byPlace ? `'${named.header}'` : undefined);
    return {
      ...named,
      ...(byPlace ? { needsHeader: false } : {}),
      ...about,
      ...(comment === undefined ? {} : { comment }),
    };
  });
  notes.push(...doubts);
  if (misfits > 0) {
    notes.push(`${misfits} of its rows have more or fewer fields than the others: they will be in quarantine.`);
  }
  if (rows.length < ENOUGH_ROWS) {
    notes.push(`Types are told from ${rows.length === 1 ? 'one row' : `${rows.length} rows`}: look at them again.`);
  } else if (isCut) notes.push(`Types are told from its first ${rows.length.toLocaleString('en-US')} rows.`);
  for (const { name: column, header: from, conversion } of columns) {
    if (conversion) notes.push(`${column} is text in the contract, as '${from}' has it; the SQL makes a value of it.`);
  }
  return { format, columns: withKey(columns, values, rows.length, name, notes), rows, notes };
}

/** Below it a column that is never empty says little. */
const ENOUGH_ROWS = 20;

function splitHeader(
  records: Sample['records'],
  delimiter: string,
  name: string,
  notes: string[],
): { headers: readonly string[]; rows: Sample['records']; header?: false | 'ignore' } {
  const [first = [], ...rest] = records;
  if (isRow(first, rest, delimiter)) {
    notes.push(`${name} has no header line, it seems: its columns go by their place. Rename column_1 and the others.`);
    return { headers: first.map((_, index) => `column_${index + 1}`), rows: records, header: false };
  }
  const headers = first.map((text) => text.trim());
  // Nothing but texts: a row of texts would look the same.
  if (rest.length > 0 && rest.length < ENOUGH_ROWS && !rest.some((row) => row.some((text) => /\d/.test(text)))) {
    notes.push(
      `Its first line is taken for the header: ${headers.slice(0, 5).join(', ').slice(0, 60)}. If it is a row, write csv({ header: false }).`,
    );
  }
  const twice = headers.find((text, index) => text !== '' && headers.indexOf(text) !== index);
  if (twice === undefined && !headers.includes('')) return { headers, rows: rest };
  const why = twice === undefined ? 'A header is empty' : `Two headers are '${twice}'`;
  notes.push(`${why}: columns go by their place, and must stay in it.`);
  return { headers, rows: rest, header: 'ignore' };
}

const LOOKED_AT = 1000;

/** No header, but a row like the others: where those have numbers or times, it has some as well. */
function isRow(first: readonly string[], all: Sample['records'], delimiter: string): boolean {
  const rest = all.slice(0, LOOKED_AT);
  const typed = first.map((text, index) => {
    const others = rest.map((row) => row[index]!).filter((one) => one !== '');
    const { format } = inferFormat([others.length > 0 ? others : [text]], delimiter);
    const type = inferType(others.length > 0 ? others : [text], format);
    return { text, isTyped: others.length + text.length > 0 && type.type !== 'text', type, format };
  });
  const judged = typed.filter(({ isTyped, text }) => isTyped && text !== '');
  // 2023, 2024 above prices are headers.
  if (judged.length > 1 && judged.every(({ text }) => /^(19|20)\d\d$/.test(text))) return false;
  return (
    judged.length > 0 && judged.every(({ text, type, format }) => isAlike(inferType([text], format).type, type.type))
  );
}

const NUMBERS: readonly ColumnType['type'][] = ['bigint', 'decimal', 'double'];
const isAlike = (a: ColumnType['type'], b: ColumnType['type']): boolean =>
  a === b || (NUMBERS.includes(a) && NUMBERS.includes(b));

const NULL_TEXTS = ['NULL', 'null', '\\N', 'N/A', 'n/a', 'NA', '#N/A', 'None', 'none', 'NaN', 'nan', '-', '--', '?'];

/** The text that keeps most columns from being more than text. */
function nullTextOf(columns: readonly (readonly string[])[], delimiter: string): string | undefined {
  const typed = (all: readonly (readonly string[])[]) => {
    const { format } = inferFormat(all, delimiter);
    return all.filter((values) => values.length > 0 && inferType(values, format).type !== 'text').length;
  };
  const there = NULL_TEXTS.filter((text) => columns.some((values) => values.includes(text)));
  if (there.length === 0) return undefined;
  const before = typed(columns);
  const [best] = there
    .map((text) => ({ text, typed: typed(columns.map((values) => values.filter((one) => one !== text))) }))
    .sort((a, b) => b.typed - a.typed);
  return best!.typed > before ? best!.text : undefined;
}

function commentOn(values: readonly string[], conversion: Conversion | undefined): string | undefined {
  if (values.length === 0) return 'empty in every row';
  return conversion ? `e.g. ${values[0]!.slice(0, 40)}` : undefined;
}

const KEY_NAME = /(^|_)(id|key|uuid|guid|sku|nr|no|num|number|nummer|code|ref|reference)$/;

/** A name is nobody's alone. */
const isCode = ({ name, type }: InferredColumn, values: readonly string[]): boolean =>
  type.type !== 'text' || (!name.endsWith('name') && values.every((text) => /^\S{1,40}$/.test(text)));

/** A column that no two rows share and that is named like a key; else the first column, if it is so. */
function withKey(
  columns: readonly InferredColumn[],
  values: readonly (readonly string[])[],
  rows: number,
  file: string,
  notes: string[],
): readonly InferredColumn[] {
  if (rows === 0) return columns;
  const candidates = columns.flatMap((column, index) => {
    const takes = ['bigint', 'text', 'date', 'timestamp'].includes(column.type.type) && column.conversion === undefined;
    return takes && values[index]!.length === rows && new Set(values[index]).size === rows ? [index] : [];
  });
  const found =
    candidates.find((index) => KEY_NAME.test(columns[index]!.name)) ??
    candidates.find((index) => index === 0 && rows >= ENOUGH_ROWS && isCode(columns[index]!, values[index]!));
  if (found === undefined) return columns;
  const comment = `no two rows of ${file} share it`;
  notes.push(
    `Rows are merged by ${columns[found]!.name}: ${comment}. If that is by chance, write append() for merge(…).`,
  );
  return columns.map((column, index) =>
    index === found ? { ...column, isKey: true, isNullable: false, comment } : column,
  );
}

/** The text as the contract's rules spell it: what a model's test takes. */
export function contractText(text: string, { type }: Pick<InferredColumn, 'type'>, format: CsvFormat): string | null {
  if (text === '' || text === format.nullText) return null;
  const written = conventionFor(type, format)?.(text) ?? { value: text };
  return 'value' in written ? written.value : text;
}
