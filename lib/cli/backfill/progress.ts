/** Follows a backfill until it has ended. */
import { type Backfills, findBackfill, isOpen } from '../../operate/backfill/ledger';
import { counted, progressOf, progressText } from '../../operate/backfill/progress';
import type { BackfillItem } from '../../tasks/backfill';
import { onInterrupt } from '../interrupt';
import { stagesOn } from '../stages';

/** Above what Step Functions refills for DescribeMapRun, one a second for the whole account. */
const ROUND_MS = 2000;
const FIRST_ROUNDS_MS = 250;
const FIRST_ROUNDS = 8;

/** Follows it until it has ended; Ctrl-C leaves it, and it goes on. Undefined then. */
export async function followBackfill(
  backfills: Backfills,
  { id, pipeline, runs }: BackfillItem,
  { json }: { readonly json: boolean },
): Promise<BackfillItem | undefined> {
  const interruption = onInterrupt(() =>
    process.stderr.write(`\nNo longer following: the backfill goes on. See: npx stepwell backfill show ${id}\n`),
  );
  try {
    return await stagesOn(json ? process.stderr : process.stdout).run(`${pipeline}: backfill ${id}`, async (stage) => {
      let last = '';
      for (let round = 0; ; round++) {
        const item = await findBackfill(backfills, id);
        // Whoever cancels it says so first, and then when it had stopped.
        if (!isOpen(item) && item.endedAt !== undefined)
          return {
            title: `${pipeline}: backfill ${id} has ended`,
            value: await counted(backfills.stepFunctions, item),
          };
        if (interruption.signal.aborted) return { title: `${pipeline}: backfill ${id} goes on`, value: undefined };
        const progress = await progressOf(backfills.stepFunctions, item);
        const line = `${pipeline}: ${item.status === 'PAUSED' ? 'paused, ' : ''}${progressText(progress, runs)}`;
        stage.show(line);
        if (line !== last) stage.log(line);
        last = line;
        await pause(round < FIRST_ROUNDS ? FIRST_ROUNDS_MS : ROUND_MS, interruption.signal);
      }
    });
  } finally {
    interruption.release();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
