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
import { COLUMNS } from './signatures';
import { checked, WrongCall, wrongCall } from './wrong-call';

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
  notNull(...none: []): Column<Values<NonNullable<V['given']>, NonNullable<V['read']>>, H> {
    // `.notNull(false)` would mean the contrary of what it does.
    const type = none.length === 0 ? this.type : asType(wrongCall(COLUMNS.notNull, none, 'it takes no arguments'));
    return new Column(type, false, this.isKey, this.header, this.protection);
  }

  /** The header (CSV) or member (NDJSON) that holds it. Not needed where only case, spaces and punctuation differ. */
  from<const F extends string>(header: F): Column<V, F> {
    return new Column(this.type, this.isNullable, this.isKey, header ?? ('' as F), this.protection);
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

/** A column goes on as one, so that its methods can be called; its type is refused with the definition. */
const asType = (wrong: WrongCall): ColumnType => wrong as unknown as ColumnType;
function refuse(wrong: WrongCall): Column {
  return new Column(asType(wrong));
}

type Declared<Given, Read> = Column<Values<Given | null | undefined, Read | null>, undefined>;
type Key<Given, Read> = Column<Values<Given, Read>, undefined>;

/** 64-bit signed integer. */
export const bigint = checked(
  COLUMNS.bigint,
  (): Declared<number | bigint | string, bigint> => new Column({ type: 'bigint' }),
  refuse,
);
/** 32-bit signed integer. */
export const integer = checked(
  COLUMNS.integer,
  (): Declared<number | bigint, number> => new Column({ type: 'integer' }),
  refuse,
);
/** Exact number of at most `precision` digits (1 to 38), `scale` of them after the point. A value with more is a bad row, never rounded. */
export const decimal = checked(
  COLUMNS.decimal,
  (precision: number, scale: number): Declared<number | bigint | string, string> =>
    new Column({ type: 'decimal', precision, scale }),
  refuse,
);
/** 64-bit floating point. */
export const double = checked(COLUMNS.double, (): Declared<number, number> => new Column({ type: 'double' }), refuse);
/** Text of at most `length` characters; longer is a bad row. Without `length`: as long as the target's longest. */
export const text = checked(
  COLUMNS.text,
  (length?: number): Declared<string, string> =>
    new Column(length === undefined ? { type: 'text' } : { type: 'text', length }),
  refuse,
);
/** true/false, yes/no, t/f, y/n, 1/0 in any case. */
export const boolean = checked(
  COLUMNS.boolean,
  (): Declared<boolean, boolean> => new Column({ type: 'boolean' }),
  refuse,
);
/** Calendar day, `2026-01-31`. */
export const date = checked(COLUMNS.date, (): Declared<Date | string, string> => new Column({ type: 'date' }), refuse);
/** Instant, kept in UTC. A value without an offset is in `timezone` (an IANA name; default UTC). */
export const timestamp = checked(
  COLUMNS.timestamp,
  (options: { timezone?: string } = {}): Declared<Date | string, string> =>
    new Column(
      options.timezone === undefined ? { type: 'timestamp' } : { type: 'timestamp', timezone: options.timezone },
    ),
  refuse,
);
/** A JSON document: `SUPER` in Redshift, `jsonb` in PostgreSQL. */
export const json = checked(COLUMNS.json, (): Declared<unknown, string> => new Column({ type: 'json' }), refuse);

const keyed =
  <A extends unknown[], Given, Read>(build: (...args: A) => Declared<Given, Read>) =>
  (...args: A): Key<Given, Read> => {
    const { type, header } = build(...args);
    return new Column(type instanceof WrongCall ? asType(type.of('key.')) : type, false, true, header);
  };

const noKey = (name: string) => () =>
  refuse(
    wrongCall({ ...COLUMNS.key, example: `key.${name}()` }, [], `a ${name} column identifies no row, so it is no key`),
  );

/** A column that is part of the source's key: never null. `key.bigint()`, `key.text(32)`, … */
export const key = {
  bigint: keyed(bigint),
  integer: keyed(integer),
  decimal: keyed(decimal),
  text: keyed(text),
  date: keyed(date),
  timestamp: keyed(timestamp),
  // What the editor does not offer, and JavaScript would call a TypeError.
  ...({ double: noKey('double'), boolean: noKey('boolean'), json: noKey('json') } as object),
};
