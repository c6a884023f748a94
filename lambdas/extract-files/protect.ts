/** Personal data in files: which columns are kept as masks and hashes, and what quarantine may keep of a bad record. */
import type { ContractColumn, FileSlice } from '../../lib/tasks/common';
import { MASK, storedTypeOf } from '../../lib/tasks/pii';
import { matches } from '../shared/contract/match-header';
import { readMembers } from '../shared/contract/read-members';
import { redact } from '../shared/contract/redact';
import type { Dialect } from '../shared/inspect-head';
import type { Shape } from './plan-reading';
import type { Reject } from './read-blocks';
import { readCsvRecord } from './read-csv-record';

/** Their values are stored as texts, which the columns' store masks or hashes before it hands them out. */
export function protectShape(shape: Shape, contract: readonly ContractColumn[]): Shape {
  const piiOf = (name: string) => contract.find((column) => column.name === name)?.pii;
  return {
    ...shape,
    columns: shape.columns.map((column) => {
      const pii = column.ignored ? undefined : piiOf(column.name);
      if (pii === undefined) return column;
      // The scanner knows texts; what it would store as a number, the careful reader hands over as the text that it has judged.
      const isText = column.type.type === 'text';
      return { ...column, pii, ...(isText ? {} : { type: { type: 'text' }, careful: true }) };
    }),
    output: shape.output.map((column) => ({ ...column, type: storedTypeOf({ ...column, pii: piiOf(column.name) }) })),
  };
}

export interface RecordForm {
  readonly kind: FileSlice['format']['kind'];
  readonly dialect?: Dialect | undefined;
  /** in the file's order */
  readonly columns: Shape['columns'];
}

/** A bad record without its personal data. */
export function redactReject(reject: Reject, contract: readonly ContractColumn[], form: RecordForm): Reject {
  // What stands in place of the header of a file that is put aside is withheld already.
  if (reject.wholeFile) return reject;
  const raw = reject.rawTruncated ? undefined : maskedRaw(reject.raw, contract, form);
  const { rawTruncated: _cut, ...rest } = reject;
  return { ...rest, ...redact(contract, { ...reject, raw }) };
}

/** Undefined where it cannot be told which part of it is which column's. */
function maskedRaw(raw: string, contract: readonly ContractColumn[], form: RecordForm): string | undefined {
  switch (form.kind as string) {
    case 'csv':
      return form.dialect && maskedRecord(Buffer.from(raw), form.dialect, form.columns);
    case 'ndjson':
    case 'jsonArray':
    case 'parquet':
      return maskedObject(raw, contract);
    default:
      return undefined;
  }
}

function maskedRecord(bytes: Buffer, dialect: Dialect, columns: Shape['columns']): string | undefined {
  const record = readCsvRecord(bytes, 0, bytes.length, dialect, true);
  // Of a record with more fields or fewer nobody can tell which is which.
  if (record.kind !== 'record' || record.fields.length !== columns.length || record.next < bytes.length)
    return undefined;
  const pieces: string[] = [];
  let at = 0;
  for (const [index, { start, end }] of record.fields.entries()) {
    if (columns[index]!.pii === undefined || start === end) continue;
    pieces.push(bytes.toString('utf8', at, start), MASK);
    at = end;
  }
  return pieces.join('') + bytes.toString('utf8', at);
}

function maskedObject(raw: string, contract: readonly ContractColumn[]): string | undefined {
  const found = readMembers(raw);
  if ('reason' in found) return undefined;
  const members = [...found.members].flatMap(([name, value]) => {
    const column = contract.find((one) => matches(name, one));
    // What the contract does not know may hold anything.
    if (column === undefined) return [];
    const shown = column.pii === undefined || value === 'null' ? value : JSON.stringify(MASK);
    return [`${JSON.stringify(name)}:${shown}`];
  });
  return `{${members.join(',')}}`;
}
