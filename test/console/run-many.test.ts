/** Ten thousand runs in the Grid, and ten thousand items of a Map: scrolled through, with few of them in the document. */
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Page } from 'playwright-core';
import { type PipelinesCloud, startPipelines } from '../e2e/pipelines-cloud';
import { describeInBrowser, type OpenedConsole, openConsole, soon } from './browser';
import { hour, titleOf } from './hours';
import { tides } from './run-pipelines';

describeInBrowser('ten thousand', () => {
  let cloud: PipelinesCloud;
  let opened: OpenedConsole;
  let page: Page;

  beforeAll(async () => {
    cloud = await startPipelines([tides]);
    opened = await openConsole(cloud.cloud);
    page = opened.page;
  });
  afterAll(async () => {
    await opened?.close();
    await cloud?.stop();
  });
  afterEach(() => expect(opened.faults).toEqual([]));

  const machineOf = (title: string) => cloud.cloud.outputs[`Stepwell-${title}`]!.StateMachineArn!;

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
    await soon(
      async () => Number(await grid.getAttribute('aria-rowcount')),
      (rows) => expect(rows).toBeGreaterThan(10_000),
    );
    // What is gone to by a key has the focus when it has come: it was not here yet.
    await grid.locator('[data-spot="0 2"]').click();
    await page.keyboard.press('End');
    const last = grid.locator('.grid-row', { hasText: titleOf(hour(10_019)) });
    await last.locator('[data-spot$=" 2"]:focus').waitFor();
    await page.keyboard.press('Home');
    await grid.locator('[data-spot="0 2"]:focus').waitFor();
    for (const [share, back] of [
      [0.5, 5010],
      [1, 10_019],
    ] as const) {
      await grid.evaluate((element, part) => {
        element.scrollTop = (element.scrollHeight - element.clientHeight) * part;
      }, share);
      await page.getByRole('rowheader', { name: new RegExp(`^${titleOf(hour(back))}`) }).waitFor();
      expect(await page.locator('.grid-row').count()).toBeLessThan(80);
    }
    await page.getByRole('gridcell', { name: 'Check: failed' }).first().waitFor();
    expect(await page.locator('main *').count()).toBeLessThan(3000);
  });

  /** Of a Distributed Map each item is an execution: an inline one would need more events than a history may have. */
  const ITEMS = 10_000;
  const INLINE_ITEMS = 2000;
  const itemOf = (good: object) => ({
    StartAt: 'Is it bad?',
    States: {
      'Is it bad?': {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.n % 100 = 7 %}', Next: 'Bad' }],
        Default: 'Good',
      },
      Good: good,
      Bad: { Type: 'Fail', Error: 'BadItem', Cause: 'It is\u202e the <b>seventh</b>.\u0000' },
    },
  });
  /** A name is given once in a definition. */
  const renamed = (machine: object) =>
    JSON.parse(JSON.stringify(machine).replaceAll(/"(Is it bad\?|Good|Bad)"/g, '"$1 (quick)"')) as object;
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'Each item',
    States: {
      'Each item': {
        Type: 'Map',
        Items: `{% [1..${ITEMS}].{'n': $} %}`,
        MaxConcurrency: 500,
        ToleratedFailurePercentage: 5,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...itemOf({ Type: 'Succeed' }),
        },
        Output: '{% {} %}',
        Next: 'Each of few',
      },
      'Each of few': {
        Type: 'Map',
        Items: `{% [1..${INLINE_ITEMS}].{'word': 'item number ' & $string($)} %}`,
        ItemProcessor: { StartAt: 'Look', States: { Look: { Type: 'Pass', End: true } } },
        Output: '{% {} %}',
        Next: 'Each quick one',
      },
      'Each quick one': {
        Type: 'Map',
        Items: `{% [6..8].{'n': $} %}`,
        ToleratedFailurePercentage: 50,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
          ...renamed(itemOf({ Type: 'Succeed' })),
        },
        Output: '{% {} %}',
        End: true,
      },
    },
  };

  test('ten thousand items of a Map are scrolled through, those that failed are found, and one is looked at', async () => {
    await opened.open('/mail');
    const sfn = new SFNClient(cloud.client);
    const stateMachineArn = machineOf('Tides');
    await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(definition) }));
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
    // Unwatched: it has enough to do.
    for (let status = ''; status !== 'SUCCEEDED'; await new Promise((resolve) => setTimeout(resolve, 250))) {
      ({ status = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn })));
      expect(['RUNNING', 'SUCCEEDED']).toContain(status);
    }
    sfn.destroy();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/items?')) asked.push(request.url());
    });

    await opened.open(`/runs/tides/${executionArn!.split(':').at(-1)}?state=Each+item`);
    await page.locator('.title .status', { hasText: 'succeeded' }).waitFor();
    await page.getByRole('tab', { name: 'Items 10,000' }).waitFor();
    const panel = page.getByRole('region', { name: 'State Each item' });
    await panel.getByRole('button', { name: 'all 10,000' }).click();
    const list = panel.getByRole('listbox', { name: 'Items, all' });
    await list
      .getByRole('option')
      .first()
      .getByText(/succeeded|failed/)
      .waitFor();
    for (const share of [0.3, 0.6, 1]) {
      await list.evaluate((element, part) => {
        element.scrollTop = (element.scrollHeight - element.clientHeight) * part;
      }, share);
      const last = Math.min(ITEMS, Math.round(ITEMS * share));
      await list
        .locator(`[aria-posinset="${last}"]`)
        .getByText(/succeeded|failed/)
        .waitFor();
      expect(await list.getByRole('option').count()).toBeLessThan(60);
    }
    // What was in sight was asked for, and nothing beside it.
    expect(new Set(asked).size).toBeLessThan(12);

    await panel.getByRole('button', { name: 'failed 100' }).click();
    const failed = panel.getByRole('listbox', { name: 'Items, failed' });
    await failed.getByRole('option').first().getByText('failed').waitFor();
    await failed.locator('[role=option][aria-setsize="100"]').first().waitFor();
    await failed.focus();
    await page.keyboard.press('End');
    await failed.locator('[aria-posinset="100"]').getByText('failed').waitFor();
    await page.keyboard.press('Enter');
    const item = panel.getByRole('region', { name: /^Item / });
    await item.getByText('It is').waitFor();
    await item.locator('.error', { hasText: /^BadItemIt isU\+202E the <b>seventh<\/b>\.U\+0000$/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('item')).not.toBeNull();
    await page.reload();
    await item.getByText('BadItem').waitFor();

    await page.getByRole('button', { name: 'Bad, Fail, in each item' }).click();
    await page.getByRole('link', { name: 'See the items of Each item' }).click();
    await list.waitFor();

    await page
      .getByRole('button', { name: /^Each quick one, Distributed Map, succeeded, 2 of 3 items, 1 failed/ })
      .click();
    const quick = page.getByRole('region', { name: 'State Each quick one' });
    await quick.getByRole('button', { name: 'failed 1' }).click();
    await quick.getByRole('option').click();
    await quick.getByText('It is an Express execution').waitFor();
    await quick.getByText('BadItem').waitFor();
    await quick.locator('summary', { hasText: 'Input' }).waitFor();

    await page.getByRole('button', { name: /^Each of few, Map, succeeded, 2,000 of 2,000 items/ }).click();
    const few = page.getByRole('listbox', { name: 'Items, all' });
    await few.focus();
    await page.keyboard.press('End');
    await few.getByText('item number 2000').waitFor();
    await page.getByRole('tab', { name: 'Time' }).click();
    await page.getByRole('button', { name: /^Look, succeeded/ }).waitFor();
    expect(await page.locator('main *').count()).toBeLessThan(3000);
    // What nothing holds any more is gone when the browser likes.
    await (await page.context().newCDPSession(page)).send('HeapProfiler.collectGarbage');
    expect(await page.evaluate('performance.memory.usedJSHeapSize')).toBeLessThan(100_000_000);
  });
});
