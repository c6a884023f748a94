/** Child processes of the benchmarks: each measurement runs in a fresh one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Measured {
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly output: { readonly rows: number; readonly rejected?: number; readonly manifest?: { readonly key: string } };
}

/** Runs a script that prints `RESULT {json}`. */
export async function measure<R = Measured>(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  nodeOptions: readonly string[] = [],
): Promise<R> {
  const child = spawn(process.execPath, [...nodeOptions, script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await once(child, 'close');
  const line = output.split('\n').find((text) => text.startsWith('RESULT '));
  const result = line ? JSON.parse(line.slice('RESULT '.length)) : { error: errors || output };
  if (result.error) throw new Error(`${script} failed: ${result.error}`);
  return result;
}

export interface Server {
  readonly endpoint: string;
  readonly pid: number;
  /** used so far */
  cpuMs(): number;
  /** resident memory */
  memory(): { readonly nowMb: number; readonly peakMb: number };
  /** What it prints when it is written a line; nothing comes of one that does not read any. */
  ask(line: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a TypeScript server that prints its endpoint and ends with its standard input. */
export async function startServer(
  script: string,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, [...nodeOptions, '--import', 'tsx', script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout!);
  const [endpoint] = (await once(lines, 'line')) as [string];
  return {
    endpoint,
    pid: child.pid!,
    ask: async (line) => {
      const answered = once(lines, 'line') as Promise<[string]>;
      child.stdin!.write(`${line}\n`);
      return (await answered)[0];
    },
    cpuMs: () => {
      // The fields after the command's name; user and system time are the 14th and 15th of all, in hundredths of a second.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    memory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const megabytes = (field: string) => Number(new RegExp(`${field}:\\s*(\\d+) kB`).exec(status)?.[1]) / 1024;
      return { nowMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
    },
    stop: async () => {
      const closed = once(child, 'close');
      child.stdin!.end();
      await closed;
    },
  };
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
