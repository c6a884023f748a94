/** What each run has measured of itself, in the order of time: later runs compare theirs with it. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Run } from '../../lib/tasks/common';
import { type Ledger, ledgerKeys, putItem } from './ledger';

export interface MeasuresItem {
  readonly runId: string;
  readonly loadKey: string;
  /** by assertion, e.g. `volume(orders)` */
  readonly measures: Readonly<Record<string, number>>;
}

/** Of runs that have succeeded in full. Doing it twice leaves the same. */
export async function putMeasures(ledger: Ledger, run: Run, measures: MeasuresItem['measures']): Promise<void> {
  const { pipeline, runId, startedAt, loadKey } = run;
  await putItem(ledger, ledgerKeys.measures(pipeline, startedAt, runId), { runId, loadKey, measures });
}

const PAGE = 100;
/** A pipeline whose one load is reprocessed over and over is not gone through to its beginning. */
const MOST_ITEMS = 1000;

/**
 * The runs before this one, the latest first, at most `most`. A load that was repeated counts once, as its last run left it; what
 * this run loads again is not there.
 */
export async function measuresBefore(ledger: Ledger, run: Run, most: number): Promise<MeasuresItem[]> {
  const found = new Map<string, MeasuresItem>();
  const { pk } = ledgerKeys.measures(run.pipeline, run.startedAt, run.runId);
  let from: Record<string, unknown> | undefined;
  let seen = 0;
  do {
    const { Items = [], LastEvaluatedKey } = await ledger.client.send(
      new QueryCommand({
        TableName: ledger.table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: marshall({
          ':pk': pk,
          ':first': 'measures#',
          ':last': ledgerKeys.measures(run.pipeline, run.startedAt, '').sk,
        }),
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: PAGE,
        ...(from ? { ExclusiveStartKey: marshall(from) } : {}),
      }),
    );
    for (const item of Items) {
      const one = unmarshall(item) as MeasuresItem;
      if (one.loadKey !== run.loadKey && !found.has(one.loadKey) && found.size < most) found.set(one.loadKey, one);
    }
    seen += Items.length;
    from = LastEvaluatedKey && unmarshall(LastEvaluatedKey);
  } while (from !== undefined && found.size < most && seen < MOST_ITEMS);
  return [...found.values()];
}
