/** Tables of a stream's aggregates, as a rebuild writes them: first what it has counted, then what else is of the span goes. */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { RecountProgress } from '../../lib/tasks/rebuild';
import { getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';
import { Pace, paced } from '../shared/pace';
import { REBUILT_BY } from '../shared/stream/aggregates';
import { type CountedItem, windowText } from '../shared/stream/count-part';
import { padded } from '../shared/stream/sequence-set';

type Sweep = NonNullable<RecountProgress['sweep']>;

interface Span {
  readonly from: string;
  readonly to: string;
  readonly isCounted: (start: string) => boolean;
}

export interface CountedTables {
  put(items: readonly CountedItem[]): Promise<void>;
  /** The last record of a window that the stream's function, or a rebuild, has counted. */
  writtenUntil(shard: string, start: string): Promise<string | undefined>;
  /** So that records which come again are not counted besides. `start`: milliseconds since 1970. */
  noteWritten(shard: string, start: number, last: string): Promise<void>;
  /** Deletes items of windows that were counted from `from` to `to`, and are not of the run, page by page; null: there are no more. */
  sweep(run: string, span: Span, at: Sweep): Promise<Sweep | null>;
}

export interface CountedTablesOptions {
  readonly client: DynamoDBClient;
  readonly ledger: Ledger;
  readonly pipeline: string;
  readonly tables: readonly string[];
  /** how long the stream keeps a record: it may come again as long */
  readonly retentionHours: number;
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;
const never = () => false;

export function countedTables(options: CountedTablesOptions): CountedTables {
  const { client, ledger, pipeline, tables, retentionHours, now } = options;
  const pace = new Pace(now);
  const keyOf = (shard: string, start: string) => ledgerKeys.countedWindow(pipeline, shard, start);
  const writtenUntil = async (shard: string, start: string) =>
    (await getItem<{ last: string }>(ledger, keyOf(shard, start)))?.last;
  return {
    writtenUntil,
    async put(items) {
      await paced(items, 0, pace, never, async ({ table, item }) => {
        const { $metadata } = await client.send(new PutItemCommand({ TableName: table, Item: item }));
        pace.answered($metadata.attempts);
      });
    },
    async noteWritten(shard, start, last) {
      const keptUntil = start + (retentionHours + 24) * HOUR_MS;
      if (keptUntil < now()) return;
      const before = await writtenUntil(shard, windowText(start));
      if (before !== undefined && padded(before) >= padded(last)) return;
      await putItem(ledger, keyOf(shard, windowText(start)), { last, expiresAt: Math.ceil(keptUntil / 1000) });
    },
    async sweep(run, { from, to, isCounted }, { table, after }) {
      const TableName = tables[table];
      if (TableName === undefined) return null;
      const others = {
        names: { '#rebuilt': REBUILT_BY },
        expression: 'attribute_not_exists(#rebuilt) OR #rebuilt <> :run',
        values: { ':run': { S: run } },
      };
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName,
          ConsistentRead: true,
          ProjectionExpression: '#group, #window',
          FilterExpression: `#window >= :from AND #window < :to AND (${others.expression})`,
          ExpressionAttributeNames: { ...others.names, '#group': 'group', '#window': 'window' },
          ExpressionAttributeValues: { ...others.values, ':from': { S: from }, ':to': { S: to } },
          ...(after === null ? {} : { ExclusiveStartKey: after }),
        }),
      );
      const stale = Items.filter(({ window }) => isCounted(window!.S!.split('#')[0]!));
      await paced(stale, 0, pace, never, async (Key) => {
        const { $metadata } = await client.send(
          new DeleteItemCommand({
            TableName,
            Key,
            ConditionExpression: others.expression,
            ExpressionAttributeNames: others.names,
            ExpressionAttributeValues: others.values,
          }),
        );
        pace.answered($metadata.attempts);
      });
      return LastEvaluatedKey === undefined
        ? { table: table + 1, after: null }
        : { table, after: LastEvaluatedKey as Sweep['after'] };
    },
  };
}
