/** What is done with runs and backfills from the browser: each says first what it will do. Runs are held by the API that they read. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Page } from 'playwright-core';
import { append, cron, definePipeline, double, httpApi, key, lake, seconds, sql } from '../../lib/pipeline';
import { type PipelinesCloud, startPipelines } from '../e2e/pipelines-cloud';
import { axeFindings, describeInBrowser, type OpenedConsole, openConsole } from './browser';
import { hour, titleOf } from './hours';

const ORIGIN = 'https://meters.example.com';

const meters = definePipeline({
  name: 'meters',
  trigger: cron('0 * * * *', { timezone: 'UTC' }),
  retry: { attempts: 1, interval: seconds(1) },
  sources: {
    readings: httpApi({
      url: `${ORIGIN}/{partition.id}`,
      timeout: seconds(100),
      retry: { attempts: 1 },
      partitions: [{ id: 'north' }, { id: 'south' }],
      tolerate: 0.5,
      columns: { meter: key.text(20), reading: double() },
    }),
  },
  models: { measured: sql.text('SELECT meter, reading FROM readings') },
  sinks: [lake({ model: 'measured', table: 'measured', write: append(), partitionBy: ['meter'] })],
});

describeInBrowser('acts in a browser', () => {
  let server: Server;
  let cloud: PipelinesCloud;
  let opened: OpenedConsole;
  let page: Page;
  let sfn: SFNClient;
  /** the API answers when it is open */
  let gate: Promise<void> = Promise.resolve();
  let openGate = () => {};
  /** partitions of which the API knows nothing */
  const lost = new Set<string>();

  const closeGate = () => {
    gate = new Promise((resolve) => {
      openGate = resolve;
    });
  };

  beforeAll(async () => {
    server = createServer(async ({ url = '' }, response) => {
      const meter = url.slice(1);
      await gate;
      response
        .writeHead(lost.has(meter) ? 404 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(lost.has(meter) ? { error: 'lost' } : [{ meter, reading: 1.5 }]));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    process.env.STEPWELL_ORIGINS = JSON.stringify({ [ORIGIN]: `http://127.0.0.1:${port}` });
    cloud = await startPipelines([meters]);
    opened = await openConsole(cloud.cloud);
    page = opened.page;
    sfn = new SFNClient(cloud.client);
  });
  afterAll(async () => {
    openGate();
    delete process.env.STEPWELL_ORIGINS;
    sfn?.destroy();
    await opened?.close();
    await cloud?.stop();
    server?.close();
    server?.closeAllConnections();
  });
  afterEach(() => {
    openGate();
    lost.clear();
    expect(opened.faults).toEqual([]);
  });

  async function start(interval: object): Promise<string> {
    const stateMachineArn = cloud.cloud.outputs['Stepwell-Meters']!.StateMachineArn!;
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ interval }) }),
    );
    return executionArn!.split(':').at(-1)!;
  }
  const status = (word: string) => page.locator('.title .status', { hasText: word }).waitFor();
  const button = (name: string) => page.locator('main').getByRole('button', { name, exact: true });
  const dialog = () => page.getByRole('dialog');
  const confirm = (name: string) => dialog().locator('.dialog-foot').getByRole('button', { name, exact: true }).click();

  test('a run under way is stopped after a question, redriven to its end, and run again in its place', async () => {
    closeGate();
    const runId = await start(hour(3));
    await opened.open(`/runs/meters/${runId}`);
    await status('running');
    await page
      .getByRole('button', { name: /^Extract readings, Distributed Map|^Extract readings/ })
      .first()
      .waitFor();

    await button('Stop').click();
    await dialog().getByText('The run ends where it is, as a failed one.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    // Not some time after it has gone: a key that is pressed meanwhile would be lost.
    await page.evaluate(`focusedThen = new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        if (document.querySelector('dialog') !== null) return;
        observer.disconnect();
        resolve(document.activeElement.textContent.slice(0, 40));
      }).observe(document, { childList: true, subtree: true });
    }), undefined`);
    await page.keyboard.press('Escape');
    expect(await page.evaluate('focusedThen')).toBe('Stop');
    await page.keyboard.press('Enter');
    await dialog().getByText('It can be redriven afterwards').waitFor();
    await confirm('Stop');
    await status('stopped');

    await button('Rerun').click();
    await dialog()
      .getByText(/redrive/)
      .waitFor();
    await dialog().getByRole('button', { name: 'Rerun' }).waitFor({ state: 'detached' });
    await confirm('Close');

    openGate();
    await button('Redrive').click();
    await confirm('Redrive');
    await status('succeeded');

    await button('Rerun').click();
    await dialog()
      .getByText(`All that the run ${runId} has loaded is extracted and loaded again, in its place.`)
      .waitFor();
    await confirm('Rerun');
    await page.waitForURL((url) => url.pathname.startsWith('/runs/meters/') && !url.pathname.endsWith(runId));
    await status('succeeded');
    expect(await cloud.lake('meters', 'measured')).toHaveLength(2);
  });

  test('a run that lacks a partition says so, and loads that alone when it can be had', async () => {
    lost.add('south');
    const runId = await start(hour(4));
    await opened.open(`/runs/meters/${runId}`);
    await status('partial');
    await page
      .locator('.run-notes')
      .getByText(/readings, south: http/)
      .waitFor();
    lost.clear();

    await button('Load missing').click();
    await dialog().getByText(`1 partition of run ${runId} is extracted, and loaded with those it has.`).waitFor();
    await confirm('Load missing');

    await page.waitForURL((url) => url.pathname.startsWith('/runs/meters/') && !url.pathname.endsWith(runId));
    await status('succeeded');
    await page
      .locator('.run-facts')
      .getByRole('link', { name: `meters ${runId.slice(0, 8)}` })
      .click();
    await status('partial');
    await button('Load missing').click();
    await dialog()
      .getByText(/has loaded the same since/)
      .waitFor();
    await confirm('Close');
  });

  test('a backfill is changed, paused, resumed and cancelled, and what it has not run is run', async () => {
    closeGate();
    await opened.open('/pipelines/meters/grid');
    for (const back of [6, 7, 8, 9]) {
      await page.getByRole('checkbox', { name: `Select ${titleOf(hour(back))}` }).click();
    }
    await button('Backfill 4 intervals').click();
    await dialog().getByText('4 runs would be started').waitFor();
    await dialog().getByLabel('Runs at a time').fill('1');
    await confirm('Start 4 runs');
    const backfills = page.getByRole('region', { name: 'Backfills' });
    await backfills.getByText('1 under way, 1 at a time').waitFor();

    await button('Runs at a time …').click();
    await dialog().getByText('Runs that are under way go on').waitFor();
    await dialog().getByLabel('Runs at a time').fill('2');
    await confirm('Change');
    await backfills.getByText('2 under way, 2 at a time').waitFor();

    await button('Pause …').click();
    await dialog().getByText('2 runs are under way and go on to the end.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await confirm('Pause');
    await backfills.getByText('paused').waitFor();

    await button('Resume …').click();
    await dialog().getByText('It goes on with 2 runs of 4.').waitFor();
    await dialog().getByLabel('Runs at a time').fill('1');
    await confirm('Resume');
    await backfills.getByText('2 under way, 1 at a time').waitFor();

    await button('Cancel …').click();
    await dialog().getByText('2 runs are under way and are stopped').waitFor();
    await confirm('Cancel the backfill');
    await backfills.getByText('cancelled').waitFor();

    openGate();
    await button('Rerun …').click();
    await dialog().getByText('4 runs would be started, 1 at a time').waitFor();
    await dialog().getByLabel('Runs at a time').fill('4');
    await confirm('Start 4 runs');
    await backfills.getByText('4 of 4 runs ended').waitFor();
    await backfills.getByText('succeeded').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
});
