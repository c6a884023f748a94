/** Before all tests: what they write beside the project goes into one folder, which `teardown.ts` removes. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Its name begins so. */
export const TEMPORARY = 'stepwell-tests-';

/** jest's globalSetup: the workers, and the programs that tests start, inherit the variable. */
export default function useOneTemporaryFolder(): void {
  process.env.TMPDIR = mkdtempSync(path.join(tmpdir(), TEMPORARY));
}
