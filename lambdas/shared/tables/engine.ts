/** What reading a table takes of a database; the rest is the same for all of them. */
import type { ContractColumn } from '../../../lib/tasks/common';
import type { Login } from './login';

/**
 * What a column can be compared with. `time`: as a clock on the wall shows it; `instant`: a point in time, read in UTC.
 * `unreadable`: has no text that a contract could hold.
 */
export type ColumnKind = 'integer' | 'date' | 'time' | 'instant' | 'other' | 'unreadable';

export interface TableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** as the database calls it, for messages and for `Engine.read` */
  readonly type: string;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number | bigint)[];
}

export type Row = Readonly<Record<string, unknown>>;
/** False: no more rows are wanted. A promise: no row comes before it is resolved. */
export type TakeRow = (row: Row) => void | false | Promise<void>;

/** A connection within a read-only transaction, which sees the database as it was when it began. */
export interface TableReader {
  /** `from`: a quoted table, or a query in parentheses */
  columns(from: string): Promise<readonly TableColumn[]>;
  /** the one row of a statement, as texts */
  one(statement: Statement): Promise<Readonly<Record<string, string | null>>>;
  /** each row in turn, in bounded memory */
  rows(statement: Statement, take: TakeRow): Promise<void>;
  close(): Promise<void>;
}

export interface Engine {
  readonly kind: 'mysql' | 'postgres';
  readonly title: string;
  readonly defaultPort: number;
  quote(identifier: string): string;
  placeholder(position: number): string;
  /** after ORDER BY's column: NULL comes first */
  readonly nullsFirst: string;
  /** What to select for a column, so that its text says exactly what is stored; `quoted`: the column itself. */
  read(column: TableColumn, contract: ContractColumn | undefined, quoted: string): string;
  /** Beside which values a key's lowest and highest mean nothing (zero dates, infinity); undefined: there are none. */
  finite(column: TableColumn, quoted: string): string | undefined;
  connect(login: Login): Promise<TableReader>;
  isLoginRefused(error: unknown): boolean;
  /** The driver's error as one that says what to do, in the right class of retry. Errors of ours stay as they are. */
  explain(error: unknown, place: Place): unknown;
}

/** For messages. */
export interface Place {
  readonly source: string;
  readonly secret: string;
  /** `table sales`, or `the query` */
  readonly what: string;
}
