/** After all tests: one line on those that this machine lacks a program for. They are skipped where they stand. */
import { spawnSync } from 'node:child_process';
import { findMariadb } from './lambdas/tables/mariadb';

const answers = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const PARTS: readonly { readonly tests: string; readonly of: string; readonly isHere: () => boolean }[] = [
  { tests: 'MySQL sources', of: 'mariadb-server', isHere: () => findMariadb() !== undefined },
  { tests: 'psql', of: 'postgresql-client', isHere: () => answers('psql', '--version') },
  { tests: 'the AWS CLI', of: 'awscli', isHere: () => answers('aws', '--version') },
  { tests: 'boto3', of: 'python3-boto3', isHere: () => answers('python3', '-c', 'import boto3') },
  { tests: 'completion in zsh', of: 'zsh', isHere: () => answers('zsh', '-c', 'exit 0') },
  { tests: 'completion in fish', of: 'fish', isHere: () => answers('fish', '-c', 'exit 0') },
];

/** Undefined where nothing is missing. */
export function leftOut(parts: typeof PARTS = PARTS): string | undefined {
  const missing = parts.filter(({ isHere }) => !isHere());
  if (missing.length === 0) return undefined;
  const tests = missing.map((one) => one.tests).join(', ');
  const packages = missing.map((one) => one.of).join(' ');
  return `Left out, as their programs are not installed: tests of ${tests}. On Debian: apt-get install ${packages}`;
}

/** jest's globalTeardown. Who names some tests knows which they are. */
export default function sayWhatIsLeftOut({ nonFlagArgs = [] }: { readonly nonFlagArgs?: readonly string[] }): void {
  const line = nonFlagArgs.length === 0 ? leftOut() : undefined;
  if (line !== undefined) process.stderr.write(`${line}\n`);
}
