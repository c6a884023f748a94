import type { Client } from 'pg';
import { identifier, literal } from '../../postgres/client';
import type { CopyStatement } from '../copy-statement';
import { RedshiftError, UnsupportedLocally } from '../errors';

export interface TargetColumn {
  readonly name: string;
  /** PostgreSQL's, with its size: `character varying(10)`, `numeric(12,2)` */
  readonly type: string;
  readonly notNull: boolean;
  /** bytes of a VARCHAR or CHAR */
  readonly size?: number;
  readonly scale?: number;
}

export interface Target {
  /** quoted */
  readonly table: string;
  readonly tableId: number;
  readonly columns: readonly TargetColumn[];
  readonly columnList: string;
  /** EXPLICIT_IDS: values for an IDENTITY column */
  readonly overriding: boolean;
}

/** The columns that a COPY fills, as its own transaction sees them. */
export async function copyTarget(client: Client, { table, columns, options }: CopyStatement): Promise<Target> {
  const { rows } = await client.query<TargetColumn & { table: number; identity: boolean; modifier: number }>(
    `SELECT a.attrelid::int AS table, attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull", attidentity <> '' AS identity,
       atttypmod AS modifier
     FROM pg_catalog.pg_attribute a WHERE attrelid = to_regclass(${literal(table)}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  const first = rows[0];
  if (!first) throw new RedshiftError(`Cannot COPY into nonexistent table ${table.replaceAll('"', '')}`);
  const overriding = options.explicitIds;
  if (overriding && columns && !rows.some(({ name, identity }) => identity && columns.includes(name)))
    throw new RedshiftError('EXPLICIT_IDS needs the IDENTITY column in the list of columns');
  if (!overriding && !columns && rows.some(({ identity }) => identity)) {
    throw new UnsupportedLocally('COPY into a table with an IDENTITY column without a list of columns');
  }
  const chosen = (columns ?? rows.map(({ name }) => name)).map((name) => {
    const column = rows.find((row) => row.name === name);
    if (!column) throw new RedshiftError(`column "${name}" of relation "${table.replaceAll('"', '')}" does not exist`);
    if (column.identity && !overriding) throw new RedshiftError(`cannot set an identity column to a value`);
    return described(column);
  });
  const missing = rows.find(
    ({ name, notNull, identity }) => columns && notNull && !identity && !columns.includes(name),
  );
  if (missing && !(await hasDefault(client, first.table, missing.name))) {
    throw new RedshiftError(
      `Column list of COPY has to contain the NOT NULL column ${missing.name}, which has no default`,
    );
  }
  return {
    table,
    tableId: first.table,
    columns: chosen,
    columnList: chosen.map(({ name }) => identifier(name)).join(', '),
    overriding,
  };
}

function described({ name, type, notNull, modifier }: TargetColumn & { modifier: number }): TargetColumn {
  if (/^character/.test(type)) return { name, type, notNull, size: modifier - 4 };
  if (/^numeric/.test(type)) return { name, type, notNull, scale: (modifier - 4) & 0x7ff };
  return { name, type, notNull };
}

async function hasDefault(client: Client, table: number, column: string): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attname = $2 AND atthasdef',
    [table, column],
  );
  return rows.length > 0;
}
