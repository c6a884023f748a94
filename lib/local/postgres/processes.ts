import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) ?? '' };
}

export function stillRuns(process: ProcessIdentity): boolean {
  return startOf(process.pid) === process.started;
}

/** The running postmaster of a data folder. A stale postmaster.pid, whose number may be another program's by now, does not count. */
export function postmasterOf(dataDir: string): number | undefined {
  const pid = postmasterFile(dataDir).pid;
  return pid !== undefined && commandOf(pid)?.includes(dataDir) ? pid : undefined;
}

/** What a postmaster writes about itself: its number on line 1, whether it takes connections on line 8. */
export function postmasterFile(dataDir: string): { pid: number | undefined; ready: boolean } {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]) || undefined, ready: lines[7]?.trim() === 'ready' };
  } catch {
    return { pid: undefined, ready: false };
  }
}

/** True once the postmaster has gone; false if it is still there after `timeoutMs`. */
export async function gone(dataDir: string, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(20)) {
    if (postmasterOf(dataDir) === undefined) return true;
  }
  return postmasterOf(dataDir) === undefined;
}

/** Asks politely, then firmly, then ends it: PostgreSQL recovers from its log after each of them. */
export async function endPostmaster(dataDir: string): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 8_000],
    ['SIGQUIT', 3_000],
    ['SIGKILL', 2_000],
  ] as const) {
    const pid = postmasterOf(dataDir);
    if (pid === undefined) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    if (await gone(dataDir, patienceMs)) return;
  }
}

function commandOf(pid: number): string | undefined {
  if (process.platform === 'linux') return read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ');
  if (process.platform === 'win32') return alive(pid) ? readableWindowsCommand(pid) : undefined;
  return ps(pid, 'command=');
}

function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    // The 22nd field; the second is the program's name in brackets and may hold spaces.
    const stat = read(`/proc/${pid}/stat`);
    return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  }
  if (process.platform === 'win32') return alive(pid) ? 'alive' : undefined;
  return ps(pid, 'lstart=');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8') || undefined;
  } catch {
    return undefined;
  }
}

function ps(pid: number, what: string): string | undefined {
  try {
    return execFileSync('ps', ['-ww', '-o', what, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function readableWindowsCommand(pid: number): string | undefined {
  try {
    return execFileSync(
      'powershell',
      ['-NoProfile', '-Command', `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`],
      { encoding: 'utf8' },
    ).trim();
  } catch {
    return undefined;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
