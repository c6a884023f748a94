/** The Run page and the Grid in a real browser, on real runs of a local cloud. */
import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Page } from 'playwright-core';
import { type PipelinesCloud, startPipelines } from '../e2e/pipelines-cloud';
import { axeFindings, describeInBrowser, type OpenedConsole, openConsole } from './browser';
import { hour, titleOf } from './hours';
import { parcels, tides } from './run-pipelines';

describeInBrowser('runs in a browser', () => {
  let cloud: PipelinesCloud;
  let opened: OpenedConsole;
  let page: Page;
  let sfn: SFNClient;

  beforeAll(async () => {
    cloud = await startPipelines([tides, parcels]);
    opened = await openConsole(cloud.cloud);
    page = opened.page;
    sfn = new SFNClient(cloud.client);
  });
  afterAll(async () => {
    sfn?.destroy();
    await opened?.close();
    await cloud?.stop();
  });
  afterEach(() => expect(opened.faults).toEqual([]));

  const machineOf = (title: string) => cloud.cloud.outputs[`Stepwell-${title}`]!.StateMachineArn!;
  const fileOf = ({ start }: { start: string }) => `tides/${start.slice(0, 13)}.csv`;
  async function start(title: string, input: object): Promise<string> {
    const started = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: machineOf(title), input: JSON.stringify(input) }),
    );
    return started.executionArn!.split(':').at(-1)!;
  }
  const status = (word: string) => page.locator('.title .status', { hasText: word }).waitFor();

  test('a failing run is watched live, understood, and redriven to success', async () => {
    const interval = hour(3);
    const runId = await start('Tides', { interval });
    await opened.open(`/runs/tides/${runId}`);

    await status('failed');
    const trouble = page.getByRole('region', { name: 'What went wrong' });
    await trouble.getByText('Source gauges has no file for the interval').waitFor();
    await trouble.getByText('Nothing was published').waitFor();
    await page.getByRole('button', { name: /^Plan gauges, Task, failed/ }).waitFor();
    await trouble.getByRole('button', { name: 'Plan gauges' }).click();
    const panel = page.getByRole('region', { name: 'State Plan gauges' });
    await panel.getByText('MissingFiles').first().waitFor();
    await panel.getByRole('tab', { name: 'Attempts' }).click();
    await panel.getByText('Attempt 1').waitFor();
    await panel.getByRole('tab', { name: 'Input' }).click();
    await panel.getByRole('region', { name: 'Input' }).getByText('{}', { exact: true }).waitFor();
    await panel.getByRole('tab', { name: 'Logs' }).click();
    await panel
      .getByText(/ERROR|WARN/)
      .first()
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await cloud.put(fileOf(interval), 'gauge,height\nHafen,1.25\nMole,1.5\n');
    await page.getByRole('button', { name: 'Redrive' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The run goes on where it failed').waitFor();
    await dialog.getByRole('button', { name: 'Redrive' }).click();

    await status('succeeded');
    await page.getByRole('button', { name: /^Publish lake:levels, Task, succeeded/ }).waitFor();
    await page.locator('.run-facts', { hasText: 'lake:levels: 2 rows' }).waitFor();
    await page.locator('.run-facts', { hasText: 'Redriven1 time' }).waitFor();
    await page.getByRole('tab', { name: 'Time' }).click();
    await page.getByRole('button', { name: /^Plan gauges, succeeded.*2 attempts/ }).waitFor();
    await page.getByText('1 dashed line marks a redrive').waitFor();
  });

  test('the graph is gone through by the keyboard alone', async () => {
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineOf('Tides') }));
    await opened.open(`/runs/tides/${executions.at(-1)!.name}`);
    const admit = page.getByRole('button', { name: /^Admit, Task/ });
    await admit.focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('[data-state="Admitted?"]:focus').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.locator('.state-head').waitFor();
    expect(new URL(page.url()).searchParams.get('state')).not.toBeNull();
  });

  test('a refusal is a sentence: what has succeeded is not redriven, what is to be stopped has not ended', async () => {
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineOf('Tides') }));
    const answer = await page.evaluate(
      async (path) => {
        const response = await fetch(path, { method: 'POST' });
        return { status: response.status, body: await response.json() };
      },
      `/api/runs/tides/${executions.at(-1)!.name}/redrive`,
    );

    expect(answer).toEqual({
      status: 409,
      body: {
        error: { code: 'refused', message: expect.stringMatching(/has succeeded: there is nothing to redrive/) },
      },
    });
  });

  test('a backfill is started from the grid, its dry run shown first, and followed live', async () => {
    const intervals = [hour(4), hour(5)];
    for (const interval of intervals) await cloud.put(fileOf(interval), 'gauge,height\nHafen,2\n');
    await opened.open('/pipelines/tides/grid');
    const row = (interval: { start: string }) => page.getByRole('checkbox', { name: `Select ${titleOf(interval)}` });
    await row(intervals[0]!).click();
    await row(intervals[1]!).click();
    await page.getByRole('button', { name: 'Backfill 2 intervals' }).click();

    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 runs would be started').waitFor();
    await dialog
      .getByRole('row', { name: /not loaded.*loads it/ })
      .first()
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Start 2 runs' }).click();

    const backfill = page.getByRole('region', { name: 'Backfills' });
    await backfill.getByText('2 of 2 runs ended').waitFor();
    await backfill.getByText('succeeded').waitFor();
    await page.getByRole('rowheader', { name: new RegExp(`^${titleOf(intervals[0]!)}.*succeeded`) }).waitFor();
  });

  test('failed cells are selected by the keyboard, and redriven together', async () => {
    const intervals = [hour(6), hour(7)];
    const runIds: string[] = [];
    for (const interval of intervals) runIds.push(await start('Tides', { interval }));
    await opened.open('/pipelines/tides/grid');
    const titles = intervals.map(titleOf);
    const head = (title: string, word: string) =>
      page.getByRole('rowheader', { name: new RegExp(`^${title}.*${word}`) });
    for (const title of titles) await head(title, 'failed').waitFor();
    for (const interval of intervals) await cloud.put(fileOf(interval), 'gauge,height\nHafen,3\n');

    await head(titles[0]!, 'failed').click({ position: { x: 4, y: 4 } });
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('.grid-figures').getByText('MissingFiles').waitFor();
    await page
      .locator('.grid-figures')
      .getByText(/1 failed attempt/)
      .waitFor();
    await page.keyboard.press(' ');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 rows selected').waitFor();
    await page.getByRole('button', { name: 'Redrive 2 failed runs' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Redrive 2 runs' }).waitFor();
    // Somebody else is faster with one of them.
    await page.evaluate((path) => fetch(path, { method: 'POST' }), `/api/runs/tides/${runIds[0]}/redrive`);
    await head(titles[0]!, 'succeeded').waitFor();
    await dialog.getByRole('button', { name: 'Redrive 2 runs' }).click();

    const refused = page.getByRole('dialog', { name: 'Redrive: what could not be done' });
    await refused.getByText(titles[0]!).waitFor();
    await refused.getByText(/has succeeded/).waitFor();
    await refused.getByRole('button', { name: 'Close', exact: true }).last().click();
    for (const title of titles) await head(title, 'succeeded').waitFor();
  });

  test('hostile names are text, wherever they stand', async () => {
    const name = `parcels/<img src=x onerror=alert(1)>\u202egnp.csv`;
    await cloud.drop('parcels', name, 'id,place\n1,Oslo\n2,<script>alert(2)</script>\nx,"><svg onload=alert(3)>\n');
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineOf('Parcels') }));
    const { name: runId } = executions[0]!;

    await opened.open('/pipelines/parcels/grid');
    await page.getByRole('rowheader', { name: /<img src=x onerror=alert\(1\)>/ }).waitFor();
    await opened.open(`/runs/parcels/${runId}?state=Admit&tab=input`);
    await page.getByLabel('Input', { exact: true }).getByText('<img src=x onerror=alert(1)>').first().waitFor();
    await page.locator('.run-content', { hasText: '<img src=x' }).waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
  });
});
