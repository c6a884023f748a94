/** The CLI as its users have it: `start` in a process of its own, the other verbs against its local cloud. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { main } from '../../lib/cli/main';

const ROOT = path.join(__dirname, '../..');

export interface Started {
  readonly process: ChildProcess;
  /** resolves once standard error holds this */
  said(text: string): Promise<void>;
  /** resolves with the JSON document on standard output */
  summary(): Promise<unknown>;
  /** all of it */
  stdout(): string;
  readonly exitCode: Promise<number | null>;
}

export function startInProcess(...args: readonly string[]): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/stepwell.ts', 'start', '--json', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  const until = (isThere: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => isThere() && resolve();
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      void exitCode.then((code) => (isThere() ? resolve() : reject(new Error(`start ended with ${code}:\n${stderr}`))));
      look();
    });
  return {
    process: child,
    said: (text) => until(() => stderr.includes(text)),
    summary: async () => {
      await until(() => stdout.endsWith('}\n'));
      return JSON.parse(stdout);
    },
    stdout: () => stdout,
    exitCode,
  };
}

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a verb in this process. */
export async function stepwell(...args: readonly string[]): Promise<Answer> {
  const answer = { stdout: '', stderr: '' };
  const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    answer.stdout += text;
    return true;
  });
  const toStderr = (text: unknown) => {
    answer.stderr += String(text);
    return true;
  };
  const err = jest.spyOn(process.stderr, 'write').mockImplementation(toStderr);
  const log = jest.spyOn(console, 'error').mockImplementation(toStderr);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await main(['node', 'stepwell', ...args]);
    return { ...answer, exitCode: Number(process.exitCode) };
  } finally {
    process.exitCode = before;
    for (const spy of [out, err, log]) spy.mockRestore();
  }
}

/** With `--json`: its document. */
export async function json<T>(...args: readonly string[]): Promise<T> {
  const { stdout, stderr } = await stepwell(...args, '--json');
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`No JSON: ${stdout}\n${stderr}`);
  }
}
