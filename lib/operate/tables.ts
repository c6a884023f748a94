/** The tables that pipelines publish into, as they are deployed, and how much is in them. */
import { DescribeTableCommand, DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Sink } from '../tasks/common';
import { type Cell, cellOf, type Rows } from './cells';
import type { Connection } from './connection';
import type { DeployedPlan } from './deployed-plan';
import { Refused } from './errors';

export type TableDatabase = 'redshift' | 'aurora' | 'lake' | 'dynamodb' | 'keyspaces';

export interface PublishedTable {
  /** `redshift:shop.orders`: the only one so called */
  readonly id: string;
  readonly database: TableDatabase;
  /** `shop.orders`; in the lake with its database */
  readonly name: string;
  readonly pipeline: string;
  readonly sink: Sink;
}

export const tablesIn = (plans: readonly DeployedPlan[]): PublishedTable[] =>
  plans.flatMap(({ pipeline, sinks }) => sinks.map((sink) => tableOf(pipeline, sink)));

export function tableOf(pipeline: string, sink: Sink): PublishedTable {
  const database = DATABASES[sink.kind];
  const name = nameOf(sink);
  return { id: `${database}:${name}`, database, name, pipeline, sink };
}

const DATABASES = {
  redshift: 'redshift',
  postgres: 'aurora',
  lake: 'lake',
  dynamoTable: 'dynamodb',
  keyspaces: 'keyspaces',
} as const;

/** Cassandra counts by reading every row. */
export const NOT_COUNTED = 'rows of Keyspaces are not counted: that would read them all';

function nameOf(sink: Sink): string {
  if (sink.kind === 'lake') return `${sink.database}.${sink.table}`;
  if (sink.kind === 'keyspaces') return `${sink.keyspace}.${sink.table}`;
  return sink.kind === 'dynamoTable' ? sink.table : `${sink.schema}.${sink.table}`;
}

/** @throws {Refused} that names those there are */
export function tableNamed(tables: readonly PublishedTable[], id: string): PublishedTable {
  const found = tables.find((one) => one.id === id);
  if (found) return found;
  throw new Refused(
    `No pipeline publishes a table '${id}'. There are: ${tables.map((one) => one.id).join(', ') || 'none'}.`,
  );
}

/** Of 1 MB each: counting reads every item, and somebody pays for it. */
const MOST_PAGES = 20;

/** Without those that only remember a deletion. */
export async function countItems(
  { client }: Pick<Connection, 'client'>,
  name: string,
): Promise<{ readonly rows: number; readonly note?: string }> {
  const dynamoDb = new DynamoDBClient(client);
  let rows = 0;
  let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey'];
  const scan = () =>
    dynamoDb.send(new ScanCommand({ TableName: name, Select: 'COUNT', ...NOT_DELETED, ExclusiveStartKey }));
  for (let page = 0; page < MOST_PAGES; page++) {
    const { Count = 0, LastEvaluatedKey } = await scan();
    rows += Count;
    if (LastEvaluatedKey === undefined) return { rows };
    ExclusiveStartKey = LastEvaluatedKey;
  }
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
  return { rows: Table?.ItemCount ?? 0, note: 'as DynamoDB counted it some hours ago' };
}

const NOT_DELETED = {
  FilterExpression: 'attribute_not_exists(#deleted)',
  ExpressionAttributeNames: { '#deleted': '_deleted' },
};

/** Some of the items: DynamoDB keeps them in no order of time. Columns are those that the pipeline declares. */
export async function someItems(
  { client }: Pick<Connection, 'client'>,
  { name, sink }: PublishedTable,
  limit: number,
): Promise<Rows> {
  const { Items = [] } = await new DynamoDBClient(client).send(
    new ScanCommand({ TableName: name, Limit: limit, ...NOT_DELETED }),
  );
  const columns = sink.columns.map(({ name: column, type, nullable }) => ({ name: column, type: type.type, nullable }));
  const rows = Items.map((item) => {
    const values = unmarshall(item, { wrapNumbers: true }) as Record<string, unknown>;
    return columns.map(({ name: column }): Cell => {
      const text = textOf(values[column]);
      return text === null ? null : cellOf(text, () => ({}));
    });
  });
  return { columns, rows };
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object') return String(value);
  return 'value' in value ? String(value.value) : JSON.stringify(value);
}
