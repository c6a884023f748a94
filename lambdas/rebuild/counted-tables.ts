/** Tables of a stream's aggregates, as a rebuild writes them: first what it has counted, then what else is of the span goes. */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { RecountProgress } from '../../lib/tasks/rebuild';
import { Pace, paced } from '../shared/pace';
import { REBUILT_BY } from '../shared/stream/aggregates';
import type { CountedItem } from '../shared/stream/count-part';

type Sweep = NonNullable<RecountProgress['sweep']>;

interface Span {
  readonly from: string;
  readonly to: string;
  readonly isCounted: (start: string) => boolean;
}

export interface CountedTables {
  put(items: readonly CountedItem[]): Promise<void>;
  /** Deletes items of windows that were counted from `from` to `to`, and are not of the run, page by page; null: there are no more. */
  sweep(run: string, span: Span, at: Sweep): Promise<Sweep | null>;
}

export interface CountedTablesOptions {
  readonly client: DynamoDBClient;
  readonly tables: readonly string[];
  readonly now: () => number;
}

const never = () => false;

export function countedTables({ client, tables, now }: CountedTablesOptions): CountedTables {
  const pace = new Pace(now);
  return {
    async put(items) {
      await paced(items, 0, pace, never, async ({ table, item }) => {
        const { $metadata } = await client.send(new PutItemCommand({ TableName: table, Item: item }));
        pace.answered($metadata.attempts);
      });
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
