/**
 * Time spans that were made anew from where all records are kept. What was appended of them is there under the rebuild's load: loaded once
 * more under its own, it would be there twice.
 */
import type { ObjectVersion, Rebuilds, Run } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { type Ledger, ledgerKeys, putItem, queryPrefix } from './ledger';

interface RebuiltItem {
  readonly runId: string;
  readonly start: string;
  readonly end: string;
  /** when the rebuild began: what was staged before, it had waited for */
  readonly at: string;
}

/** Before the records are read: what loads some of them as they were staged is refused from then on. */
export async function noteRebuilt(
  ledger: Ledger,
  run: Pick<Run, 'pipeline' | 'runId' | 'startedAt'>,
  { start, end }: Pick<Rebuilds, 'start' | 'end'>,
): Promise<void> {
  const item: RebuiltItem = { runId: run.runId, start, end, at: run.startedAt };
  await putItem(ledger, ledgerKeys.rebuilt(run.pipeline, run.runId), item);
}

/** Files hold records that were received before they were staged. @throws {InvalidTaskInput} */
export async function refuseRebuilt(
  ledger: Ledger,
  pipeline: string,
  objects: readonly ObjectVersion[],
): Promise<void> {
  for (const { runId, start, end, at } of await rebuiltOf(ledger, pipeline)) {
    const object = objects.find(({ lastModified }) => lastModified >= start && lastModified < at);
    if (object === undefined) continue;
    throw new InvalidTaskInput(
      `${JSON.stringify(object.key)} was staged before the run ${runId} rebuilt what was received from ${start} to ${end}: its rows may be in the tables by that, and would be appended once more. ` +
        `Rebuild them instead, from where all records are kept: npx stepwell rebuild ${pipeline} --from … --to …, with the days of its records.`,
    );
  }
}

const rebuiltOf = (ledger: Ledger, pipeline: string): Promise<RebuiltItem[]> =>
  queryPrefix(ledger, ledgerKeys.rebuilt(pipeline, ''));
