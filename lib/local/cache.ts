import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const PROJECT_ROOT = resolve(__dirname, '../..');

/** What one start makes and the next can use again, in a project. Removed with `node_modules`. */
export const CACHE = join('node_modules', '.cache', 'stepwell');
export const CACHE_FOLDER = join(PROJECT_ROOT, CACHE);

const OLD_MS = 60 * 60 * 1000;

/** What was made of earlier sources or by earlier versions; not of a moment ago, which another process may be about to use. */
export function removeOld(folder: string, prefix: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(prefix))) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && Date.now() - found.mtimeMs > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}
