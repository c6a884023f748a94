/** MySQL and MariaDB, read by the text protocol: its values are what the database itself would print. */
import { type Connection, createConnection, type FieldPacket, type QueryError, Types } from 'mysql2';
import type { ContractColumn } from '../../lib/tasks/common';
import type { ColumnKind, Engine, Row, Statement, TableColumn, TableReader, TakeRow } from '../shared/tables/engine';
import type { Login } from '../shared/tables/login';
import { explainMysql, isLoginRefused } from './explain';

const CONNECT_TIMEOUT_MS = 15_000;

export const mysql: Engine = {
  kind: 'mysql',
  title: 'MySQL',
  defaultPort: 3306,
  nullsFirst: '',
  quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
  placeholder: () => '?',
  read,
  finite: ({ kind }, quoted) => (kind === 'integer' ? undefined : `${quoted} >= '1000-01-01'`),
  connect,
  isLoginRefused,
  explain: explainMysql,
};

/** By number where a text would round, or is raw bits; with its offset where a reader would take it for another zone's. */
function read({ type }: TableColumn, contract: ContractColumn | undefined, quoted: string): string {
  if (type === 'BIT') return `${quoted} + 0`;
  // A float prints six digits of the seven to nine that it has.
  if (type === 'FLOAT' && contract?.type.type === 'double') return `${quoted} + 0e0`;
  if (type === 'TIMESTAMP' && contract?.type.type === 'timestamp' && contract.type.timezone) {
    return `CONCAT(${quoted}, '+00:00')`;
  }
  return quoted;
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  TINY: 'integer',
  SHORT: 'integer',
  INT24: 'integer',
  LONG: 'integer',
  LONGLONG: 'integer',
  YEAR: 'integer',
  DATE: 'date',
  NEWDATE: 'date',
  DATETIME: 'time',
  DATETIME2: 'time',
  TIMESTAMP: 'instant',
  TIMESTAMP2: 'instant',
  GEOMETRY: 'unreadable',
  VECTOR: 'unreadable',
};
const TYPE_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Types).flatMap(([name, number]) => (typeof number === 'number' ? [[number, name]] : [])),
);

async function connect(login: Login): Promise<TableReader> {
  const connection = createConnection({
    host: login.host,
    port: login.port,
    user: login.username,
    password: login.password,
    database: login.database,
    charset: 'utf8mb4',
    connectTimeout: CONNECT_TIMEOUT_MS,
    dateStrings: true,
    supportBigNumbers: true,
    jsonStrings: true,
    // A server could ask for files of the function's.
    flags: ['-LOCAL_FILES'],
    ...(login.authorities
      ? { ssl: { ca: [...login.authorities], rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' } }
      : {}),
  });
  // The commands that fail say so themselves; without a listener the process would end.
  connection.on('error', () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    await run(connection, "SET SESSION time_zone = '+00:00', net_write_timeout = 600");
    await run(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await run(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return readerOf(connection);
}

function readerOf(connection: Connection): TableReader {
  return {
    async columns(from) {
      const { fields } = await run(connection, `SELECT * FROM ${from} LIMIT 0`);
      return fields.map(({ name, columnType }): TableColumn => {
        const type = TYPE_NAMES[columnType!] ?? `type ${columnType}`;
        return { name, type, kind: KINDS[type] ?? 'other' };
      });
    },
    async one(statement) {
      const { rows } = await run(connection, statement.sql, statement.values);
      return Object.fromEntries(
        Object.entries(rows[0] ?? {}).map(([name, value]) => [name, value === null ? null : String(value)]),
      );
    },
    rows: (statement, take) => streamRows(connection, statement, take),
    // Nothing is to be committed, and rows that are still on their way are not wanted.
    close: async () => connection.destroy(),
  };
}

interface Result {
  readonly rows: Record<string, unknown>[];
  readonly fields: FieldPacket[];
}

function run(connection: Connection, sql: string, values: Statement['values'] = []): Promise<Result> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, values: [...values] }, (error: QueryError | null, rows, fields) => {
      if (error) reject(error);
      else resolve({ rows: rows as Record<string, unknown>[], fields: fields ?? [] });
    });
  });
}

/** By events: a stream, and its iterator, would cost a third of the speed. The connection pauses while a row is waited for. */
function streamRows(connection: Connection, { sql, values }: Statement, take: TakeRow): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = (settle: () => void) => {
      isOver = true;
      connection.off('error', fail);
      settle();
    };
    const fail = (error: unknown) => {
      if (!isOver) end(() => reject(error));
    };
    // A lost connection says so itself; the query, having no callback, is not told.
    connection.on('error', fail);
    const query = connection.query({ sql, values: [...values] });
    query.on('error', fail);
    query.on('result', (row: unknown) => {
      if (isOver) return;
      try {
        const answer = take(row as Row);
        if (answer === undefined) return;
        if (answer === false) {
          connection.pause();
          end(resolve);
          return;
        }
        connection.pause();
        answer.then(() => connection.resume(), fail);
      } catch (error) {
        fail(error);
      }
    });
    query.on('end', () => {
      if (!isOver) end(resolve);
    });
  });
}
