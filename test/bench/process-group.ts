/** A command with all the processes that it starts, measured together: a Spark is a shell, a JVM and a Python. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

export interface GroupMeasured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** of all of them at one time */
  readonly peakMb: number;
}

const EVERY_MS = 100;
const TICKS_A_SECOND = 100;
const PAGE_BYTES = 4096;

/** @throws with the end of what it has said, where it fails */
export async function runGroup(command: readonly string[], env: NodeJS.ProcessEnv): Promise<GroupMeasured> {
  const [file, ...args] = command;
  const start = process.hrtime.bigint();
  const child = spawn(file!, args, {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4000);
    });
  }
  const ticks = new Map<string, number>();
  let peakMb = 0;
  const timer = setInterval(() => {
    let pages = 0;
    for (const { pid, time, resident } of membersOf(child.pid!)) {
      ticks.set(pid, time);
      pages += resident;
    }
    peakMb = Math.max(peakMb, (pages * PAGE_BYTES) / 2 ** 20);
  }, EVERY_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${said}`);
  const time = [...ticks.values()].reduce((sum, one) => sum + one, 0);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, cpuSeconds: time / TICKS_A_SECOND, peakMb };
}

/** As Linux tells them; elsewhere none. */
function membersOf(group: number): { readonly pid: string; readonly time: number; readonly resident: number }[] {
  let pids: string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return pids.flatMap((pid) => {
    try {
      // The fields after the command's name, which may hold blanks.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      if (Number(fields[2]) !== group) return [];
      return [{ pid, time: Number(fields[11]) + Number(fields[12]), resident: Number(fields[21]) }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
