import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Account, postgresAccount, reachableByOthers } from './account';
import { PostgresError } from './errors';
import { type ProcessIdentity, postmasterOf } from './processes';

/** What is remembered of a server between its starts, in `<stateDir>/postgres/settings.json`. */
export interface Settings {
  readonly password: string;
  /** The folder of data and log; elsewhere than `<stateDir>/postgres` when `nobody` could not get there. */
  readonly home: string;
  readonly port?: number;
  /** The process that last started the server. */
  readonly owner?: ProcessIdentity;
}

export interface Home {
  readonly stateDir: string;
  readonly dir: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Files that pass between us and the server's functions (see `extensions.ts`). */
  readonly exchangeDir: string;
  /** Set when we are root: whom PostgreSQL runs as. */
  readonly account: Account | undefined;
  settings: Settings;
}

/** Finds or makes the folder of a state folder's server. */
export function openHome(stateDir: string): Home {
  const settingsDir = join(resolve(stateDir), 'postgres');
  mkdirSync(settingsDir, { recursive: true });
  const known = readSettings(settingsDir);
  const dir = known?.home ?? chooseDir(settingsDir);
  // Data without settings cannot be opened any more: its password is lost with them.
  if (!known && existsSync(join(dir, 'data'))) rmSync(join(dir, 'data'), { recursive: true });
  const dataDir = join(dir, 'data');
  const account = postgresAccount(dataDir);
  makePrivate(dir, account);
  const home: Home = {
    stateDir: resolve(stateDir),
    dir,
    dataDir,
    logFile: join(dir, 'postgres.log'),
    exchangeDir: join(dir, 'exchange'),
    account,
    settings: known ?? { password: randomBytes(18).toString('base64url'), home: dir },
  };
  saveSettings(home, {});
  if (dir !== settingsDir) {
    writeFileSync(join(dir, STATE_DIR_FILE), home.stateDir);
    removeAbandoned(dirname(dir));
  }
  return home;
}

/** In a folder outside of the state folder: the state folder that it belongs to. */
const STATE_DIR_FILE = 'state-dir';

/** Folders whose state folder has been deleted (temporary ones of tests, most of all) are not found by anybody but us. */
function removeAbandoned(shared: string): void {
  for (const name of readdirSync(shared).filter((entry) => entry.startsWith(HOME_PREFIX))) {
    const dir = join(shared, name);
    try {
      const stateDir = readFileSync(join(dir, STATE_DIR_FILE), 'utf8');
      const abandoned = !existsSync(join(stateDir, 'postgres', 'settings.json'));
      if (abandoned && postmasterOf(join(dir, 'data')) === undefined) void removeFolder(dir);
    } catch {
      // Being made or removed at this moment by somebody else.
    }
  }
}

/** Beside the start, which need not wait for a thousand files. What says whose it was goes last, so that a later start finds the rest. */
async function removeFolder(dir: string): Promise<void> {
  try {
    await rm(join(dir, 'data'), { recursive: true, force: true });
    await rm(dir, { recursive: true, force: true });
  } catch {
    // Somebody else removes it as well.
  }
}

/** Leftovers of a run that was killed are of no use to anybody. Only to be called once no server uses the folder. */
export function emptyExchange(home: Home): void {
  rmSync(home.exchangeDir, { recursive: true, force: true });
  makePrivate(home.exchangeDir, home.account);
}

const HOME_PREFIX = 'stepwell-postgres-';

export function saveSettings(home: Home, changes: Partial<Settings>): void {
  home.settings = { ...home.settings, ...changes };
  const file = join(home.stateDir, 'postgres', 'settings.json');
  writeFileSync(`${file}.new`, JSON.stringify(home.settings, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readSettings(settingsDir: string): Settings | undefined {
  const file = join(settingsDir, 'settings.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Settings) : undefined;
}

function chooseDir(settingsDir: string): string {
  if (process.getuid?.() !== 0 || reachableByOthers(settingsDir)) return settingsDir;
  const shared = existsSync('/var/tmp') ? '/var/tmp' : tmpdir();
  return join(shared, `${HOME_PREFIX}${createHash('sha256').update(settingsDir).digest('hex').slice(0, 16)}`);
}

function makePrivate(dir: string, account: Account | undefined): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  const mine = [process.getuid?.(), account?.uid].includes(found.uid);
  // In a folder that everybody can write to, somebody else may have been there first.
  if (process.getuid && (!mine || !found.isDirectory())) {
    throw new PostgresError(
      `${dir} belongs to another user (${found.uid}). Remove it, or choose another state folder.`,
    );
  }
  if (account) chownSync(dir, account.uid, account.gid);
}
