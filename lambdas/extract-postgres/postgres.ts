/** PostgreSQL, read through a cursor: values are what the database itself prints, asked for in one spelling whatever its settings. */
import { Client, type QueryResult } from 'pg';
import type { ContractColumn } from '../../lib/tasks/common';
import type { ColumnKind, Engine, Row, Statement, TableColumn, TableReader, TakeRow } from '../shared/tables/engine';
import type { Login } from '../shared/tables/login';
import { explainPostgres, isLoginRefused } from './explain';

const CONNECT_TIMEOUT_MS = 15_000;
/** Characters that a fetch brings, about; two are in memory. */
const FETCH_CHARACTERS = 2 * 1024 * 1024;
const FIRST_FETCH_ROWS = 256;
const MOST_FETCH_ROWS = 20_000;

export const postgres: Engine = {
  kind: 'postgres',
  title: 'PostgreSQL',
  defaultPort: 5432,
  nullsFirst: ' NULLS FIRST',
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  placeholder: (position) => `$${position}`,
  read,
  finite: ({ kind }, quoted) => (kind === 'integer' ? undefined : `isfinite(${quoted})`),
  connect,
  isLoginRefused,
  explain: explainPostgres,
};

/** OIDs of pg_type, which never change. */
const BOOL = 16;
const FLOATS: ReadonlySet<number> = new Set([700, 701]);
const INTEGERS: ReadonlySet<number> = new Set([21, 23]);
const TYPES: Readonly<Record<number, readonly [type: string, kind: ColumnKind]>> = {
  20: ['bigint', 'integer'],
  21: ['smallint', 'integer'],
  23: ['integer', 'integer'],
  1082: ['date', 'date'],
  1114: ['timestamp', 'time'],
  1184: ['timestamptz', 'instant'],
  114: ['json', 'other'],
  3802: ['jsonb', 'other'],
  790: ['money', 'other'],
  700: ['real', 'other'],
};

/** Arrays and composites become JSON where the contract wants it; money without its currency sign. */
function read({ type }: TableColumn, contract: ContractColumn | undefined, quoted: string): string {
  const wanted = contract?.type.type;
  if (type === 'money') return `${quoted}::numeric`;
  // A float4 prints the fewest digits that lead back to it, which as a double are another number.
  if (type === 'real' && wanted === 'double') return `${quoted}::float8`;
  if (wanted === 'json' && type !== 'json' && type !== 'jsonb' && !TEXTUAL.has(type)) return `to_jsonb(${quoted})`;
  return quoted;
}

/** May hold a document as it is. */
const TEXTUAL: ReadonlySet<string> = new Set(['type 25', 'type 1043', 'type 1042']);

async function connect(login: Login): Promise<TableReader> {
  const client = new Client({
    host: login.host,
    port: login.port,
    user: login.username,
    password: login.password,
    database: login.database,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'stepwell',
    keepAlive: true,
    ...(login.authorities
      ? { ssl: { ca: [...login.authorities], rejectUnauthorized: true, minVersion: 'TLSv1.2' } }
      : {}),
    types: { getTypeParser: parserOf },
  });
  // Between two commands nobody else is told. Without a listener the process would end.
  let lost: unknown;
  client.on('error', (error) => {
    lost ??= error;
  });
  try {
    await client.connect();
    await client.query(
      "SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 1",
    );
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  const reader = readerOf(client);
  const orLost = (error: unknown): never => {
    throw lost ?? error;
  };
  return {
    columns: (from) => reader.columns(from).catch(orLost),
    one: (statement) => reader.one(statement).catch(orLost),
    rows: (statement, take) => reader.rows(statement, take).catch(orLost),
    close: reader.close,
  };
}

type Parser = (text: string) => unknown;

const asText: Parser = (text) => text;
const asNumber: Parser = (text) => {
  const number = Number(text);
  // NaN and Infinity: the rules judge the text.
  return Number.isFinite(number) ? number : text;
};
const asBoolean: Parser = (text) => text === 't';

const parserOf = ((oid: number): Parser =>
  oid === BOOL ? asBoolean : INTEGERS.has(oid) || FLOATS.has(oid) ? asNumber : asText) as never;

function readerOf(client: Client): TableReader {
  return {
    async columns(from) {
      const { fields } = await client.query(`SELECT * FROM ${from} LIMIT 0`);
      return fields.map(({ name, dataTypeID }): TableColumn => {
        const [type, kind] = TYPES[dataTypeID] ?? [`type ${dataTypeID}`, 'other'];
        return { name, type, kind };
      });
    },
    async one(statement) {
      const { rows } = await client.query(queryOf(statement));
      return Object.fromEntries(
        Object.entries(rows[0] ?? {}).map(([name, value]) => [name, value === null ? null : String(value)]),
      );
    },
    rows: (statement, take) => fetchRows(client, statement, take),
    close: () => client.end(),
  };
}

/** The next rows are on their way while these are written. */
async function fetchRows(client: Client, { sql, values }: Statement, take: TakeRow): Promise<void> {
  await client.query(queryOf({ sql: `DECLARE stepwell NO SCROLL CURSOR FOR ${sql}`, values }));
  let count = FIRST_FETCH_ROWS;
  const fetch = (): Promise<QueryResult> => {
    const result = client.query(`FETCH ${count} FROM stepwell`);
    // Whoever waits for it gets the error.
    result.catch(() => {});
    return result;
  };
  for (let next = fetch(); ; ) {
    const { rows } = await next;
    if (rows.length === 0) return;
    count = Math.min(Math.max(1, Math.floor(FETCH_CHARACTERS / charactersOf(rows))), count * 8, MOST_FETCH_ROWS);
    next = fetch();
    for (const row of rows as Row[]) {
      const answer = take(row);
      if (answer === false) return;
      if (answer) await answer;
    }
  }
}

/** Of a row on average, by a sample. */
function charactersOf(rows: readonly Row[]): number {
  const step = Math.ceil(rows.length / 64);
  let characters = 0;
  let sampled = 0;
  for (let index = 0; index < rows.length; index += step, sampled++) {
    for (const value of Object.values(rows[index]!)) characters += typeof value === 'string' ? value.length + 16 : 16;
  }
  return characters / sampled;
}

const queryOf = ({ sql, values }: Statement) => ({ text: sql, values: values.map(String) });
