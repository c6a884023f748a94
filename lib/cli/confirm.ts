/** Asks before what cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { Refused } from '../operate/errors';

/** @throws {Refused} where the answer is no, or nobody is there */
export async function confirm(
  question: string,
  { yes, no }: { readonly yes: boolean; readonly no: string },
): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new Refused(`${question} There is nobody to ask: say so with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Refused(no);
  } finally {
    terminal.close();
  }
}
