/** What the watch knows of a pipeline: how old its data and files are, by when they are due, what is wrong. From the ledger alone. */
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { PublishedItem, WatchItem } from '../tasks/watch';
import type { Connection, Deployed } from './connection';

export interface Watched {
  /** ISO 8601: the last look; absent: none yet */
  readonly lookedAt?: string;
  readonly tables: readonly Age[];
  readonly inputs: readonly Age[];
  readonly deadline?: { readonly cron: string; readonly timezone: string; readonly isMissed: boolean };
  readonly problems: readonly string[];
}

export interface Age {
  /** the sink, or the source */
  readonly name: string;
  /** ISO 8601 */
  readonly asOf: string;
  readonly ageSeconds: number;
  readonly withinSeconds?: number;
}

export async function watchedOf(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  pipeline: string,
  now: Date = new Date(),
): Promise<Watched> {
  const dynamoDb = new DynamoDBClient(client);
  const TableName = foundation.LedgerTableName!;
  const pk = `pipeline#${pipeline}`;
  const [{ Item }, { Items = [] }] = await Promise.all([
    dynamoDb.send(new GetItemCommand({ TableName, Key: marshall({ pk, sk: 'watch' }), ConsistentRead: true })),
    dynamoDb.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :published)',
        ExpressionAttributeValues: marshall({ ':pk': pk, ':published': 'published#' }),
      }),
    ),
  ]);
  return watchedFrom(
    Item && (unmarshall(Item) as WatchItem),
    Items.map((item) => unmarshall(item) as PublishedItem),
    now,
  );
}

export function watchedFrom(item: WatchItem | undefined, published: readonly PublishedItem[], now: Date): Watched {
  const { lookedAt, problems = [], inputs = {}, inputsWithin = {}, withinSeconds, deadline } = item ?? {};
  const age = (name: string, asOf: string, within: number | undefined): Age => ({
    name,
    asOf,
    ageSeconds: Math.max(0, Math.round((now.getTime() - Date.parse(asOf)) / 1000)),
    ...(within === undefined ? {} : { withinSeconds: within }),
  });
  return {
    ...(lookedAt === undefined ? {} : { lookedAt }),
    tables: published.map(({ sink, asOf }) => age(sink, asOf, withinSeconds)),
    inputs: Object.entries(inputs).map(([source, arrivedAt]) => age(source, arrivedAt, inputsWithin[source])),
    ...(deadline ? { deadline: { ...deadline, isMissed: problems.some(({ kind }) => kind === 'deadline') } } : {}),
    problems: problems.map(({ title }) => title),
  };
}
