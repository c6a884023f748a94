/**
 * The ledger's table in DynamoDB. Every write that depends on what was read says so in a condition; `false` means that somebody
 * else was faster, and the caller reads again. Single items only: no transactions.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AlertKind } from '../../lib/tasks/alert';
import { hash, statementPrefix } from './names';

export interface Ledger {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Items of the ledger: where each stands. */
export const ledgerKeys = {
  run: (pipeline: string, runId: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: `run#${runId}` }),
  /** the generation of a load: how often it was reprocessed */
  load: (pipeline: string, loadId: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: `load#${loadId}` }),
  interval: (pipeline: string, { start, end }: { start: string; end: string }): ItemKey => ({
    pk: `pipeline#${pipeline}`,
    sk: `interval#${start}/${end}`,
  }),
  /** in the order of time */
  measures: (pipeline: string, startedAt: string, runId: string): ItemKey => ({
    pk: `pipeline#${pipeline}`,
    sk: `measures#${startedAt}#${runId}`,
  }),
  /** who loads what another pipeline has loaded; by the load here */
  after: (pipeline: string, loadId: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: `after#${loadId}` }),
  /** a time span that a run has made anew */
  rebuilt: (pipeline: string, runId: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: `rebuilt#${runId}` }),
  initialLoad: (pipeline: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: 'initial-load' }),
  /** what waits of a group of files, and its round */
  gathering: (pipeline: string, group: string): ItemKey => ({ pk: `gather#${pipeline}`, sk: `group#${group}` }),
  /** of a round: a file in it; how it was closed */
  gatheredFile: (pipeline: string, group: string, round: number, key: string): ItemKey => ({
    pk: `gather#${pipeline}#${group}#${round}`,
    sk: `file#${hash(key, 40)}`,
  }),
  gatheredRound: (pipeline: string, group: string, round: number): ItemKey => ({
    pk: `gather#${pipeline}#${group}#${round}`,
    sk: 'closed',
  }),
  /** in which round the latest version of an object is */
  arrival: (pipeline: string, bucket: string, key: string): ItemKey => ({
    pk: `object#${pipeline}#${bucket}/${key}`,
    sk: 'arrival',
  }),
  /** of a pipeline with a budget: what a month (`2026-11`) has cost so far */
  costOfMonth: (pipeline: string, month: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: `cost#${month}` }),
  /** what has been staged of a shard: the latest batch */
  shard: (pipeline: string, shard: string): ItemKey => ({ pk: `stream#${pipeline}`, sk: `shard#${shard}` }),
  /** a batch of a shard, by its last record (of a fixed length) */
  stagedBatch: (pipeline: string, shard: string, last: string, revision: number): ItemKey => ({
    pk: `stream#${pipeline}#${shard}`,
    sk: `${last}#${revision}`,
  }),
  /** how far counts of a window of a shard, or the part of them that begins with that record, are in the tables of aggregates */
  countedPart: (pipeline: string, shard: string, start: string, first: string): ItemKey => ({
    pk: `stream#${pipeline}`,
    sk: `counted#${shard}#${start}#${first}`,
  }),
  /** when the last record of a key was taken */
  seen: (pipeline: string, key: string): ItemKey => ({ pk: `seen#${pipeline}#${key}`, sk: 'seen' }),
  pause: (pipeline: string): ItemKey => ({ pk: `pipeline#${pipeline}`, sk: 'pause' }),
  claim: (pipeline: string, bucket: string, key: string): ItemKey => ({
    pk: `object#${pipeline}#${bucket}/${key}`,
    sk: 'claim',
  }),
  statement: (key: string): ItemKey => ({ pk: `statement#${key}`, sk: 'statement' }),
  /** columns that a load brought along, for the publish step of the same run */
  stagedColumns: (pipeline: string, staging: string): ItemKey => ({
    pk: `statement#${statementPrefix(pipeline)}${staging}`,
    sk: 'columns',
  }),
  /** columns that a sink's target is known to have, so that not every load must ask the database */
  targetColumns: (pipeline: string, sink: string): ItemKey => ({
    pk: `statement#${statementPrefix(pipeline)}${sink}`,
    sk: 'target-columns',
  }),
  /** that it was sent; `key` tells it from others of its kind */
  alert: (pipeline: string, kind: AlertKind, key: string): ItemKey => ({
    pk: `alert#${pipeline}`,
    sk: `${kind}#${key}`,
  }),
};

/** A DynamoDB condition; names as `#name`, values as `:value`. */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

export const ABSENT: Condition = { expression: 'attribute_not_exists(pk)' };

/** Reads what the last successful write left (a consistent read). */
export async function getItem<T>(ledger: Ledger, key: ItemKey): Promise<T | undefined> {
  const { Item } = await ledger.client.send(
    new GetItemCommand({ TableName: ledger.table, Key: marshall(key), ConsistentRead: true }),
  );
  if (Item === undefined) return undefined;
  const { pk: _pk, sk: _sk, ...attributes } = unmarshall(Item);
  return attributes as T;
}

/** Puts the item if the condition holds; false if it does not. */
export async function putItem<T extends object>(
  ledger: Ledger,
  key: ItemKey,
  item: T,
  condition?: Condition,
): Promise<boolean> {
  return unlessConditionFails(() =>
    ledger.client.send(
      new PutItemCommand({
        TableName: ledger.table,
        Item: marshall({ ...item, ...key }, { removeUndefinedValues: true }),
        ...conditionOf(condition),
      }),
    ),
  );
}

/** Sets these attributes, and removes those that are `undefined`, if the condition holds; false if it does not. */
export async function updateItem(
  ledger: Ledger,
  key: ItemKey,
  changes: Readonly<Record<string, unknown>>,
  condition?: Condition,
): Promise<boolean> {
  const entries = Object.entries(changes);
  const set = entries.flatMap(([, value], index) => (value === undefined ? [] : [`#s${index} = :s${index}`]));
  const remove = entries.flatMap(([, value], index) => (value === undefined ? [`#s${index}`] : []));
  const given = conditionOf(condition);
  const values = Object.fromEntries(
    entries.flatMap(([, value], index) => (value === undefined ? [] : [[`:s${index}`, value]])),
  );
  return unlessConditionFails(() =>
    ledger.client.send(
      new UpdateItemCommand({
        TableName: ledger.table,
        Key: marshall(key),
        UpdateExpression: [
          ...(set.length > 0 ? [`SET ${set.join(', ')}`] : []),
          ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
        ].join(' '),
        ...given,
        ExpressionAttributeNames: {
          ...Object.fromEntries(entries.map(([name], index) => [`#s${index}`, name])),
          ...given.ExpressionAttributeNames,
        },
        ...(set.length > 0 || given.ExpressionAttributeValues
          ? {
              ExpressionAttributeValues: {
                ...marshall(values, { removeUndefinedValues: true }),
                ...given.ExpressionAttributeValues,
              },
            }
          : {}),
      }),
    ),
  );
}

/** Items of the index `open` whose time has come, the oldest first. Eventually consistent: read the item again before acting. */
export async function queryOpen<T>(ledger: Ledger, openPk: string, dueUntil: string, limit: number): Promise<T[]> {
  const { Items } = await ledger.client.send(
    new QueryCommand({
      TableName: ledger.table,
      IndexName: 'open',
      KeyConditionExpression: 'openPk = :openPk AND dueAt <= :until',
      ExpressionAttributeValues: marshall({ ':openPk': openPk, ':until': dueUntil }),
      Limit: limit,
    }),
  );
  return (Items ?? []).map((item) => unmarshall(item) as T);
}

/** All items of a partition whose sort key begins so, by it; as they are at the moment. */
export async function queryPrefix<T>(ledger: Ledger, { pk, sk }: ItemKey): Promise<T[]> {
  const found: T[] = [];
  let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
  do {
    const { Items = [], LastEvaluatedKey } = await ledger.client.send(
      new QueryCommand({
        TableName: ledger.table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: marshall({ ':pk': pk, ':sk': sk }),
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    found.push(...Items.map((item) => unmarshall(item) as T));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}

interface ConditionInput {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

function conditionOf(condition: Condition | undefined): ConditionInput {
  if (!condition) return {};
  const { names, values } = condition;
  return {
    ConditionExpression: condition.expression,
    ...(names ? { ExpressionAttributeNames: { ...names } } : {}),
    ...(values ? { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) } : {}),
  };
}

async function unlessConditionFails(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    // The SDK's classes of errors are left out of the bundles.
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
