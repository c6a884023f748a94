/**
 * The columns of a contract.
 *
 * @example
 * columns: {
 *   order_id: key.bigint(),
 *   placed_at: timestamp({ timezone: 'America/New_York' }).from('Created at'),
 *   total: decimal(12, 2).notNull(),
 *   note: text(),
 * }
 */
import type { ColumnType } from '../tasks/common';
import type { Pii } from '../tasks/pii';

/**
 * What rows of TypeScript hold for a column: `given` is what may be written into it, `read` what a row function finds there. A number
 * whose digits a double would change is a bigint or text, an instant is ISO text with all of its microseconds.
 */
export interface Values<Given = unknown, Read = unknown> {
  readonly given: Given;
  readonly read: Read;
}

/**
 * One declared column. Immutable: each method returns a new one. Nullable unless it says otherwise. `H` is the member that it is read
 * from, where that is not the column's name.
 */
export class Column<V extends Values = Values, H extends string | undefined = string | undefined> {
  readonly kind = 'column';
  /** of types only */
  declare readonly values?: V;

  constructor(
    readonly type: ColumnType,
    readonly isNullable = true,
    readonly isKey = false,
    readonly header?: H,
    readonly protection?: Pii,
  ) {}

  /** An empty value makes the row a bad row. */
  notNull(): Column<Values<NonNullable<V['given']>, NonNullable<V['read']>>, H> {
    return new Column(this.type, false, this.isKey, this.header, this.protection);
  }

  /** The header (CSV) or member (NDJSON) that holds it. Not needed where only case, spaces and punctuation differ. */
  from<const F extends string>(header: F): Column<V, F> {
    return new Column(this.type, this.isNullable, this.isKey, header, this.protection);
  }

  /**
   * Personal data: what the contract judges is the value; what is staged, and what models, checks and targets see, is a text in its
   * place. `mask`: `***`. `hash`: 64 hex digits, the same for the same value, so that rows can still be joined and counted by it; made
   * by the key in the secret `stepwell/<pipeline>-pii`. NULL stays NULL.
   *
   * @example columns: { customer_id: key.bigint().pii('hash'), email: text(200).pii('hash'), phone: text(30).pii('mask') }
   */
  pii(mode: Pii): Column<Values<V['given'], string | Extract<V['read'], null>>, H> {
    return new Column(this.type, this.isNullable, this.isKey, this.header, mode ?? ('' as Pii));
  }
}

type Declared<Given, Read> = Column<Values<Given | null | undefined, Read | null>, undefined>;
type Key<Given, Read> = Column<Values<Given, Read>, undefined>;

/** 64-bit signed integer. */
export const bigint = (): Declared<number | bigint | string, bigint> => new Column({ type: 'bigint' });
/** 32-bit signed integer. */
export const integer = (): Declared<number | bigint, number> => new Column({ type: 'integer' });
/** Exact number of at most `precision` digits (1 to 38), `scale` of them after the point. A value with more is a bad row, never rounded. */
export const decimal = (precision: number, scale: number): Declared<number | bigint | string, string> =>
  new Column({ type: 'decimal', precision, scale });
/** 64-bit floating point. */
export const double = (): Declared<number, number> => new Column({ type: 'double' });
/** Text of at most `length` characters; longer is a bad row. Without `length`: as long as the target's longest. */
export const text = (length?: number): Declared<string, string> =>
  new Column(length === undefined ? { type: 'text' } : { type: 'text', length });
/** true/false, yes/no, t/f, y/n, 1/0 in any case. */
export const boolean = (): Declared<boolean, boolean> => new Column({ type: 'boolean' });
/** Calendar day, `2026-01-31`. */
export const date = (): Declared<Date | string, string> => new Column({ type: 'date' });
/** Instant, kept in UTC. A value without an offset is in `timezone` (an IANA name; default UTC). */
export const timestamp = (options: { timezone?: string } = {}): Declared<Date | string, string> =>
  new Column(
    options.timezone === undefined ? { type: 'timestamp' } : { type: 'timestamp', timezone: options.timezone },
  );
/** A JSON document: `SUPER` in Redshift, `jsonb` in PostgreSQL. */
export const json = (): Declared<unknown, string> => new Column({ type: 'json' });

const asKey = <Given, Read>({ type, header }: Declared<Given, Read>): Key<Given, Read> =>
  new Column(type, false, true, header);

/** A column that is part of the source's key: never null. `key.bigint()`, `key.text(32)`, … */
export const key = {
  bigint: () => asKey(bigint()),
  integer: () => asKey(integer()),
  decimal: (precision: number, scale: number) => asKey(decimal(precision, scale)),
  text: (length?: number) => asKey(text(length)),
  date: () => asKey(date()),
  timestamp: (options?: { timezone?: string }) => asKey(timestamp(options)),
} as const;
