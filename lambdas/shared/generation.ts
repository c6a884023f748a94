/** What the ledger knows of a load, whichever runs did it: how often it was raised, and who has loaded it last. */
import type { Run } from '../../lib/tasks/common';
import { getItem, type Ledger, ledgerKeys, updateItem } from './ledger';

export interface LoadItem {
  /** absent: never raised */
  readonly generation?: number;
  /** the execution that raised it */
  readonly owner?: string;
  /** it was raised for a run that must not turn a table back */
  readonly yields?: true;
  /** the run of the highest generation that has come to its end: what the targets hold */
  readonly loaded?: { readonly runId: string; readonly generation: number };
}

export interface GenerationRequest {
  readonly pipeline: string;
  readonly loadId: string;
  /** ARN */
  readonly execution: string;
  /** deliberately: what is there is to be replaced */
  readonly reprocess: boolean;
  /** an attempt that failed may have published to some of its targets: what it has left there is to be replaced */
  readonly replaces?: boolean;
  /** of a deliberate one: it must not turn a table back all the same */
  readonly yields?: boolean;
}

/**
 * The generation of the load, as members of the run: one more for each execution that reprocesses it deliberately, or starts over what
 * may have been published in part. The latter goes on with what the failed one was to do: it turns a table back only if that was to.
 */
export async function generationOf(
  ledger: Ledger,
  load: GenerationRequest,
): Promise<Pick<Run, 'generation' | 'yields'>> {
  const at = ledgerKeys.load(load.pipeline, load.loadId);
  for (;;) {
    const { generation, owner, yields: before } = (await getItem<LoadItem>(ledger, at)) ?? {};
    const raises = load.reprocess || load.replaces;
    if (!raises || owner === load.execution) return { generation: generation ?? 0, ...yielding(before) };
    const next = (generation ?? 0) + 1;
    const yields = (load.reprocess ? load.yields : generation === undefined || before) ? true : undefined;
    const unchanged =
      generation === undefined
        ? { expression: 'attribute_not_exists(generation)' }
        : { expression: 'generation = :generation', values: { ':generation': generation } };
    if (await updateItem(ledger, at, { generation: next, owner: load.execution, yields }, unchanged))
      return { generation: next, ...yielding(yields) };
  }
}

const yielding = (yields: true | undefined): Pick<Run, 'yields'> => (yields ? { yields } : {});

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
