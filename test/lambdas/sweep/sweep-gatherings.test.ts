/** Files that wait, and whose timer never came: their pipeline's function is asked to look. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { sweepGatherings } from '../../../lambdas/sweep/sweep-gatherings';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const NOW = Date.parse('2026-11-21T12:00:00Z');
const sweep = (now = NOW) =>
  sweepGatherings({ ledger: cloud.ledger, events: new EventBridgeClient(cloud.settings), now: () => now });

test('a group that is due has its event, and not again for an hour; one that is not is left alone', async () => {
  const open = (group: string, dueAt: string) =>
    putItem(cloud.ledger, ledgerKeys.gathering('sales', group), { pipeline: 'sales', group, openPk: 'gather', dueAt });
  await open('2026-11-20', '2026-11-21T11:59:00.000Z');
  await open('2026-11-21', '2026-11-21T12:10:00.000Z');
  expect(await sweep()).toBe(1);
  expect(cloud.events).toEqual([{ source: 'stepwell', detail: { pipeline: 'sales', group: '2026-11-20' } }]);
  expect(await sweep(NOW + 5 * 60_000)).toBe(0);
  expect(await sweep(NOW + 61 * 60_000)).toBe(2);
});
