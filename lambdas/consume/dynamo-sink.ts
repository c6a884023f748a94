/** A DynamoDB table that gets its rows record by record: the same items, on the same condition, as the load of a run writes. */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoSink } from '../../lib/tasks/common';
import { itemOf } from '../shared/dynamo/item';
import { type Item, writeItem } from '../shared/dynamo/write-item';
import { type Pace, paced } from '../shared/pace';
import { padded } from '../shared/stream/sequence-set';
import type { FailedRow, LiveRow, LiveSink } from './live-sink';

/** `_load_id` of what was written live. */
const LIVE = 'live';
const never = () => false;

export interface DynamoSinkServices {
  readonly client: DynamoDBClient;
  /** of all sinks of the function */
  readonly pace: Pace;
  readonly now: () => number;
}

interface Write {
  readonly item: Item;
  readonly row: LiveRow;
  /** rows that it stands for */
  readonly of: LiveRow[];
}

export function dynamoLiveSink(sink: DynamoSink, { client, pace, now }: DynamoSinkServices): LiveSink {
  return {
    async write(rows) {
      const failed: FailedRow[] = [];
      const startedAt = new Date(now()).toISOString();
      const writes = latestOfEach(rows, sink);
      await paced(writes, 0, pace, never, async ({ item, row, of }) => {
        const { sequence, receivedAt } = row;
        const run = { loadId: LIVE, startedAt, generation: 0, arrival: arrivalOf(receivedAt, sequence) };
        try {
          pace.answered((await writeItem(client, { sink, run }, item)).attempts);
        } catch (error) {
          // A throttled table, say: what has waited for so long is retried with all that follows it.
          pace.answered(2);
          const reason = `${(error as Error).name}: ${(error as Error).message}`;
          failed.push(...of.map((one) => ({ sequence: one.sequence, reason })));
        }
      });
      return { failed };
    },
  };
}

/** Comparable with the arrivals of loads: `<ISO 8601>#<order among those of the same time>`. */
const arrivalOf = (receivedAt: number, sequence: string): string =>
  `${new Date(receivedAt).toISOString()}#${padded(sequence)}`;

/**
 * Of several rows of a key only the one that stays in the end, where that can be told: an item takes a thousand writes a second, however many
 * a table does. The order of the others does not matter, since each is written on its condition.
 */
function latestOfEach(rows: readonly LiveRow[], sink: DynamoSink): Write[] {
  const { partitionKey, sortKey } = sink.key;
  const newestBy = sink.write.mode === 'merge' ? sink.write.newestBy : undefined;
  const writes = new Map<string, Write>();
  for (const row of rows) {
    const item = itemOf(row.row, sink.columns, sink);
    const key = JSON.stringify([item[partitionKey], sortKey === undefined ? null : item[sortKey]]);
    const before = writes.get(key);
    if (before === undefined) {
      writes.set(key, { item, row, of: [row] });
      continue;
    }
    const order = compare(
      row,
      before.row,
      newestBy === undefined ? undefined : [item[newestBy], before.item[newestBy]],
    );
    if (order === undefined) {
      writes.set(`${key} ${writes.size}`, { item, row, of: [row] });
      continue;
    }
    before.of.push(row);
    if (order > 0) writes.set(key, { item, row, of: before.of });
  }
  return [...writes.values()];
}

type Newest = readonly [AttributeValue | undefined, AttributeValue | undefined];

/** As the condition of the write has it. Undefined: only DynamoDB can tell. */
function compare(a: LiveRow, b: LiveRow, newest: Newest | undefined): number | undefined {
  if (newest) {
    const [left, right] = newest;
    if (left === undefined || right === undefined) {
      if (left !== right) return left === undefined ? -1 : 1;
    } else if (left.S !== undefined && right.S !== undefined) {
      const order = Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
      if (order !== 0) return order;
    } else if (left.N !== right.N) {
      const difference = Number(left.N) - Number(right.N);
      return difference === 0 || Number.isNaN(difference) ? undefined : difference;
    }
  }
  const [ours, theirs] = [arrivalOf(a.receivedAt, a.sequence), arrivalOf(b.receivedAt, b.sequence)];
  return ours < theirs ? -1 : 1;
}
