/** Which run has loaded last what a run has loaded: a rerun, a replay or a reprocessing takes the place of the run before it. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Connection, Deployed } from './connection';
import { itemsAt, type RunRow } from './ledger';

interface LoadItem {
  readonly loaded?: { readonly runId: string; readonly generation: number };
}

/** By run id: the run that has loaded the same anew since; absent where none has. */
export async function loadedAnew(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  runs: readonly RunRow[],
): Promise<Map<string, string>> {
  const keyOf = ({ pipeline, loadId }: RunRow) => ({ pk: `pipeline#${pipeline}`, sk: `load#${loadId}` });
  const loaded = runs.filter(({ loadId }) => loadId !== undefined);
  const keys = new Map(loaded.map((run) => [JSON.stringify(keyOf(run)), keyOf(run)]));
  const items = await itemsAt<LoadItem>(new DynamoDBClient(client), foundation.LedgerTableName!, [...keys.values()]);
  const last = new Map(items.map(({ pk, sk, loaded: by }) => [JSON.stringify({ pk, sk }), by]));
  return new Map(
    loaded.flatMap((run) => {
      const by = last.get(JSON.stringify(keyOf(run)));
      return by && isLater(by, run) ? [[run.runId, by.runId]] : [];
    }),
  );
}

/** A run that has failed has no generation of its own: whoever takes its claim over goes on with it. */
const isLater = (by: { runId: string; generation: number }, { runId, generation = 0, status }: RunRow): boolean =>
  by.runId !== runId && (status === 'SUCCEEDED' ? by.generation > generation : by.generation >= generation);
