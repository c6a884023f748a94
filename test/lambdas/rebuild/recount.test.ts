/** Windows of a stream counted anew, from batches as `consume` stages them, through DynamoDB and S3 as the local cloud has them. */
import { gzipSync } from 'node:zlib';
import { CreateTableCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { countStore } from '../../../lambdas/consume/count-store';
import { endWindow } from '../../../lambdas/consume/end-window';
import { logStore } from '../../../lambdas/consume/log-store';
import { ShardLog } from '../../../lambdas/consume/shard-log';
import { WindowCounts } from '../../../lambdas/consume/window-counts';
import { countedTables } from '../../../lambdas/rebuild/counted-tables';
import { type RecountServices, recount } from '../../../lambdas/rebuild/recount';
import { notLanded } from '../../../lambdas/rebuild/stream-state';
import { uncounted } from '../../../lambdas/rebuild/uncounted';
import { Pace } from '../../../lambdas/shared/pace';
import { aggregatesOf } from '../../../lambdas/shared/stream/aggregates';
import { judgeBatch } from '../../../lambdas/shared/stream/judge-batch';
import { stagedLine } from '../../../lambdas/shared/stream/staged-line';
import type { RecountProgress } from '../../../lib/tasks/rebuild';
import type { StreamPlan } from '../../../lib/tasks/stream';
import { type LambdaCloud, startLambdaCloud } from '../cloud';
import { column } from '../staging';

const PLAN: StreamPlan = {
  stream: 'visits',
  source: 'records',
  columns: [column('country', { type: 'text' }), column('paid', { type: 'decimal', precision: 12, scale: 2 })],
  onDrift: { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' },
  prefix: 'streams/visits/',
  retentionHours: 24,
  live: [],
  aggregates: {
    // Hours are not whole windows.
    windowSeconds: 420,
    tables: [
      {
        table: 'by-country',
        model: 'records',
        by: ['country'],
        count: 'visits',
        values: [{ name: 'paid', how: 'sum', column: 'paid' }],
      },
    ],
  },
};
const LENGTH_MS = 420_000;
const NOON = Date.parse('2026-11-01T12:00:00Z');
const SPAN = { from: '2026-11-01T12:01:00.000Z', to: '2026-11-01T15:00:00.000Z' };
const log = { debug() {}, info() {}, warn() {}, error() {} };
const aggregates = aggregatesOf(PLAN);

let cloud: LambdaCloud;
let attempts = 0;
beforeAll(async () => {
  cloud = await startLambdaCloud();
  await cloud.dynamoDb.send(
    new CreateTableCommand({
      TableName: 'by-country',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['group', 'window'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'group', KeyType: 'HASH' },
        { AttributeName: 'window', KeyType: 'RANGE' },
      ],
    }),
  );
});
afterAll(() => cloud.close());

interface Sent {
  readonly shard: string;
  readonly sequence: string;
  readonly arrivedAt: number;
  readonly text: string;
  readonly rejected?: string;
}

let sequence = 100n;
function visit(minute: number, country: string | null, paid: unknown, more: Partial<Sent> = {}): Sent {
  sequence += 7n;
  return {
    shard: 'shardId-000000000000',
    sequence: String(sequence),
    arrivedAt: NOON + minute * 60_000,
    text: JSON.stringify({ country, paid }),
    ...more,
  };
}

/** One file, as a call of the stream's function stages it. */
async function stage(...sent: readonly Sent[]): Promise<void> {
  const [first] = sent;
  const path = new Date(first!.arrivedAt).toISOString().slice(0, 13).replace(/[-T]/g, '/');
  const lines = sent.map(({ text, rejected, ...place }) => stagedLine({ text }, place, rejected));
  await cloud.land(
    `${PLAN.prefix}${path}/${first!.shard}-${first!.sequence}-1.ndjson.gz`,
    gzipSync(`${lines.join('\n')}\n`) as unknown as string,
  );
}

const store = () =>
  countStore({
    client: cloud.dynamoDb,
    ledger: cloud.ledger,
    s3: cloud.s3,
    workBucket: 'work',
    pipeline: 'visits',
    aggregates,
    windowSeconds: LENGTH_MS / 1000,
    pace: new Pace(Date.now),
    now: Date.now,
  });

function services(more: Partial<RecountServices> = {}): RecountServices {
  const now = Date.now;
  const { ledger, s3, dynamoDb: client } = cloud;
  return {
    s3,
    landingBucket: 'landing',
    workBucket: 'work',
    attempt: `attempt-${++attempts}`,
    prefix: PLAN.prefix,
    windowSeconds: 420,
    retentionHours: 24,
    aggregates,
    judge: (records) =>
      judgeBatch(records, { plan: PLAN, fits: [], userCode: {}, userLog: log, lookUp: async () => undefined }),
    tables: countedTables({ client, tables: ['by-country'], now }),
    notLanded: async () => undefined,
    uncounted: (span) => uncounted(span, { s3, ledger, workBucket: 'work', pipeline: 'visits' }),
    remainingMs: () => 900_000,
    now,
    ...more,
  };
}

async function recounted(run: string, more: Partial<RecountServices> = {}, span = SPAN): Promise<number> {
  let checkpoint: RecountProgress | null = null;
  for (let calls = 1; ; calls++) {
    const input = { pipeline: 'visits', execution: { arn: 'arn', name: run, startedAt: SPAN.to }, checkpoint };
    ({ checkpoint } = await recount(input, span, services(more)));
    if (checkpoint === null) return calls;
  }
}

const textOf = (start: number) => new Date(start).toISOString().replace('.000Z', 'Z');
const startOf = ({ arrivedAt }: Pick<Sent, 'arrivedAt'>) => textOf(Math.floor(arrivedAt / LENGTH_MS) * LENGTH_MS);
const put = (item: Record<string, unknown>) =>
  cloud.dynamoDb.send(new PutItemCommand({ TableName: 'by-country', Item: marshall(item) }));

/** Window and shard → group → visits and what they paid, of all its items. */
async function counted(): Promise<Record<string, Record<string, string>>> {
  const { Items = [] } = await cloud.dynamoDb.send(new ScanCommand({ TableName: 'by-country' }));
  const found: Record<string, Record<string, [number, number]>> = {};
  for (const item of Items) {
    const { group = '', window, visits, paid = '0' } = unmarshall(item) as Record<string, string>;
    const [start, shard] = String(window).split('#') as [string, string];
    const key = `${start} ${shard}`;
    const groups = found[key] ?? {};
    found[key] = groups;
    const [before, sum] = groups[group] ?? [0, 0];
    groups[group] = [before + Number(visits), sum + Number(paid)];
  }
  const shown = (groups: Record<string, [number, number]>) =>
    Object.fromEntries(Object.entries(groups).map(([group, [visits, paid]]) => [group, `${visits} ${paid}`]));
  return Object.fromEntries(Object.entries(found).map(([window, groups]) => [window, shown(groups)]));
}

test('windows of the span have each record that was staged, whichever file it is in, and no other window changes', async () => {
  const other = { shard: 'shardId-000000000001' };
  // One that was staged after a pause: from before the span until long after its file's hour.
  const wide = [visit(-30, 'de', 1), visit(0.5, 'de', 2), visit(65, 'ch', 3), visit(65.5, 'ch', 4, other)];
  const plain = [visit(66, 'ch', 5), visit(67, null, null)];
  const bad = visit(68, 'de', 'much', { rejected: 'column paid: it was so' });
  const better = visit(69, 'de', 6, { rejected: 'the contract was another' });
  const late = [visit(179.9, 'at', 7), visit(180.1, 'at', 8), visit(190, 'at', 9)];
  await stage(...wide);
  await stage(...plain, bad);
  await stage(better);
  await stage(...late);
  // As they were counted by other code; one of a window whose batches somebody has deleted, and others outside of the span.
  const stale = { group: 'xx', visits: 9 };
  await put({ ...stale, window: `${startOf(plain[0]!)}#shardId-000000000000#1` });
  await put({ ...stale, group: 'ch', window: `${startOf(plain[0]!)}#shardId-000000000000#${wide[2]!.sequence}` });
  const kept = [visit(120, 'xx', 0), visit(-30, 'xx', 0), visit(200, 'xx', 0)];
  for (const one of kept) await put({ ...stale, window: `${startOf(one)}#shardId-000000000000#1` });

  // Windows that begin in the span: not the one from 12:00, and all of that from 14:55.
  const shard = 'shardId-000000000000';
  const expected = {
    ...Object.fromEntries(kept.map((one) => [`${startOf(one)} ${shard}`, { xx: '9 0' }])),
    [`${startOf(wide[2]!)} ${shard}`]: { ch: '2 8', '\\N': '1 0', de: '1 6' },
    [`${startOf(wide[2]!)} ${other.shard}`]: { ch: '1 4' },
    [`${startOf(late[0]!)} ${shard}`]: { at: '2 15' },
  };
  await recounted('run-1');
  expect(await counted()).toEqual(expected);

  // Again, in many calls, and with parts so small that a window has several.
  let left = 0;
  const calls = await recounted('run-2', { mostPartBytes: 500, remainingMs: () => (left++ % 2 === 0 ? 0 : 900_000) });
  expect(calls).toBeGreaterThan(1);
  expect(await counted()).toEqual(expected);
  // A call of before, repeated long after.
  const item = {
    ...marshall({ group: 'at', visits: 99 }),
    window: { S: `${startOf(late[0]!)}#${shard}#${late[0]!.sequence}` },
  };
  await store().put([{ table: 'by-country', item, count: 'visits' }]);
  expect(await counted()).toEqual(expected);
});

test('a call that comes late turns back nothing that the same part has counted since', async () => {
  const keys = { group: 'lu', window: '2026-11-02T10:00:00Z#shardId-000000000000#1' };
  const put = (visits: number) =>
    store().put([{ table: 'by-country', item: marshall({ ...keys, visits }), count: 'visits' }]);
  for (const visits of [2, 10, 9]) await put(visits);
  expect((await counted())['2026-11-02T10:00:00Z shardId-000000000000']).toEqual({ lu: '10 0' });
});

test('a window is waited for until all that came in it is staged, and its counts are in their table', async () => {
  const one = visit(30, 'nl', 1);
  await stage(one);
  const start = startOf(one);
  const end = Date.parse(start) + LENGTH_MS;
  const span = { from: start, to: textOf(end) };
  const again = (more: Partial<RecountServices> = {}) => recounted('run-3', more, span);

  await expect(again({ now: () => end - 1 })).rejects.toThrow(`The last window of the span ends at ${span.to}.`);
  const files = [{ key: 'one', landed: true }];
  const stream = {
    waiting: async (before: number) => (before === end - 1 && files.length === 1 ? 'Records wait.' : undefined),
    staged: async () => files,
  };
  const waiting: Partial<RecountServices> = { notLanded: (before) => notLanded(stream, before, end) };
  await expect(again(waiting)).rejects.toThrow('Records wait.');
  files.push({ key: 'two', landed: false });
  await expect(again(waiting)).rejects.toThrow('two was staged, and has not landed yet.');

  const counts = new WindowCounts(store());
  const { ledger, s3 } = cloud;
  const log = new ShardLog(
    logStore({
      s3,
      workBucket: 'work',
      landingBucket: 'landing',
      ledger,
      pipeline: 'visits',
      shard: one.shard,
      retentionHours: 24,
      now: Date.now,
    }),
  );
  const stageAndCount = (record: Sent) =>
    log.stage([record], {
      duplicatesAmong: async () => new Set(),
      content: async () => Buffer.from('elsewhere'),
      keyOf: ([first]) => `other/${first!.sequence}`,
      count: (kept, before) =>
        counts.count(
          one.shard,
          kept.map((of) => ({ ...of, model: 'records', row: { country: 'nl', paid: '1' } })),
          before,
          false,
        ),
    });
  await stageAndCount(one);
  await expect(again()).rejects.toThrow(
    `Counts of the window of ${start} on ${one.shard} are not in their tables yet.`,
  );
  // A window later; the one before was given up.
  await stageAndCount({ ...visit(40, 'nl', 1), shard: one.shard });
  await expect(again()).rejects.toThrow('not in their tables yet');
  await endWindow(one.shard, span.to, { log: () => log, counts });
  await again();
  expect((await counted())[`${start} ${one.shard}`]).toEqual({ nl: '1 1' });
});
