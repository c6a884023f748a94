/** What is loaded, independent of which run does it. */
import type { ObjectVersion } from '../../lib/tasks/common';
import { ABSENT, getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';
import { hash } from '../shared/names';

export interface LoadIdentity {
  readonly loadKey: string;
  readonly loadId: string;
}

/** The load key of a set of objects: the pipeline and which contents, in any order; never the execution. */
export function loadIdentity(
  pipeline: string,
  objects: readonly { readonly object: ObjectVersion; readonly contentId: string }[],
): LoadIdentity {
  const set = objects.map(({ object, contentId }) => JSON.stringify([object.bucket, object.key, contentId])).sort();
  const loadKey = `${pipeline}:${hash(set.join('\n'))}`;
  return { loadKey, loadId: hash(loadKey, 16) };
}

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
