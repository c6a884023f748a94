/** What the ledger knows of a load, whichever runs did it: how often it was raised, and who has loaded it last. */
import type { Run } from '../../lib/tasks/common';
import { getItem, type Ledger, ledgerKeys, updateItem } from './ledger';

export interface LoadItem {
  /** absent: never raised */
  readonly generation?: number;
  /** the execution that raised it */
  readonly owner?: string;
  /** the run of the highest generation that has come to its end: what the targets hold */
  readonly loaded?: { readonly runId: string; readonly generation: number };
}

/** The generation of the load: one more for each execution that reprocesses it deliberately. */
export async function generationOf(
  ledger: Ledger,
  load: { pipeline: string; loadId: string; execution: string; reprocess: boolean },
): Promise<number> {
  const at = ledgerKeys.load(load.pipeline, load.loadId);
  for (;;) {
    const { generation, owner } = (await getItem<LoadItem>(ledger, at)) ?? {};
    if (!load.reprocess || owner === load.execution) return generation ?? 0;
    const next = (generation ?? 0) + 1;
    const unchanged =
      generation === undefined
        ? { expression: 'attribute_not_exists(generation)' }
        : { expression: 'generation = :generation', values: { ':generation': generation } };
    if (await updateItem(ledger, at, { generation: next, owner: load.execution }, unchanged)) return next;
  }
}

/** Notes who has loaded it, unless a later generation has been loaded meanwhile. */
export async function markLoaded(ledger: Ledger, { pipeline, loadId, runId, generation }: Run): Promise<void> {
  await updateItem(
    ledger,
    ledgerKeys.load(pipeline, loadId),
    { loaded: { runId, generation } },
    {
      expression: 'attribute_not_exists(#loaded) OR #loaded.generation <= :mine',
      names: { '#loaded': 'loaded' },
      values: { ':mine': generation },
    },
  );
}

export const loadOf = (ledger: Ledger, pipeline: string, loadId: string): Promise<LoadItem | undefined> =>
  getItem<LoadItem>(ledger, ledgerKeys.load(pipeline, loadId));
