import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A user of the operating system, by number: PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody`: exists everywhere, so that no user has to be created. macOS numbers it -2. */
const NOBODY: Account =
  process.platform === 'darwin' ? { uid: 4294967294, gid: 4294967294 } : { uid: 65534, gid: 65534 };

/**
 * The account that PostgreSQL runs as when we are root; undefined when we are an ordinary user, as it then runs as ourselves.
 * A data folder that an ordinary user made before keeps its owner, as PostgreSQL insists on owning its data.
 */
export function postgresAccount(dataDir: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : NOBODY;
}

/** Whether another user can walk down to this folder (e.g. not when it lies in /root, which has mode 700). */
export function reachableByOthers(folder: string): boolean {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found && (found.mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
