/** Batches of a stream as `consume` takes them, and as the least that anybody does with them: JSON.parse and BatchWriteItem. */
import { BatchWriteItemCommand, DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { consume } from '../../../../lambdas/consume/consume';
import { dynamoLiveSink } from '../../../../lambdas/consume/dynamo-sink';
import type { StreamRecord } from '../../../../lambdas/consume/event';
import { logStore } from '../../../../lambdas/consume/log-store';
import { seenKeys } from '../../../../lambdas/consume/seen-keys';
import { ShardLog } from '../../../../lambdas/consume/shard-log';
import { dynamoDb, dynamoDbWriter, s3 } from '../../../../lambdas/shared/clients';
import { Pace } from '../../../../lambdas/shared/pace';
import { fitsOf } from '../../../../lambdas/shared/stream/fits';
import type { StreamPlan } from '../../../../lib/tasks/stream';

export interface StreamEvent {
  readonly consumer: 'stepwell' | 'bare';
  readonly plan: StreamPlan;
  readonly records: number;
}

const BATCH = 500;
const START = Date.parse('2026-11-01T00:00:00Z');
const FIRST = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;

export async function handler({ consumer, plan, records }: StreamEvent, { awsRequestId }: { awsRequestId: string }) {
  const take = consumer === 'bare' ? bare(plan.live[0]!.table) : stepwell(plan, awsRequestId);
  let rows = 0;
  for (let from = 0; from < records; from += BATCH)
    rows += await take(batchFrom(from, Math.min(records, from + BATCH)));
  return { rows };
}

function batchFrom(from: number, to: number): StreamRecord[] {
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    const at = new Date(START + number).toISOString();
    const person = { event: `e${number}`, login: { uuid: `user-${number}` }, name: { first: 'Ann' }, received_at: at };
    return {
      shard: 'shardId-000000000000',
      sequence: String(FIRST + BigInt(number) * 1_000_003n),
      arrivedAt: START + number,
      data: Buffer.from(JSON.stringify(person)),
    };
  });
}

function stepwell(plan: StreamPlan, pipeline: string): (records: readonly StreamRecord[]) => Promise<number> {
  const ledger = { client: dynamoDb(), table: 'ledger' };
  const now = Date.now;
  const files = { s3: s3(), workBucket: process.env.WORK_BUCKET!, landingBucket: process.env.WORK_BUCKET! };
  const shard = 'shardId-000000000000';
  const log = new ShardLog(logStore({ ...files, ledger, pipeline, shard, retentionHours: 24, now }));
  const pace = new Pace(now);
  const services = {
    plan: { ...plan, prefix: `landed/${pipeline}/` },
    log: () => log,
    lookUp: async () => undefined,
    fits: fitsOf(plan),
    seen: seenKeys(ledger, { pipeline, withinMs: 600_000 }),
    sinks: plan.live.flatMap((sink) =>
      sink.kind === 'dynamoTable'
        ? [{ model: sink.model, sink: dynamoLiveSink(sink, { client: dynamoDbWriter(), pace, now }) }]
        : [],
    ),
    userCode: {},
    userLog: { debug() {}, info() {}, warn() {}, error() {} },
    now,
  };
  return async (records) => {
    const { bad, failed, duplicates } = await consume(records, services);
    return records.length - bad - failed.length - duplicates;
  };
}

/** As anybody makes it. */
function bare(table: string): (records: readonly StreamRecord[]) => Promise<number> {
  const client = new DynamoDBClient();
  return async (records) => {
    const puts = records.map(({ data }): WriteRequest => {
      const { login, name, received_at } = JSON.parse(data.toString());
      const item = { user_id: { S: login.uuid }, name: { S: name.first }, received_at: { S: received_at } };
      return { PutRequest: { Item: item } };
    });
    const chunks: WriteRequest[][] = [];
    for (let at = 0; at < puts.length; at += 25) chunks.push(puts.slice(at, at + 25));
    await Promise.all(
      chunks.map((some) => client.send(new BatchWriteItemCommand({ RequestItems: { [table]: some } }))),
    );
    return records.length;
  };
}
