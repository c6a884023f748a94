/** A bundle with files of one function beside its code: a folder of its own, linked to what all have. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from './bundle';
import { CACHE_FOLDER } from './cache';

/** `files`: contents by name. */
export function withBeside(
  bundle: Pick<Bundle, 'directory' | 'hash'>,
  files: Readonly<Record<string, string>>,
): Pick<Bundle, 'directory' | 'hash'> {
  const hash = createHash('sha256')
    .update(bundle.hash)
    .update(JSON.stringify(Object.entries(files).sort()))
    .digest('hex');
  const bundles = join(CACHE_FOLDER, 'bundles');
  const directory = join(bundles, `beside-${hash.slice(0, 16)}`);
  if (!existsSync(directory)) {
    // Whole or not at all: two synths may run at once.
    const temporary = mkdtempSync(join(bundles, 'out.'));
    cpSync(bundle.directory, temporary, { recursive: true });
    for (const [name, contents] of Object.entries(files)) writeFileSync(join(temporary, name), contents);
    try {
      renameSync(temporary, directory);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      if (!existsSync(directory)) throw error;
    }
  }
  return { directory, hash };
}
