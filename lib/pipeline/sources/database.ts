import type { BadRowLimits, OnDrift } from '../../tasks/common';
import type { MysqlConfig } from '../../tasks/extract-rows';
import type { Column } from '../columns';
import type { Cursor, Network, RowSource } from '../types';
import { optionsOf } from './options';

interface CommonOptions {
  /**
   * The name of a secret: `shop-db` is `stepwell/shop-db` in Secrets Manager, with host, port, username, password, dbname and maybe
   * `ssl` (true, or `{ "ca": "-----BEGIN CERTIFICATE-----…" }`).
   */
  secret: string;
  /** by the names of the database, in any spelling: `OrderId` is `order_id` */
  columns: Readonly<Record<string, Column>>;
  /** the column that says when a row last changed: each run reads the rows of its interval only */
  cursor?: string | Cursor;
  /** read in ranges of this column, side by side: a whole number, a date or a time, with an index, best the primary key */
  partitionBy?: string;
  /** ranges of `partitionBy`; default 4 */
  partitions?: number;
  /** this share of the ranges of `partitionBy` may fail, 0 to 1: the run is then partial. Default 0 */
  tolerate?: number;
  /** what happens when the table's columns are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** memory of the extract function; default 1024 */
  memoryMb?: number;
  /** the VPC in which the database can be reached */
  network?: Network;
}

export type DatabaseOptions = CommonOptions &
  (
    | { /** `sales`, or `shop.sales` */ table: string; query?: undefined }
    | { /** one SELECT */ query: string; table?: undefined }
  );

const DEFAULT_PARTITIONS = 4;

/** Rows of a table, or of a query, of MySQL or MariaDB. */
export const mysql = (options: DatabaseOptions): RowSource => database('mysql', options);

/** Rows of a table, or of a query, of PostgreSQL. (`postgres` is the sink.) */
export const postgresTable = (options: DatabaseOptions): RowSource => database('postgres', options);

function database(kind: MysqlConfig['kind'] | 'postgres', options: DatabaseOptions): RowSource {
  // A misspelt option must reach validation: only what is missing is filled in.
  const { secret, table, query, partitionBy, partitions, cursor, ...rest } = optionsOf(options);
  return {
    kind,
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    memoryMb: 1024,
    ...rest,
    ...(cursor === undefined ? {} : { cursor: typeof cursor === 'string' ? { column: cursor } : cursor }),
    config: {
      kind,
      secret,
      ...(table === undefined ? {} : { table }),
      ...(query === undefined ? {} : { query }),
      ...(partitionBy === undefined ? {} : { partitionBy }),
      partitions: partitions ?? (partitionBy === undefined ? 1 : DEFAULT_PARTITIONS),
    },
  };
}

/** For "did you mean". */
export const DATABASE_OPTIONS = [
  'secret',
  'table',
  'query',
  'columns',
  'cursor',
  'partitionBy',
  'partitions',
  'tolerate',
  'onDrift',
  'onBadRow',
  'memoryMb',
  'network',
];
