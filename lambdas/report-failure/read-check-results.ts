import * as z from 'zod/mini';
import { type CheckResult, checkReport } from '../../lib/tasks/check';
import type { ReadBadRows } from './read-bad-rows';

const READ_BYTES = 512 * 1024;

/** What Check found before it failed: its message says where that is. */
export async function readCheckResults(
  failure: { readonly cause: string },
  use: Pick<ReadBadRows, 'readStart'>,
): Promise<CheckResult[]> {
  const key = /runs\/[^\s"\\]+\/checks-[^\s"\\/]+\.json/.exec(failure.cause)?.[0];
  if (key === undefined) return [];
  return z.parse(checkReport, JSON.parse(await use.readStart(key, READ_BYTES))).results;
}
