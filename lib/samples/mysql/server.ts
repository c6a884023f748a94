/**
 * Sample tables over the MySQL protocol, for a machine without MySQL: sample data, on 127.0.0.1 only. DuckDB answers the SELECTs that
 * the extract task sends; it is no MySQL, and says so.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api';
import { createServer } from 'mysql2';
import { SampleDatabaseError, translate } from './translate';

interface SampleLogin {
  readonly username: string;
  readonly password: string;
  readonly dbname: string;
}

export interface SampleDatabase {
  /** what the secret of a source says */
  readonly secret: SampleLogin & { readonly host: string; readonly port: number; readonly ssl: false };
  close(): Promise<void>;
}

export interface SampleDatabaseOptions {
  readonly dbname: string;
  /** DuckDB's statements that make them */
  readonly tables: readonly string[];
  /** DuckDB's statements that bring in what has come since they were last asked for; at each login */
  readonly arrivals?: () => readonly string[];
  /** default: any that is free */
  readonly port?: number;
}

const VERSION = '8.0.0-stepwell-sample-data';
const UTF8MB4 = 45;
/** Protocol 4.1, transactions, login by challenge; no TLS, no EOF-less results. */
const CAPABILITIES = 0x0000_0001 | 0x0000_0008 | 0x0000_0200 | 0x0000_2000 | 0x0000_8000 | 0x0008_0000;

/** What mysql2's server side has, and its types leave out. */
interface Wire {
  readonly stream: Socket;
  on(event: string, listener: (...values: string[]) => void): void;
  serverHandshake(options: object): void;
  writeOk(): void;
  writeError(error: { code: number; message: string }): void;
  writeColumns(columns: readonly object[]): void;
  writeTextRow(row: readonly (string | null)[]): void;
  writeEof(): void;
  /** packets are counted anew from each command on */
  _resetSequenceId(): void;
}

interface Login {
  readonly user: string;
  readonly database?: string;
  readonly authPluginData1: Buffer;
  readonly authPluginData2: Buffer;
  readonly authToken: Buffer;
}

export async function startSampleDatabase({
  dbname,
  tables,
  arrivals = () => [],
  port = 0,
}: SampleDatabaseOptions): Promise<SampleDatabase> {
  const database = await DuckDBInstance.create(':memory:');
  const setup = await database.connect();
  for (const statement of tables) await setup.run(statement);
  await setup.run('SET enable_external_access = false');
  await setup.run('SET lock_configuration = true');

  const login: SampleLogin = { username: 'sample', password: randomBytes(12).toString('hex'), dbname };
  let upToDate = Promise.resolve();
  // One after another: whoever comes second waits for what the first one brings in.
  const bringIn = () => {
    upToDate = upToDate.then(async () => {
      for (const statement of arrivals()) await setup.run(statement);
    });
    return upToDate;
  };
  const sockets = new Set<Socket>();
  const server = createServer((connection) => {
    const wire = connection as unknown as Wire;
    sockets.add(wire.stream);
    wire.stream.once('close', () => sockets.delete(wire.stream));
    // Whoever has come may go at any time, also before the first word.
    wire.on('error', () => wire.stream.destroy());
    bringIn()
      .then(() => (wire.stream.destroyed ? undefined : serve(wire, database, login)))
      .catch(() => wire.stream.destroy());
  });
  const net = (server as unknown as { _server: NetServer })._server;
  await new Promise<void>((resolve, reject) => {
    net.once('error', reject);
    net.listen(port, '127.0.0.1', resolve);
  });
  return {
    secret: { host: '127.0.0.1', port: (net.address() as AddressInfo).port, ...login, ssl: false },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => net.close(() => resolve()));
      setup.closeSync();
      database.closeSync();
    },
  };
}

async function serve(wire: Wire, database: DuckDBInstance, known: SampleLogin): Promise<void> {
  const duckdb = await database.connect();
  wire.stream.once('close', () => duckdb.closeSync());
  const answer = (text: string) => {
    respond(wire, duckdb, text, known.dbname)
      .catch((error: Error) => {
        if (wire.stream.destroyed) return;
        const { code, message } =
          error instanceof SampleDatabaseError ? error : SampleDatabaseError.of(error, known.dbname);
        wire.writeError({ code, message });
      })
      .finally(() => wire._resetSequenceId());
  };
  wire.on('query', answer);
  wire.on('stmt_prepare', answer);
  wire.on('quit', () => wire.stream.end());
  wire.serverHandshake({
    protocolVersion: 10,
    serverVersion: VERSION,
    connectionId: 1,
    statusFlags: 2,
    characterSet: UTF8MB4,
    capabilityFlags: CAPABILITIES,
    authCallback: (login: Login, done: (error: null, refusal?: { code: number; message: string }) => void) => {
      const refusal = refuse(login, known);
      done(null, refusal);
      wire._resetSequenceId();
    },
  });
}

function refuse(
  login: Login,
  { username, password, dbname }: SampleLogin,
): { code: number; message: string } | undefined {
  const scramble = Buffer.concat([login.authPluginData1, login.authPluginData2]);
  if (login.user !== username || !login.authToken.equals(nativePassword(password, scramble))) {
    const using = login.authToken.length > 0 ? 'YES' : 'NO';
    return { code: 1045, message: `Access denied for user '${login.user}' (using password: ${using})` };
  }
  if (login.database && login.database !== dbname) {
    return { code: 1049, message: `Unknown database '${login.database}'` };
  }
  return undefined;
}

/** As `mysql_native_password` proves that both know the password. */
function nativePassword(password: string, scramble: Buffer): Buffer {
  const sha1 = (...parts: (string | Buffer)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();
  const once = sha1(password);
  const mask = sha1(scramble, sha1(once));
  return Buffer.from(once.map((byte, index) => byte ^ mask[index]!));
}

async function respond(wire: Wire, duckdb: DuckDBConnection, text: string, schema: string): Promise<void> {
  if (/^\s*(SET|START|BEGIN|COMMIT|ROLLBACK|USE)\b/i.test(text)) return wire.writeOk();
  const result = await duckdb.stream(translate(text));
  wire.writeColumns(columnsOf(result, schema));
  for await (const rows of result.yieldRowsJson()) {
    for (const row of rows) wire.writeTextRow(row.map(textOf));
    if (wire.stream.writableNeedDrain) await drained(wire.stream);
    if (wire.stream.destroyed) return;
  }
  wire.writeEof();
}

const textOf = (value: unknown): string | null =>
  value === null ? null : value === true ? '1' : value === false ? '0' : String(value);

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.once('drain', go).once('close', go);
  });

/** Numbers of MySQL's types, by the names of DuckDB's. */
const TYPES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  SMALLINT: 2,
  INTEGER: 3,
  BIGINT: 8,
  HUGEINT: 246,
  DOUBLE: 5,
  DECIMAL: 246,
  DATE: 10,
  TIMESTAMP: 12,
  JSON: 245,
};
const VARCHAR = 253;

function columnsOf(result: DuckDBResult, schema: string): object[] {
  return result.columnNames().map((name, index) => {
    const type = String(result.columnType(index)).replace(/\(.*/, '');
    return {
      catalog: 'def',
      schema,
      table: '',
      orgTable: '',
      name,
      orgName: name,
      characterSet: UTF8MB4,
      columnLength: 255,
      columnType: TYPES[type] ?? VARCHAR,
      flags: 0,
      decimals: 0,
    };
  });
}
