/** One local cloud for each state folder: a lock file that names its owner, so that a killed owner's lock can be taken over. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, type ProcessIdentity, stillRuns } from './postgres/processes';

export class StateDirLocked extends Error {
  constructor(
    readonly stateDir: string,
    readonly pid: number,
  ) {
    super(
      `The local cloud of ${stateDir} is running already (process ${pid}). Use it, stop it, or choose another state folder.`,
    );
    this.name = 'StateDirLocked';
  }
}

/** Returns what releases the lock. */
export function lockStateDir(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true });
  const file = join(stateDir, 'cloud.lock');
  const mine = JSON.stringify(identityOf(process.pid));
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return () => {
        if (read(file) === mine) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = read(file);
    const owner = parse(found);
    if (owner !== undefined && stillRuns(owner)) throw new StateDirLocked(stateDir, owner.pid);
    if (found !== undefined) removeStale(file, found);
  }
}

/** Two that find the same stale lock must not remove each other's new one: the rename has one winner, who looks at what he got. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside) === stale) rmSync(aside, { force: true });
  else renameSync(aside, file);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined): ProcessIdentity | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity);
  } catch {
    // Half written by a process that was killed.
    return undefined;
  }
}
