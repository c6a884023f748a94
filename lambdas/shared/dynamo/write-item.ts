/**
 * One conditional write for an item: it can be repeated, come late and in any order, and what it leaves is the same. DynamoDB decides on each
 * item by itself; nothing that was read before counts.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { DynamoSink, Run } from '../../../lib/tasks/common';
import { StatementFailed } from '../../../lib/tasks/errors';
import { GENERATION } from '../staged-items';

export type Item = Record<string, AttributeValue>;

/** What an item is written for, as a load of the sink. */
export interface ItemLoad {
  readonly sink: Pick<DynamoSink, 'table' | 'write'>;
  readonly run: Pick<Run, 'loadId' | 'startedAt' | 'arrival' | 'generation'>;
}

export interface Written {
  /** false: what is there stays */
  readonly changed: boolean;
  /** how often the SDK had to ask */
  readonly attempts: number;
}

type Expression = Pick<
  PutItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

/** A generation of the load that is over leaves nothing in the way of a later one, and never comes back over it. */
export async function writeItem(client: DynamoDBClient, { sink, run }: ItemLoad, item: Item): Promise<Written> {
  const bookkeeping: Item = {
    _load_id: { S: run.loadId },
    _loaded_at: { S: new Date(run.startedAt).toISOString() },
    _arrival: { S: run.arrival },
    [GENERATION]: { N: String(run.generation) },
  };
  const newestBy = sink.write.mode === 'merge' ? sink.write.newestBy : undefined;
  const condition = sink.write.mode === 'replace' ? {} : overtakes({ ...item, ...bookkeeping }, newestBy);
  return unlessRefused(sink.table, () =>
    client.send(new PutItemCommand({ TableName: sink.table, Item: { ...item, ...bookkeeping }, ...condition })),
  );
}

/**
 * As in the databases: with `newestBy` a greater value wins, none counts as the oldest, and on a tie the later arrival; without it the
 * later arrival alone. The same arrival wins as well: that is the same load again. Without parentheses, which the parser of the local
 * DynamoDB takes 10 ms for where they stand in each other.
 */
function overtakes(item: Item, newestBy: string | undefined): Expression {
  const arrivedLater = '#arrival <= :arrival';
  const ours = newestBy === undefined ? undefined : item[newestBy];
  const newer =
    newestBy === undefined
      ? [arrivedLater]
      : ours === undefined
        ? [`attribute_not_exists(#newest) AND ${arrivedLater}`]
        : ['attribute_not_exists(#newest)', '#newest < :newest', `#newest = :newest AND ${arrivedLater}`];
  const sameOrOther = ['#load <> :load', '#generation = :generation'];
  return {
    ConditionExpression: [
      'attribute_not_exists(#load)',
      '#load = :load AND #generation < :generation',
      ...sameOrOther.flatMap((load) => newer.map((than) => `${load} AND ${than}`)),
    ].join(' OR '),
    ExpressionAttributeNames: {
      '#load': '_load_id',
      '#generation': GENERATION,
      '#arrival': '_arrival',
      ...(newestBy === undefined ? {} : { '#newest': newestBy }),
    },
    ExpressionAttributeValues: {
      ':load': item._load_id!,
      ':generation': item[GENERATION]!,
      ':arrival': item._arrival!,
      ...(ours === undefined ? {} : { ':newest': ours }),
    },
  };
}

/**
 * Items that this load replaces: with `merge` those of its own earlier generations that it does not have any more, with `replace`
 * everything that is not its own.
 */
export function replacedItems({ sink, run }: ItemLoad): {
  expression: string;
  names: Record<string, string>;
  values: Item;
} {
  return {
    expression:
      sink.write.mode === 'replace'
        ? 'attribute_not_exists(#load) OR #load <> :load OR #generation <> :generation'
        : '#load = :load AND #generation < :generation',
    names: { '#load': '_load_id', '#generation': GENERATION },
    values: { ':load': { S: run.loadId }, ':generation': { N: String(run.generation) } },
  };
}

/** Deletes the item if it is still one of those. */
export async function deleteReplaced(client: DynamoDBClient, staged: ItemLoad, key: Item): Promise<Written> {
  const { expression, names, values } = replacedItems(staged);
  return unlessRefused(staged.sink.table, () =>
    client.send(
      new DeleteItemCommand({
        TableName: staged.sink.table,
        Key: key,
        ConditionExpression: expression,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
      }),
    ),
  );
}

interface Answer {
  readonly $metadata: { readonly attempts?: number | undefined };
}

/** What no retry mends: the table has another key than the sink, or is gone. */
const REFUSED = ['ValidationException', 'ResourceNotFoundException'];

async function unlessRefused(table: string, write: () => Promise<Answer>): Promise<Written> {
  try {
    const { $metadata } = await write();
    return { changed: true, attempts: $metadata.attempts ?? 1 };
  } catch (error) {
    const { name, message } = error as Error;
    if (REFUSED.includes(name)) {
      throw new StatementFailed(
        `DynamoDB refused an item of the table ${table}: ${message} Is the table there, and is its key the sink's? Deploy the pipeline, then redrive the run.`,
        { cause: error },
      );
    }
    if (name !== 'ConditionalCheckFailedException') throw error;
    return { changed: false, attempts: (error as Partial<Answer>).$metadata?.attempts ?? 1 };
  }
}
