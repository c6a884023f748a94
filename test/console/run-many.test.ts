/** Ten thousand runs in the Grid: scrolled through, with few of them in the document. */
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Page } from 'playwright-core';
import { type PipelinesCloud, startPipelines } from '../e2e/pipelines-cloud';
import { describeInBrowser, type OpenedConsole, openConsole } from './browser';
import { tides } from './run-pipelines';

const HOUR_MS = 3_600_000;
/** On a machine that does much else beside. */
const MANY_MS = 300_000;

jest.setTimeout(MANY_MS);

describeInBrowser('ten thousand', () => {
  let cloud: PipelinesCloud;
  let opened: OpenedConsole;
  let page: Page;

  beforeAll(async () => {
    cloud = await startPipelines([tides]);
    opened = await openConsole(cloud.cloud);
    page = opened.page;
    page.setDefaultTimeout(MANY_MS);
  });
  afterAll(async () => {
    await opened?.close();
    await cloud?.stop();
  });
  afterEach(() => expect(opened.faults).toEqual([]));

  const machineOf = (title: string) => cloud.cloud.outputs[`Stepwell-${title}`]!.StateMachineArn!;
  /** Of the schedule of `tides`: so many hours ago. */
  const hour = (back: number) => {
    const end = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - back * HOUR_MS;
    return { start: new Date(end - HOUR_MS).toISOString(), end: new Date(end).toISOString() };
  };

  test('ten thousand runs are scrolled through with few of them in the document', async () => {
    const table = cloud.cloud.outputs['Stepwell-Foundation']!.LedgerTableName!;
    const dynamoDb = new DynamoDBClient(cloud.client);
    const items = Array.from({ length: 10_000 }, (_, index) => hour(20 + index)).flatMap(
      ({ start: from, end }, index) => {
        const runId = `old-${index}`;
        const owner = `${machineOf('Tides').replace(':stateMachine:', ':execution:')}:${runId}`;
        const claim = { pk: 'pipeline#tides', sk: `interval#${from}/${end}`, owner, runId };
        // Of the others the ledger knows no more than that they are loaded, as of very old ones.
        if (index % 10 !== 9) return [{ ...claim, status: 'loaded' }];
        const error = { step: 'Check', name: 'CheckFailed', cause: 'no' };
        const run = { runId, startedAt: end, endedAt: end, executionArn: owner, status: 'FAILED', error };
        return [
          { ...claim, status: 'claimed' },
          { pk: 'pipeline#tides', sk: `run#${runId}`, ...run },
        ];
      },
    );
    const batches = Array.from({ length: Math.ceil(items.length / 25) }, (_, at) => items.slice(at * 25, at * 25 + 25));
    const write = async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift())
        await dynamoDb.send(
          new BatchWriteItemCommand({
            RequestItems: { [table]: batch.map((item) => ({ PutRequest: { Item: marshall(item) } })) },
          }),
        );
    };
    await Promise.all(Array.from({ length: 8 }, write));
    dynamoDb.destroy();

    await opened.open('/pipelines/tides/grid');
    const grid = page.getByRole('grid');
    await grid.waitFor();
    expect(Number(await grid.getAttribute('aria-rowcount'))).toBeGreaterThan(10_000);
    const content = (back: number) => {
      const { start: from } = hour(back);
      return `${from.slice(0, 10)} ${from.slice(11, 16)}`;
    };
    for (const [share, back] of [
      [0.5, 5010],
      [1, 10_019],
    ] as const) {
      await grid.evaluate((element, part) => {
        element.scrollTop = (element.scrollHeight - element.clientHeight) * part;
      }, share);
      await page.getByRole('rowheader', { name: new RegExp(`^${content(back)}`) }).waitFor();
      expect(await page.locator('.grid-row').count()).toBeLessThan(80);
    }
    await page.getByRole('gridcell', { name: 'Check: failed' }).first().waitFor();
    expect(await page.locator('main *').count()).toBeLessThan(3000);
  });
});
