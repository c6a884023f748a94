/**
 * The databases of a new state folder. `initdb` and the catalog of Redshift take two seconds, a copy of what they made a tenth of one: so they run
 * once for each version of PostgreSQL, of the catalog and of the settings here, and their result is kept in `node_modules/.cache`.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeOld } from '../cache';
import type { Binaries } from './binaries';
import { PostgresDidNotStart } from './errors';
import { type Home, saveSettings } from './home';
import { environment } from './launch';

export const SUPERUSER = 'stepwell';

const PREFIX = 'postgres-';
const SETTINGS = [
  ...['-U', SUPERUSER, '--auth=scram-sha-256', '--encoding=UTF8'],
  // The builtin provider is the same on every platform, whatever locales the machine has.
  ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
  // Small log segments, and no sync before there is anything to lose, make this 1 s instead of 3.
  ...['--wal-segsize=4', '--no-sync', '--no-instructions'],
];

/** Makes the data folder. `begun`: called as soon as another process is at it. `seeds`: where what is copied is kept. */
export async function initialise(home: Home, binaries: Binaries, begun: () => void, seeds: string): Promise<void> {
  const { MAKE_TEMPLATE } = await import('../redshift/template');
  const made = [binaries.version, home.account, process.getuid?.(), SETTINGS, MAKE_TEMPLATE];
  const key = createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16);
  const seed = join(seeds, `${PREFIX}${key}`);
  const draft = `${home.dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  if (existsSync(seed)) {
    const copying = copy(join(seed, 'data'), draft);
    begun();
    await copying;
    saveSettings(home, { password: readFileSync(join(seed, 'password'), 'utf8') });
  } else {
    const making = makeAnew(home, binaries, draft);
    begun();
    await making;
    for (const { database, sql } of MAKE_TEMPLATE) await runAlone(home, binaries, draft, database, sql);
    await keep(seed, draft, home.settings.password);
  }
  // Renamed when complete: a folder that a killed process left behind is not a database.
  await rename(draft, home.dataDir);
}

async function makeAnew(home: Home, { initdb }: Binaries, draft: string): Promise<void> {
  const passwordFile = join(home.exchangeDir, 'password');
  writeFileSync(passwordFile, home.settings.password, { mode: 0o644 });
  try {
    await run(home, 'initdb', initdb, ['-D', draft, '--pwfile', passwordFile, ...SETTINGS]);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** SQL without a server: one process, which nobody can connect to, reads it as the superuser. */
function runAlone(home: Home, { postgres }: Binaries, draft: string, database: string, sql: string): Promise<void> {
  const settings = ['-c', 'exit_on_error=on', '-c', 'fsync=off'];
  // It takes a semicolon and an empty line for the end, and there must be one end only.
  const statement = `${sql.replaceAll(/\n\s*\n/g, '\n').trim()}\n\n`;
  return run(home, `SQL in ${database}`, postgres, ['--single', '-D', draft, '-j', ...settings, database], statement);
}

/** Whole or not at all, and without harm where the folder cannot be written. Another start may have been faster, with one that is as good. */
async function keep(seed: string, data: string, password: string): Promise<void> {
  const draft = `${seed}.${randomUUID()}`;
  try {
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    await copy(data, join(draft, 'data'));
    // As secret as in the settings of a state folder.
    writeFileSync(join(draft, 'password'), password, { mode: 0o600 });
    removeOld(join(seed, '..'), PREFIX);
    await rename(draft, seed);
  } catch {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
  }
}

/** Data folders are for their owner alone, who is somebody else when we are root: `cp -a` keeps that. */
async function copy(from: string, to: string): Promise<void> {
  if (process.platform === 'win32') await cp(from, to, { recursive: true });
  else await promisify(execFile)('cp', ['-a', from, to]);
}

function run(home: Home, step: string, program: string, args: string[], input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: home.dir, env: environment(), ...home.account });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (said += text));
    child.on('error', (error) => reject(new PostgresDidNotStart(step, said, error)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(new PostgresDidNotStart(step, said))));
    // One that ends early says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
