import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../../lib/local/free-port';
import { type PostgresServer, startPostgres } from '../../../lib/local/postgres/server';

const state = mkdtempSync(join(tmpdir(), 'stepwell-postgres-'));
const postmaster = () => Number(readFileSync(join(dataDir(), 'postmaster.pid'), 'utf8').split('\n')[0]);
const dataDir = () => join(JSON.parse(readFileSync(join(state, 'postgres/settings.json'), 'utf8')).home, 'data');
let server: PostgresServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

async function query(sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: server!.adminUrl() });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('it is a real PostgreSQL 18 in UTC and UTF-8 that makes commits durable and listens on 127.0.0.1 only', async () => {
  server = await startPostgres({ stateDir: state });

  const settings =
    'SELECT name, setting FROM pg_settings WHERE name = ANY (\'{fsync,synchronous_commit,TimeZone,server_encoding,listen_addresses,unix_socket_directories}\') ORDER BY name COLLATE "C"';
  expect(await query(settings)).toEqual([
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'fsync', setting: 'on' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'synchronous_commit', setting: 'on' },
    { name: 'unix_socket_directories', setting: '' },
  ]);
  expect(await query("SELECT current_setting('server_version_num')::int / 10000 AS major")).toEqual([{ major: 18 }]);
});

test('the databases of a new state folder are a copy of those that were made once, whatever a start that was cut off has left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-seeds-'));
  const seeds = join(folder, 'seeds');
  const identifierOf = async (name: string) => {
    server = await startPostgres({ stateDir: join(folder, name), seeds });
    const [row] = await query('SELECT system_identifier FROM pg_control_system()');
    if (name === 'first') await query('CREATE TABLE of_the_first AS SELECT 1 AS n');
    const tables = await query("SELECT relname FROM pg_class WHERE relname = 'of_the_first'");
    await server.stop();
    return { row, tables: tables.length };
  };

  try {
    const first = await identifierOf('first');
    // As if it had been killed while it copied.
    const [seed = ''] = readdirSync(seeds);
    mkdirSync(join(seeds, `${seed}.1`, 'data'), { recursive: true });
    const second = await identifierOf('second');

    expect(first.tables).toBe(1);
    expect(second).toEqual({ row: first.row, tables: 0 });
    expect(readFileSync(join(seeds, seed, 'password'), 'utf8')).not.toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a restart finds the data again on the same port', async () => {
  server = await startPostgres({ stateDir: state });
  await query('CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer');
  const { port } = server;
  await server.stop();

  server = await startPostgres({ stateDir: state });

  expect(server.port).toBe(port);
  expect(await query('SELECT * FROM kept')).toEqual([{ answer: 42 }]);
});

test('a port that somebody takes just before the server does is left to them', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: taken } = other.address() as AddressInfo;
  const findPort = jest.fn(freePort).mockResolvedValueOnce(taken);

  try {
    server = await startPostgres({ stateDir: state, findPort });

    expect(findPort).toHaveBeenCalledTimes(2);
    expect(server.port).not.toBe(taken);
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  } finally {
    other.close();
  }
});

test('a stale postmaster.pid that names a living process of another program is no obstacle', async () => {
  server = await startPostgres({ stateDir: state });
  await server.stop();
  writeFileSync(join(dataDir(), 'postmaster.pid'), `${process.pid}\n${dataDir()}\n0\n0\n\n127.0.0.1\n0 0\nready\n`);

  server = await startPostgres({ stateDir: state });

  expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a wrong password is refused', async () => {
  server = await startPostgres({ stateDir: state });
  const client = new Client({ connectionString: server.url('stepwell', 'guess', 'postgres') });

  await expect(client.connect()).rejects.toThrow('password authentication failed for user "stepwell"');
});

test('a server that is killed comes back on the same port with what was committed', async () => {
  server = await startPostgres({ stateDir: state });
  await query('CREATE TABLE survives AS SELECT 1 AS n');
  const killed = postmaster();
  process.kill(killed, 'SIGKILL');

  let rows: unknown[] = [];
  while (rows.length === 0) rows = await query('SELECT * FROM survives').catch(() => []);

  expect(rows).toEqual([{ n: 1 }]);
  expect(postmaster()).not.toBe(killed);
});

describe('when another process started it', () => {
  let other: ChildProcess;

  beforeEach(async () => {
    const script = `require('${join(process.cwd(), 'lib/local/postgres/server.ts')}').startPostgres({ stateDir: ${JSON.stringify(state)} }).then(() => console.log('ready')); setInterval(() => {}, 1e6)`;
    other = spawn(process.execPath, ['--require', 'esbuild-register', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(other.stdout!, 'data');
  });
  afterEach(() => other.kill('SIGKILL'));

  test('a second cloud on the same state folder is refused while that one lives', async () => {
    await expect(startPostgres({ stateDir: state })).rejects.toThrow(`are in use by process ${other.pid}`);
  });

  test('the server ends with it, even when it is killed, and the next start works', async () => {
    const orphan = postmaster();
    other.kill('SIGKILL');
    await once(other, 'exit');

    server = await startPostgres({ stateDir: state });

    expect(() => process.kill(orphan, 0)).toThrow('ESRCH');
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
