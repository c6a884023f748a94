/** After all tests. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { leftOut } from '../left-out';
import { TEMPORARY } from './setup';

/** jest's globalTeardown. Who names some tests knows which they are, and is not told what is left out. */
export default function endTests({ nonFlagArgs = [] }: { readonly nonFlagArgs?: readonly string[] }): void {
  removeTemporaryFolder();
  if (nonFlagArgs.length > 0) return;
  const line = leftOut();
  if (line !== undefined) process.stderr.write(`${line}\n`);
  if (process.env.SUITES === 'fast')
    process.stderr.write('These were the fast suites. All of them: npm run test:all\n');
}

/** A process that was just told to end may still write there: what it leaves is no reason to fail. */
function removeTemporaryFolder(): void {
  const folder = tmpdir();
  // The system's own, should `setup.ts` not have been at work.
  if (!path.basename(folder).startsWith(TEMPORARY)) return;
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    process.stderr.write(`${folder} is left: ${(error as Error).message}\n`);
  }
}
