/** What quarantine, logs and mails may keep of a bad row where columns are personal data. */
import type { ContractColumn } from '../../../lib/tasks/common';
import { MASK } from '../../../lib/tasks/pii';
import { matches } from './match-header';
import { typeName } from './type-names';

export const WITHHELD = '(withheld: it may hold personal data; the row is where it was read)';

export interface Redacted {
  readonly reason: string;
  readonly raw: string;
  /** columns whose values are masked in `raw` */
  readonly redacted?: string[];
  /** nothing of the row is kept */
  readonly withheld?: true;
}

export interface BadRow {
  /** in the contract */
  readonly column: string | null;
  readonly reason: string;
  /** undefined: nobody can tell which part of it is which column's */
  readonly raw: string | undefined;
}

/** `raw` has its personal data masked already. */
export function redact(columns: readonly ContractColumn[], { column, reason, raw }: BadRow): Redacted {
  const names = columns.flatMap(({ name, pii }) => (pii === undefined ? [] : [name]));
  const safe = withoutValue(columns, column, reason);
  return raw === undefined ? { reason: safe, raw: WITHHELD, withheld: true } : { reason: safe, raw, redacted: names };
}

/** These say nothing of the value. */
const PLAIN =
  /^(the (key|value|text) (is|has)|the text is not valid UTF-8|the member '|a quotation mark is|text follows the closing|the record )/;

/** A reason shows the value that it is about. */
function withoutValue(columns: readonly ContractColumn[], name: string | null, reason: string): string {
  const column = columns.find((one) => one.name === name);
  if (column?.pii === undefined || PLAIN.test(reason)) return reason;
  return `the value does not fit ${typeName(column.type)}`;
}

/** A database quotes the value that it has stumbled over: `invalid input syntax for type integer: "7 pcs"`. */
export function withoutQuotedValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error.message.replace(/(: )(["']).*\2/gs, `$1$2${MASK}$2`);
  // A log shows it as well.
  error.cause = undefined;
  return error;
}

/** Of a row that came as an object: the members of the contract, as JSON values, those of personal data masked. */
export function knownMembers(
  columns: readonly ContractColumn[],
  row: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    const column = columns.find((one) => matches(name, one));
    // What the contract does not know may hold anything.
    if (column) known[name] = column.pii === undefined || value === null || value === undefined ? value : MASK;
  }
  return known;
}
