/** Runs that wait for their turn, where the pipeline's `overlap` lets only so many work at once. */
import { type AttributeValue, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type TurnItem, turnKey, turnPk, WAITING, type WaitingItem } from '../tasks/turn';
import type { Connection, Deployed } from './connection';
import { itemsAt, type RunRow } from './ledger';
import { moment } from './text';

export interface Wait {
  /** ISO 8601 */
  readonly since: string;
  /** the run in front of it: the last that waits before it, else one at work */
  readonly behind?: string;
  /** in the queue: 1 is the next */
  readonly place: number;
}

/** By run; of those that are under way. */
export async function waitsOf(
  { client }: Connection,
  { foundation }: Deployed,
  runs: readonly Pick<RunRow, 'pipeline' | 'runId' | 'status'>[],
): Promise<ReadonlyMap<string, Wait>> {
  const pipelines = new Set(runs.flatMap(({ pipeline, status }) => (status === 'RUNNING' ? [pipeline] : [])));
  const dynamoDb = new DynamoDBClient(client);
  const all = await Promise.all(
    [...pipelines].map(async (pipeline) => {
      const { holders, waiting } = await turnsIn(dynamoDb, foundation.LedgerTableName!, pipeline);
      return waiting.map(({ runId, since }, index): [string, Wait] => {
        const behind = waiting[index - 1]?.runId ?? holders.at(-1);
        return [runId, { since, place: index + 1, ...(behind === undefined ? {} : { behind }) }];
      });
    }),
  );
  return new Map(all.flat());
}

async function turnsIn(
  dynamoDb: DynamoDBClient,
  table: string,
  pipeline: string,
): Promise<{ readonly holders: readonly string[]; readonly waiting: readonly WaitingItem[] }> {
  let holders: readonly string[] = [];
  const found: WaitingItem[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  const page = () =>
    dynamoDb.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: marshall({ ':pk': turnPk(pipeline) }),
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
  do {
    const { Items = [], LastEvaluatedKey } = await page();
    for (const item of Items) {
      const one = unmarshall(item);
      if (one.sk === turnKey(pipeline).sk) holders = (one as TurnItem).holders.map(({ runId }) => runId);
      else if (String(one.sk).startsWith(WAITING)) found.push(one as WaitingItem);
    }
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  // One that was stopped is forgotten when its turn comes; and who has the turn is about to hear of it.
  const running = new Set(
    (
      await itemsAt<{ runId: string; status: string }>(
        dynamoDb,
        table,
        found.map(({ runId }) => ({ pk: `pipeline#${pipeline}`, sk: `run#${runId}` })),
      )
    ).flatMap(({ runId, status }) => (status === 'RUNNING' ? [runId] : [])),
  );
  return { holders, waiting: found.filter(({ runId }) => running.has(runId) && !holders.includes(runId)) };
}

export const waitText = ({ since, behind, place }: Wait): string =>
  `for its turn since ${moment(since)}${behind === undefined ? '' : `, behind run ${behind}`}${place === 1 ? '' : ` (place ${place})`}`;
