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

/** One declared column. Immutable: each method returns a new one. Nullable unless it says otherwise. */
export class Column {
  readonly kind = 'column';

  constructor(
    readonly type: ColumnType,
    readonly isNullable = true,
    readonly isKey = false,
    readonly header?: string,
  ) {}

  /** An empty value makes the row a bad row. */
  notNull(): Column {
    return new Column(this.type, false, this.isKey, this.header);
  }

  /** The header (CSV) or member (NDJSON) that holds it. Not needed where only case, spaces and punctuation differ. */
  from(header: string): Column {
    return new Column(this.type, this.isNullable, this.isKey, header);
  }
}

/** 64-bit signed integer. */
export const bigint = (): Column => new Column({ type: 'bigint' });
/** 32-bit signed integer. */
export const integer = (): Column => new Column({ type: 'integer' });
/** Exact number of at most `precision` digits (1 to 38), `scale` of them after the point. A value with more is a bad row, never rounded. */
export const decimal = (precision: number, scale: number): Column => new Column({ type: 'decimal', precision, scale });
/** 64-bit floating point. */
export const double = (): Column => new Column({ type: 'double' });
/** Text of at most `length` characters; longer is a bad row. Without `length`: as long as the target's longest. */
export const text = (length?: number): Column =>
  new Column(length === undefined ? { type: 'text' } : { type: 'text', length });
/** true/false, yes/no, t/f, y/n, 1/0 in any case. */
export const boolean = (): Column => new Column({ type: 'boolean' });
/** Calendar day, `2026-01-31`. */
export const date = (): Column => new Column({ type: 'date' });
/** Instant, kept in UTC. A value without an offset is in `timezone` (an IANA name; default UTC). */
export const timestamp = (options: { timezone?: string } = {}): Column =>
  new Column(
    options.timezone === undefined ? { type: 'timestamp' } : { type: 'timestamp', timezone: options.timezone },
  );
/** A JSON document: `SUPER` in Redshift, `jsonb` in PostgreSQL. */
export const json = (): Column => new Column({ type: 'json' });

const asKey = (column: Column): Column => new Column(column.type, false, true, column.header);

/** A column that is part of the source's key: never null. `key.bigint()`, `key.text(32)`, … */
export const key = {
  bigint: () => asKey(bigint()),
  integer: () => asKey(integer()),
  decimal: (precision: number, scale: number) => asKey(decimal(precision, scale)),
  text: (length?: number) => asKey(text(length)),
  date: () => asKey(date()),
  timestamp: (options?: { timezone?: string }) => asKey(timestamp(options)),
} as const;
