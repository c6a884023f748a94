/** What is in a table of a database: its columns, its newest rows, how many there are. As the pipeline's own user, who owns it. */
import { DescribeTableCommand, RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { type Cell, type Column, MOST_OF_CELL, MOST_OF_PIECE, type Piece, type Rows } from './cells';
import type { Connection, Deployed } from './connection';
import { DATABASE, type DatabaseName, runQuery, secretOf } from './database-query';
import { Refused, UserError } from './errors';

export interface DatabaseTable {
  readonly database: DatabaseName;
  readonly pipeline: string;
  readonly schema: string;
  readonly table: string;
}

/** Empty: there is no such table yet. */
export async function columnsOf(connection: Connection, stacks: Deployed, at: DatabaseTable): Promise<Column[]> {
  return at.database === 'redshift' ? redshiftColumns(connection, stacks, at) : auroraColumns(connection, stacks, at);
}

async function redshiftColumns({ client }: Connection, stacks: Deployed, at: DatabaseTable): Promise<Column[]> {
  const data = new RedshiftDataClient(client);
  const found: Column[] = [];
  let NextToken: string | undefined;
  do {
    const page = await data.send(
      new DescribeTableCommand({
        WorkgroupName: stacks.foundation.RedshiftWorkgroupName!,
        SecretArn: secretOf(stacks, at),
        Database: DATABASE,
        Schema: at.schema,
        Table: at.table,
        NextToken,
      }),
    );
    for (const { name, typeName = '', length = 0, precision = 0, scale = 0, nullable } of page.ColumnList ?? []) {
      const size =
        typeName === 'numeric' ? `(${precision},${scale})` : length > 0 && SIZED.test(typeName) ? `(${length})` : '';
      found.push({ name: name!, type: `${typeName}${size}`, nullable: nullable !== 0 });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

const SIZED = /char/;

async function auroraColumns(connection: Connection, stacks: Deployed, at: DatabaseTable): Promise<Column[]> {
  const { rows } = await runQuery(
    connection,
    stacks,
    at,
    `SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_attribute a
       WHERE a.attrelid = to_regclass(${literal(nameOf(at))}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  );
  return rows.map(([name, type, required]) => ({
    name: String(name),
    type: String(type),
    nullable: required !== true,
  }));
}

/** What the last load has brought comes first. */
export async function newestRows(
  connection: Connection,
  stacks: Deployed,
  at: DatabaseTable,
  limit: number,
): Promise<Rows> {
  const columns = await columnsOf(connection, stacks, at);
  if (columns.length === 0) return { columns, rows: [] };
  const texts = columns.filter(({ type }) => isText(type));
  const most = Math.max(
    MOST_IN_CROWD,
    Math.min(MOST_OF_CELL, Math.floor(MOST_OF_ANSWER / (limit * (texts.length || 1)))),
  );
  const shown = columns.map(({ name, type }) => (isText(type) ? `left(${asText(name, type)}, ${most})` : quoted(name)));
  const marks = texts.map(
    ({ name, type }) =>
      `CASE WHEN length(${asText(name, type)}) > ${most} THEN length(${asText(name, type)})::varchar || ':' || md5(${asText(name, type)}) END`,
  );
  const order = ['_loaded_at', '_arrival'].filter((name) => columns.some((column) => column.name === name));
  const aliased = [...shown, ...marks].map((expression, index) => `${expression} AS c${index}`);
  const sql = `SELECT ${aliased.join(', ')} FROM ${nameOf(at)}${order.length === 0 ? '' : ` ORDER BY ${order.map((name) => `${quoted(name)} DESC`).join(', ')}`} LIMIT ${limit}`;
  const { rows } = await runQuery(connection, stacks, at, sql);
  return {
    columns,
    rows: rows.map((row) =>
      columns.map(({ name }, index): Cell => {
        const value = row[index] ?? null;
        const mark = texts.findIndex((one) => one.name === name);
        const [length, md5] = mark < 0 ? [] : String(row[columns.length + mark] ?? '').split(':');
        return md5 === undefined
          ? value
          : { cut: String(value), length: Number(length), whole: { column: name, length: length!, md5 } };
      }),
    ),
  };
}

/** Shared by the texts of an answer, of which the Data API of Aurora gives 1 MB at most; a character has up to four bytes. */
const MOST_OF_ANSWER = 200_000;
const MOST_IN_CROWD = 40;

/** A long value, found by its hash: whichever row holds it, it is the same. @throws {Refused} where no row holds it any longer */
export async function cellOfTable(
  connection: Connection,
  stacks: Deployed,
  at: DatabaseTable,
  wanted: { readonly column: string; readonly length: number; readonly md5: string; readonly from: number },
): Promise<Piece> {
  const column = (await columnsOf(connection, stacks, at)).find(({ name }) => name === wanted.column);
  if (column === undefined) throw new Refused(`${at.schema}.${at.table} has no column '${wanted.column}'.`);
  const text = asText(column.name, column.type);
  const { rows } = await runQuery(
    connection,
    stacks,
    at,
    `SELECT substring(${text}, ${wanted.from + 1}, ${MOST_OF_PIECE}) FROM ${nameOf(at)} WHERE length(${text}) = ${wanted.length} AND md5(${text}) = ${literal(wanted.md5)} LIMIT 1`,
  );
  const piece = rows[0]?.[0];
  if (piece === undefined || piece === null)
    throw new Refused(`No row of ${at.schema}.${at.table} holds this value any longer. Look at the rows again.`);
  const end = wanted.from + MOST_OF_PIECE;
  return {
    text: String(piece),
    from: wanted.from,
    length: wanted.length,
    ...(end < wanted.length ? { next: end } : {}),
  };
}

/** Undefined: there is no such table yet. */
export async function countRows(
  connection: Connection,
  stacks: Deployed,
  at: DatabaseTable,
): Promise<number | undefined> {
  try {
    const { rows } = await runQuery(connection, stacks, at, `SELECT count(*) AS n FROM ${nameOf(at)}`);
    return Number(rows[0]?.[0] ?? 0);
  } catch (error) {
    if (error instanceof UserError && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

const isText = (type: string): boolean => /^(text|character|varchar|bpchar|char|json|jsonb|super)\b/.test(type);

function asText(name: string, type: string): string {
  if (type === 'super') return `json_serialize(${quoted(name)})`;
  return type.startsWith('json') ? `${quoted(name)}::text` : quoted(name);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const nameOf = ({ schema, table }: DatabaseTable): string => `${quoted(schema)}.${quoted(table)}`;
