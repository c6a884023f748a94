import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { measuresBefore, putMeasures } from '../../../lambdas/shared/measures';
import type { Run } from '../../../lib/tasks/common';
import { RUN, type Staging, startStaging } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
  await staging.dynamoDb.send(
    new CreateTableCommand({
      TableName: 'ledger',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});
afterAll(() => staging.close());

const ledger = () => ({ client: staging.dynamoDb, table: 'ledger' });
const run = (day: number, loadKey = `orders:${day}`, more: Partial<Run> = {}): Run => ({
  ...RUN,
  runId: `run-${day}`,
  startedAt: `2026-01-${String(day).padStart(2, '0')}T01:00:00.000Z`,
  loadKey,
  ...more,
});
const rowsOf = async (one: Run, most = 7) =>
  (await measuresBefore(ledger(), one, most)).map(({ measures }) => measures['volume(orders)']);

test('the last runs before this one, the latest first; a load that was repeated counts once, and never for itself', async () => {
  for (const day of [1, 2, 3, 4, 5]) await putMeasures(ledger(), run(day), { 'volume(orders)': day });
  // the third day's load, once more
  await putMeasures(ledger(), run(6, 'orders:3'), { 'volume(orders)': 33 });
  await putMeasures(ledger(), { ...run(4), pipeline: 'other' }, { 'volume(orders)': 99 });
  await putMeasures(ledger(), run(9), { 'volume(orders)': 9 });

  expect(await rowsOf(run(7))).toEqual([33, 5, 4, 2, 1]);
  expect(await rowsOf(run(7), 2)).toEqual([33, 5]);
  expect(await rowsOf(run(7, 'orders:5'))).toEqual([33, 4, 2, 1]);
  expect(await rowsOf(run(3))).toEqual([2, 1]);
  expect(await rowsOf(run(1))).toEqual([]);
});

test('recording twice leaves the same', async () => {
  const other = { ...run(2), pipeline: 'again' };
  await putMeasures(ledger(), other, { 'volume(orders)': 5 });
  await putMeasures(ledger(), other, { 'volume(orders)': 5 });

  expect(await rowsOf({ ...run(3), pipeline: 'again' })).toEqual([5]);
});
