import { ABSENT, getItem, type Ledger, ledgerKeys, putItem } from './ledger';

interface LoadItem {
  readonly generation: number;
  /** the execution that raised it */
  readonly owner: string;
}

/** The generation of the load: one more for each execution that reprocesses it deliberately. */
export async function generationOf(
  ledger: Ledger,
  load: { pipeline: string; loadId: string; execution: string; reprocess: boolean },
): Promise<number> {
  const at = ledgerKeys.load(load.pipeline, load.loadId);
  for (;;) {
    const item = await getItem<LoadItem>(ledger, at);
    if (!load.reprocess || item?.owner === load.execution) return item?.generation ?? 0;
    const generation = (item?.generation ?? 0) + 1;
    const raised = await putItem(
      ledger,
      at,
      { generation, owner: load.execution },
      item ? { expression: 'generation = :generation', values: { ':generation': item.generation } } : ABSENT,
    );
    if (raised) return generation;
  }
}
