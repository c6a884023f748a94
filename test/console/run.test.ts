/** The Run page and the Grid in a real browser, on real runs of a local cloud. */
import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Page } from 'playwright-core';
import { type PipelinesCloud, startPipelines } from '../e2e/pipelines-cloud';
import { axeFindings, describeInBrowser, type OpenedConsole, openConsole } from './browser';
import { parcels, tides } from './run-pipelines';

const HOUR_MS = 3_600_000;

describeInBrowser('runs in a browser', () => {
  let cloud: PipelinesCloud;
  let opened: OpenedConsole;
  let page: Page;
  let sfn: SFNClient;

  beforeAll(async () => {
    cloud = await startPipelines([tides, parcels]);
    opened = await openConsole(cloud.cloud);
    page = opened.page;
    // A machine that does much else beside is slow.
    page.setDefaultTimeout(90_000);
    sfn = new SFNClient(cloud.client);
  });
  afterAll(async () => {
    sfn?.destroy();
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
    expect(await trouble.textContent()).toContain('Source gauges has no file for the interval');
    expect(await trouble.textContent()).toContain('Nothing was published');
    await page.getByRole('button', { name: /^Plan gauges, Task, failed/ }).waitFor();
    await trouble.getByRole('button', { name: 'Plan gauges' }).click();
    const panel = page.getByRole('region', { name: 'State Plan gauges' });
    await panel.getByText('MissingFiles').first().waitFor();
    await panel.getByRole('tab', { name: 'Attempts' }).click();
    await panel.getByText('Attempt 1').waitFor();
    await panel.getByRole('tab', { name: 'Input' }).click();
    await panel.getByRole('region', { name: 'Input' }).waitFor();
    expect(await panel.getByRole('region', { name: 'Input' }).textContent()).toBe('{}');
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
    expect(await page.locator('.run-facts').textContent()).toContain('lake:levels: 2 rows');
    expect(await page.locator('.run-facts').textContent()).toContain('Redriven1 time');
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
    await expect(page.evaluate("document.activeElement.getAttribute('data-state')")).resolves.toBe('Admitted?');
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
    const row = (interval: { start: string }) =>
      page.getByRole('checkbox', { name: `Select ${interval.start.slice(0, 10)} ${interval.start.slice(11, 16)}` });
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
    const title = `${intervals[0]!.start.slice(0, 10)} ${intervals[0]!.start.slice(11, 16)}`;
    await page.getByRole('rowheader', { name: new RegExp(`^${title}.*succeeded`) }).waitFor();
  });

  test('failed cells are selected by the keyboard, and redriven together', async () => {
    const intervals = [hour(6), hour(7)];
    for (const interval of intervals) await start('Tides', { interval });
    await opened.open('/pipelines/tides/grid');
    const titles = intervals.map(({ start: from }) => `${from.slice(0, 10)} ${from.slice(11, 16)}`);
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
    await dialog.getByRole('button', { name: 'Redrive 2 runs' }).click();

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
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.locator('.run-content').textContent()).toContain('<img src=x');
  });
});
