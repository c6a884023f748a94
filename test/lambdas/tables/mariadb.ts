/** A real MariaDB of a test's own, with TLS by an authority of its own. Where there is none on this machine, `findMariadb` says so. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { escape as escapeText } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { freePort } from '../../../lib/local/free-port';

export const ROOT = { username: 'root', password: 'rootPassword1' };

export interface Mariadb {
  readonly port: number;
  /** the certificate of the authority that signed the server's, which is for `localhost` */
  readonly ca: string;
  /** Statements as the administrator; rows as texts. */
  query(...statements: string[]): Promise<Record<string, unknown>[]>;
  quote(text: string): string;
  /** Gives the server a certificate for another host. */
  certify(host: string): Promise<void>;
  stop(): Promise<void>;
}

/** The server's program; undefined where it is not installed (`apt-get install mariadb-server`). */
export function findMariadb(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'mariadbd')).find((path) => existsSync(path));
}

export async function startMariadb(program: string): Promise<Mariadb> {
  const dir = mkdtempSync(join(tmpdir(), 'stepwell-mariadb-'));
  chmodSync(dir, 0o755);
  const { username } = userInfo();
  const data = join(dir, 'data');
  const options = ['--auth-root-authentication-method=normal', '--skip-test-db'];
  execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, `--user=${username}`, ...options], {
    stdio: 'pipe',
  });
  makeAuthority(dir);
  makeCertificate(dir, 'localhost');
  const port = await freePort();
  const server = spawn(
    program,
    [
      '--no-defaults',
      `--user=${username}`,
      `--datadir=${data}`,
      `--socket=${join(dir, 'server.sock')}`,
      `--pid-file=${join(dir, 'server.pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-networking=0',
      '--skip-log-bin',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=128M',
      '--skip-name-resolve=0',
      `--ssl-ca=${join(dir, 'ca.pem')}`,
      `--ssl-cert=${join(dir, 'server.pem')}`,
      `--ssl-key=${join(dir, 'server.key')}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr.on('data', (piece) => {
    log = (log + piece).slice(-4000);
  });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const connect = (password: string) =>
    createConnection({ host: '127.0.0.1', port, user: ROOT.username, password, charset: 'utf8mb4' });
  for (;;) {
    if (server.exitCode !== null) {
      // Between the look for a free port and its own start there was time for another process to take it.
      if (/Address already in use/.test(log)) return startMariadb(program);
      throw new Error(`mariadbd ended: ${log}`);
    }
    try {
      const first = await connect('');
      await first.query(`CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '${ROOT.password}'`);
      await first.query(`GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION`);
      await first.query(`ALTER USER 'root'@'localhost' IDENTIFIED BY '${ROOT.password}'`);
      await first.end();
      break;
    } catch {
      await sleep(100);
    }
  }
  const admin = await connect(ROOT.password);
  return {
    port,
    ca: readFileSync(join(dir, 'ca.pem'), 'utf8'),
    async query(...statements) {
      let rows: unknown = [];
      for (const statement of statements) [rows] = await admin.query(statement);
      return rows as Record<string, unknown>[];
    },
    quote: (text) => escapeText(text),
    async certify(host) {
      makeCertificate(dir, host);
      await admin.query('FLUSH SSL');
    },
    async stop() {
      await admin.end().catch(() => {});
      server.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const openssl = (cwd: string, ...args: string[]) => {
  const { status, stderr } = spawnSync('openssl', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
};
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function makeAuthority(dir: string): void {
  openssl(
    dir,
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
  );
}

function makeCertificate(dir: string, host: string): void {
  const request = ['-keyout', 'server.key', '-out', 'server.csr', '-subj', `/CN=${host}`];
  openssl(dir, 'req', ...KEY, ...request, '-addext', `subjectAltName=DNS:${host}`);
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy'];
  openssl(dir, 'x509', '-req', '-in', 'server.csr', ...by, '-days', '2', '-out', 'server.pem');
}
