/** When the last record of each key was taken, in the ledger: an item for each key, spread over all of the table. */
import { BatchGetItemCommand, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type Ledger, ledgerKeys } from '../shared/ledger';
import type { SeenKeys } from '../shared/stream/dedupe';

export interface SeenScope {
  readonly pipeline: string;
  readonly withinMs: number;
}

/** The most that DynamoDB takes at once. */
const READ = 100;
const WRITE = 25;
const PARALLEL = 8;
const FIRST_WAIT_MS = 50;
const MOST_TRIES = 8;
/** A record that is received again later than this is no duplicate of anything. */
const LEAST_LIFE_SECONDS = 24 * 3600;

interface SeenItem {
  readonly pk: string;
  readonly at: number;
}

export function seenKeys(ledger: Ledger, { pipeline, withinMs }: SeenScope): SeenKeys {
  const { client, table } = ledger;
  const itemKey = (key: string) => ledgerKeys.seen(pipeline, key);
  return {
    async find(keys) {
      const found = new Map<string, number>();
      const byPk = new Map(keys.map((key) => [itemKey(key).pk, key]));
      await eachChunk(keys, READ, async (some) => {
        await untilDone(
          some.map((key) => marshall(itemKey(key))),
          async (Keys) => {
            const { Responses, UnprocessedKeys } = await client.send(
              new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
            );
            for (const item of Responses?.[table] ?? []) {
              const { pk, at } = unmarshall(item) as SeenItem;
              found.set(byPk.get(pk)!, at);
            }
            return UnprocessedKeys?.[table]?.Keys ?? [];
          },
        );
      });
      return found;
    },
    async note(seen) {
      await eachChunk([...seen], WRITE, async (some) => {
        const puts = some.map(([key, at]) => {
          const expiresAt = Math.ceil((at + withinMs) / 1000) + LEAST_LIFE_SECONDS;
          return { PutRequest: { Item: marshall({ ...itemKey(key), at, expiresAt }) } };
        });
        await untilDone(puts, async (requests) => {
          const { UnprocessedItems } = await client.send(
            new BatchWriteItemCommand({ RequestItems: { [table]: requests } }),
          );
          return (UnprocessedItems?.[table] ?? []) as typeof puts;
        });
      });
    },
  };
}

/** What is throttled comes back, and is asked for again. */
async function untilDone<T>(items: readonly T[], ask: (items: T[]) => Promise<readonly T[]>): Promise<void> {
  let rest: readonly T[] = items;
  for (let tries = 0; rest.length > 0; tries++) {
    if (tries === MOST_TRIES)
      throw new Error(`DynamoDB has left ${rest.length} items of the ledger undone ${tries} times.`);
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** tries * Math.random()));
    rest = await ask([...rest]);
  }
}

async function eachChunk<T>(items: readonly T[], size: number, work: (some: T[]) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const from = next;
      next += size;
      await work(items.slice(from, from + size));
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, Math.ceil(items.length / size)) }, worker));
}
