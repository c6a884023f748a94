import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Cloud } from '../../lib/local/cloud';
import { type FileReading, readFile, tablesOf } from './independent-reading';
import { csvFile, gzipped, ndjsonFile, type OrderRow, orderRows } from './order-files';
import { createWorkspace, type EndedRun, Orders, startIn, type Workspace } from './orders-cloud';
import { readTables } from './tables';

let workspace: Workspace;
let cloud: Cloud;
let orders: Orders;
/** what was loaded, in the order in which it was */
const loaded: FileReading[] = [];

beforeAll(async () => {
  workspace = await createWorkspace();
  cloud = await startIn(workspace);
  orders = new Orders(cloud);
});
afterAll(async () => {
  orders?.close();
  await cloud?.stop();
  workspace?.remove();
});

async function expectTablesToHoldTheFiles(): Promise<void> {
  const { aurora, ...actual } = await readTables(orders);
  const expected = tablesOf(loaded);
  expect(actual).toEqual(expected);
  expect(aurora).toEqual(expected.orders);
}

const FIRST = 'orders/a first one+two, "quoted" \'x\' %2F 🧾.csv';
const first = csvFile(orderRows({ seed: 1, orders: 120, first: 1000 }));

test('files of each format, with awkward names and values, are in the tables row for row', async () => {
  const files: [string, Buffer][] = [
    [FIRST, first],
    [
      'orders/späte Bestellungen (2).csv.gz',
      gzipped(
        csvFile(orderRows({ seed: 2, orders: 100, first: 2000 }), { newline: '\r\n', bom: true, reversed: true }),
      ),
    ],
    ['orders/%2Fdeep%20%+.ndjson', ndjsonFile(orderRows({ seed: 3, orders: 100, first: 3000 }))],
    [
      'orders/#4?&=;.csv',
      csvFile(orderRows({ seed: 4, orders: 60, first: 4000 }), { quoteAll: true, bom: true, endsWithNewline: false }),
    ],
  ];

  // The last two at the same time.
  const [one, two, ...others] = files as [[string, Buffer], [string, Buffer], ...[string, Buffer][]];
  const runs = [await orders.dropAndRun(...one), await orders.dropAndRun(...two)];
  runs.push(...(await Promise.all(others.map((file) => orders.dropAndRun(...file)))));

  for (const [index, [key, body]] of files.entries()) {
    const reading = readFile(key, body);
    loaded.push(reading);
    expect(reading.rejected).toBe(0);
    expectPublished(runs[index], reading);
  }
  await expectTablesToHoldTheFiles();
});

function expectPublished(run: EndedRun | undefined, { lines, orders: ofFile, rejected }: FileReading): void {
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { rows: lines.length, rejected } });
  const sinks: { sink: string; rows: number }[] = run?.output?.published ?? [];
  const published = Object.fromEntries(sinks.map(({ sink, rows }) => [sink, rows]));
  expect(published).toEqual({
    'redshift:shop.order_lines': lines.length,
    'redshift:shop.orders': ofFile.length,
    'postgres:shop.orders': ofFile.length,
    'lake:order_lines': lines.length,
  });
}

/** What is wrong with which row; a number says after which row of the file a record of its own comes. */
const SPOILT: Readonly<Record<number, (row: OrderRow) => OrderRow>> = {
  7: (row) => ({ ...row, lineitem_quantity: '2 pcs' }),
  90: (row) => ({ ...row, created_at: '2026-04-31 10:00:00 -0400' }),
  150: (row) => ({ ...row, lineitem_price: '19.999' }),
  333: (row) => ({ ...row, lineitem_sku: '' }),
  410: (row) => ({ ...row, currency: 'EURO' }),
};

test('of a file with bad rows the good ones are in the tables', async () => {
  const rows = orderRows({ seed: 5, orders: 220, first: 5000 }).map((row, index) => SPOILT[index]?.(row) ?? row);
  const whole = csvFile(rows).toString('utf8');
  // A record with a field too many, before the last line.
  const at = whole.lastIndexOf('\n', whole.length - 2) + 1;
  const body = Buffer.from(`${whole.slice(0, at)}#too,many${',x'.repeat(100)}\n${whole.slice(at)}`);
  const key = 'orders/with bad rows.csv';
  const reading = readFile(key, body);
  expect(reading.rejected).toBe(Object.keys(SPOILT).length + 1);

  const run = await orders.dropAndRun(key, body);

  loaded.push(reading);
  expectPublished(run, reading);
  await expectTablesToHoldTheFiles();
});

test('the same file again changes nothing: a repeated event, a copy onto itself, a second upload', async () => {
  const before = await readTables(orders);
  const again = await orders.drop(FIRST, first);
  const { VersionId = '' } = await orders.s3.send(
    new CopyObjectCommand({
      Bucket: orders.landing,
      Key: FIRST,
      ...orders.copySource(FIRST),
      MetadataDirective: 'REPLACE',
      Metadata: { copied: 'yes' },
    }),
  );
  const uploaded = await orders.runOf(again);
  const { executionArn = '' } = await orders.sfn.send(
    new StartExecutionCommand({ stateMachineArn: orders.stateMachineArn, input: uploaded.input }),
  );
  const others = [await orders.runOf({ key: FIRST, versionId: VersionId }), await orders.ended(executionArn)];

  for (const run of [uploaded, ...others])
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'duplicate' } });
  expect(await readTables(orders)).toEqual(before);
});

test('a changed file under the same key is loaded: its rows take the place of those with their keys', async () => {
  const rows = orderRows({ seed: 1, orders: 120, first: 1000 });
  const changed = [
    ...rows
      .slice(0, 150)
      .map((row, index) => (index % 3 === 0 ? { ...row, lineitem_quantity: '77', vendor: '' } : row)),
    ...orderRows({ seed: 6, orders: 10, first: 6000 }),
  ];
  const body = csvFile(changed, { newline: '\r\n' });

  const run = await orders.dropAndRun(FIRST, body);

  const reading = readFile(FIRST, body);
  loaded.push(reading);
  expectPublished(run, reading);
  await expectTablesToHoldTheFiles();

  // And back again: a third content, although it was seen before.
  const back = await orders.dropAndRun(FIRST, first);
  loaded.push(readFile(FIRST, first));
  expectPublished(back, readFile(FIRST, first));
  await expectTablesToHoldTheFiles();
});
