/** Tables, quarantine, lineage, triggers, alarms, metrics and mails, in a browser. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Locator, Page, Route } from 'playwright-core';
import { startConsole } from '../../lib/console/server/server';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { type PipelinesCloud, startPipelines } from '../e2e/pipelines-cloud';
import {
  axeFindings,
  calm,
  describeInBrowser,
  localConnection,
  type OpenedConsole,
  openConsole,
  soon,
} from './browser';
import { misfitsOf, unreachedOf } from './looks';
import { beeps, letters, shelves, stock, tills } from './shop-pipelines';

const HOSTILE = '<img src=x onerror=document.title=1>';
const RIGHT_TO_LEFT = '\u202etxt.exe';
const LONG = 10_000_000;

describeInBrowser('the console of data', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-console-'));
  let cloud: PipelinesCloud;
  let opened: OpenedConsole;
  let page: Page;
  const open = (to: string) => opened.open(to);

  beforeAll(async () => {
    cloud = await startPipelines([tills, letters, stock, shelves, beeps], undefined, folder);
    opened = await openConsole({ endpoint: cloud.cloud.endpoint, stateDir: join(folder, 'state') });
    page = opened.page;
    await cloud.drop(
      'tills',
      'tills/first.csv',
      `id,item,amount,sold_at\n1,tea,2.50,2026-11-01T08:00:00Z\n2,${HOSTILE},3.20,2026-11-01T08:05:00Z\n`,
    );
    await cloud.drop('letters', 'letters/first.csv', `id,year,body\n1,2026,${RIGHT_TO_LEFT}\n`);
  });
  afterAll(async () => {
    await opened?.close();
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => expect(opened.faults).toEqual([]));

  const row = (name: RegExp) => page.getByRole('row', { name });
  const cell = (name: string) => page.getByRole('cell', { name, exact: true });
  const drop = async (pipeline: string, name: string, body: string) => {
    await page
      .getByRole('group', { name: `Files for ${pipeline}` })
      .getByLabel('Drop files here, or choose them')
      .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(body) });
  };

  test('a table shows how many rows it has, its newest ones, its columns and its loads', async () => {
    await open('/data');
    await row(/shop\.sales Redshift tills merge by id .* 2 2/).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await row(/shop\.sales Redshift/)
      .getByRole('link', { name: 'shop.sales' })
      .click();

    await cell('2.50').waitFor();
    await cell(HOSTILE).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Columns' }).click();
    await row(/amount numeric\(10,2\) yes/).waitFor();
    await page.getByRole('tab', { name: 'Loads' }).click();
    await row(/2 tills\/first\.csv/).waitFor();
  });

  test('partitions of the lake lead to their parts and the rows in them', async () => {
    await open('/data/lake/tills.sales?tab=partitions');
    await page.getByRole('link', { name: HOSTILE }).waitFor();

    await page.getByRole('link', { name: 'tea', exact: true }).click();

    await cell('2.50').waitFor();
    await page.getByText('Rows 1 to 1 of 1').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('the staged parts of a run show their rows', async () => {
    const [run] = (await listed('/api/data/tables/redshift:shop.sales')).loads as { runId: string }[];
    await open(`/data/staged/tills/${run!.runId}`);

    await page
      .getByRole('link', { name: /parquet/ })
      .first()
      .click();

    await cell('3.20').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('a value of 10 MB is cut, and comes piece by piece when it is asked for; what turns text around is shown as what it is', async () => {
    await cloud.query(
      'aurora',
      `INSERT INTO post.letters SELECT 2, '2026', repeat('x', ${LONG}), _load_id, _loaded_at, _arrival FROM post.letters`,
    );
    await open('/data/aurora/post.letters');
    await page.getByText('U+202E').waitFor();

    await page.getByRole('button', { name: 'all 10,000,000 characters' }).click();

    const dialog = page.getByRole('dialog', { name: 'body, 10,000,000 characters' });
    await dialog.getByText('200,000 are shown.').waitFor();
    // Whoever presses it twice gets each piece once.
    await dialog.getByRole('button', { name: 'More' }).evaluate((more) => {
      (more as HTMLElement).click();
      (more as HTMLElement).click();
    });
    await dialog.getByText('400,000 are shown.').waitFor();
    await soon(
      async () => (await dialog.locator('pre').textContent())!.length,
      (length) => expect(length).toBe(400_000),
    );
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  test('a file with a bad row is dropped, its row found in quarantine and replayed, and thrown away when asked twice', async () => {
    await open('/triggers');
    await drop(
      'tills',
      'second.csv',
      `id,item,amount,sold_at\n3,cake,4.00,2026-11-02T08:00:00Z\n4,${HOSTILE},abc,2026-11-02T08:05:00Z\n`,
    );
    await page.getByRole('link', { name: /is loaded by run/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await cloud.runsOf('tills', 2);

    await open('/quarantine');
    await row(/second\.csv tills 1 open/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'tills/second.csv' }).click();

    const bad = page.getByRole('listitem').filter({ hasText: 'line 3' });
    await bad.getByText('column amount').waitFor();
    await bad.getByText(/'abc' is not/).waitFor();
    await bad.getByText(`4,${HOSTILE},abc`).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Replay …' }).click();
    await page
      .getByRole('dialog')
      .getByText('A new run loads again what this one has loaded, with 1 bad row')
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.waitForURL(/\/runs\/tills\//);
    await cloud.runsOf('tills', 3);

    await open('/quarantine');
    await row(/second\.csv tills 1 loaded again by/).waitFor();
    await open('/quarantine?state=open');
    await page.getByRole('link', { name: 'tills/second.csv' }).click();
    await page.getByRole('button', { name: 'Discard …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It cannot be brought back.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByLabel('Why').fill('a test');
    await dialog.getByRole('button', { name: 'Discard for good' }).click();
    await page.getByText('1 row discarded').waitFor();
    await open('/quarantine?state=open');
    await page.getByText('No bad rows that are open').waitFor();
  });

  test('files are dropped with the mouse, and what fits no pattern is refused', async () => {
    await open('/triggers');
    const zone = page.getByRole('group', { name: 'Files for letters' });
    await zone.waitFor();
    const files = await page.evaluateHandle(`(() => {
      const all = new DataTransfer();
      all.items.add(new File(['id,year,body\\n7,2026,dropped\\n'], 'dragged <b>.csv'));
      all.items.add(new File(['x'], 'picture.png'));
      return all;
    })()`);

    await zone.dispatchEvent('dragover', { dataTransfer: files });
    await zone.dispatchEvent('drop', { dataTransfer: files });

    await zone.getByText('letters/dragged <b>.csv').waitFor();
    await zone.getByText(/picture\.png .*fits none of the pipeline's patterns/).waitFor();
    await zone.getByRole('link', { name: /is loaded by run/ }).click();
    await page.waitForURL(/\/runs\/letters\//);
  });

  test('what is asked again and again is waited for, however slow it comes', async () => {
    const other = await opened.newPage();
    await other.clock.install();
    await other.goto(`${opened.console.origin}/triggers`);
    await other.getByRole('group', { name: 'Files for letters' }).waitFor();
    const held: Route[] = [];
    await other.route('**/api/triggers', (route) => void held.push(route));

    await other.clock.runFor(5000);
    await soon(
      async () => held.length,
      (asked) => expect(asked).toBe(1),
    );
    await other.clock.runFor(60_000);
    // After an act as well.
    await other.getByRole('button', { name: 'Pause …' }).first().click();
    await other.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await other.getByRole('dialog').waitFor({ state: 'detached' });

    expect(held).toHaveLength(1);
    await held[0]!.fulfill({ json: { triggers: [] } });
    await other.getByText('No pipeline is deployed here').waitFor();
    await soon(
      async () => held.length,
      (asked) => expect(asked).toBe(2),
    );
    await other.context().close();
  });

  test('a pipeline is paused, keeps what comes, and starts it when it is resumed', async () => {
    await open('/triggers?filter=letters');
    await page.getByRole('button', { name: 'Pause …' }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('<b>holiday</b>');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('<b>holiday</b>').waitFor();
    await drop('letters', 'kept.csv', 'id,year,body\n9,2026,kept\n');
    await page.getByText('is loaded when the pipeline is resumed').waitFor();

    await page.getByRole('button', { name: 'Resume …' }).click();
    await page.getByRole('dialog').getByText('letters/kept.csv').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause …' }).waitFor();

    await cloud.runsOf('letters', 3);
    expect(await cloud.query('aurora', 'SELECT body FROM post.letters WHERE id = 9')).toEqual([{ body: 'kept' }]);
  });

  test('files that are gathered say so, and are loaded before they are whole when somebody wants it', async () => {
    await open('/triggers?filter=shelves');
    await drop('shelves', 'one.csv', 'id,place\n1,left\n');
    await page.getByText('is loaded with others when they are whole').waitFor();
    await page.getByText(/1 file waits since/).waitFor();

    await page.getByRole('button', { name: 'Load now' }).click();

    expect(await cloud.runsOf('shelves', 1)).toMatchObject([{ status: 'SUCCEEDED', output: { rows: 1 } }]);
    await page.getByText(/1 file waits since/).waitFor({ state: 'detached' });
  });

  test('a stream shows how it does; what was given up is taken again, what failed or has expired is told, and dropped when asked', async () => {
    const kinesis = new KinesisClient(cloud.client);
    const ids = Array.from({ length: 30 }, (_, index) => `beep-${index}`);
    const { Records = [] } = await kinesis.send(
      new PutRecordsCommand({
        StreamName: 'beeps',
        Records: ids.map((id) => ({ PartitionKey: 'till', Data: Buffer.from(JSON.stringify({ id, item: 'tea' })) })),
      }),
    );
    kinesis.destroy();
    await open('/');
    await row(/^beeps/)
      .getByRole('link', { name: 'stream beeps' })
      .click();
    const figure = (title: string) => page.locator('.sums > div').filter({ hasText: title });
    await figure('Records a second').getByText('0.10', { exact: true }).waitFor();
    await figure('Behind').getByText('an alarm tells of more than').waitFor();
    await row(/^shardId-\d{12} cool \d %/)
      .filter({ hasText: '0.10' })
      .waitFor();
    await page.getByText(/1 batch, the first of them came|[2-9] batches, the first of them came/).waitFor();

    // As Lambda tells of what it has given up: records that there are, some that are kept no more, and those of another stream.
    const { shardId, first, last } = { shardId: Records[0]!.ShardId!, first: Records[0]!, last: Records.at(-1)! };
    const { stream } = pipelineNamed(await deployed({ client: cloud.client }), 'beeps');
    const send = async (batchSize: number, startSequenceNumber: string) => {
      const sqs = new SQSClient(cloud.client);
      const KinesisBatchInfo = {
        shardId,
        startSequenceNumber,
        endSequenceNumber: last.SequenceNumber!,
        approximateArrivalOfFirstRecord: new Date().toISOString(),
        batchSize,
        streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/beeps',
      };
      const requestContext = { condition: 'RetryAttemptsExhausted' };
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: stream!.givenUpQueueUrl,
          MessageBody: JSON.stringify({ requestContext, KinesisBatchInfo }),
        }),
      );
      sqs.destroy();
    };
    await send(30, first.SequenceNumber!);
    await send(31, String(BigInt(first.SequenceNumber!) - 1n));
    await send(7, '49');
    await page.getByText('3 batches that the function could not take').waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog', { name: 'Take again what was given up?' });
    await dialog.getByText('About 3 batches are read from the stream again').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Take again …' }).click();
    await dialog.getByRole('button', { name: 'Take again' }).click();

    await page.getByText(/^Taken again .*: 1 taken, 1 failed, 1 expired\.$/).waitFor();
    await row(/taken .* 30 RetryAttemptsExhausted/).waitFor();
    await row(/expired ?: at least 1 record kept no more/).waitFor();
    await row(/failed ?: InvalidArgumentException/).waitFor();
    await page.getByText('2 batches that the function could not take').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await unreachedOf(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await calm(page);
    expect(await misfitsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });

    await page.getByRole('button', { name: 'Drop expired …' }).click();
    const drop = page.getByRole('dialog', { name: 'Drop what has expired?' });
    await drop.getByText('the notes are deleted').waitFor();
    await drop.getByRole('button', { name: 'Drop for good' }).click();
    await page.getByText('1 batch that the function could not take').waitFor();
    await page.getByText('Their notes are deleted.').waitFor();
    await page.getByRole('button', { name: 'Drop expired …' }).waitFor({ state: 'detached' });
  });

  test('a stream is paused and resumed, and only looked at where the console is read-only', async () => {
    await open('/triggers?filter=beeps');
    await page.getByText('Records of the stream').getByRole('link', { name: 'beeps' }).click();
    await page.getByRole('button', { name: 'Pause …' }).click();
    await page
      .getByRole('dialog')
      .getByText(/Records wait in the stream, which keeps them for 7 d/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused since').waitFor();
    await page.locator('.facts .status', { hasText: 'disabled' }).waitFor();

    await page.getByRole('button', { name: 'Resume …' }).click();
    await page.getByRole('dialog').getByText('Nothing is missing since').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.locator('.facts .status', { hasText: 'enabled' }).waitFor();

    const only = await startConsole({ connection: () => localConnection(cloud.cloud), readOnly: true, port: 0 });
    const other = await opened.newPage();
    try {
      await other.goto(only.url);
      await other.goto(`${only.origin}/pipelines/beeps/stream`);
      const acts = other.getByRole('button', { name: /^(Take again|Pause)/ });
      await acts.nth(1).waitFor();
      expect(await Promise.all((await acts.all()).map((one) => one.isDisabled()))).toEqual([true, true]);
      const refused = `fetch('/api/pipelines/beeps/stream/given-up', { method: 'POST' }).then(({ status }) => status)`;
      expect(await other.evaluate(refused)).toBe(403);
    } finally {
      await other.context().close();
      await only.close();
    }
  });

  test('a run is started for an interval of the schedule, and for no other', async () => {
    // As all schedules of tests, it is paused at first.
    await open('/triggers?filter=stock');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Resume …' }).click();
    await dialog.getByText('It starts by itself again.').waitFor();
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('list', { name: 'Next fire times' }).getByRole('listitem').nth(4).waitFor();
    await page.getByRole('button', { name: 'Start a run …' }).click();
    const until = await dialog.getByLabel('Until before').inputValue();
    expect(until).toMatch(/^\d{4}-\d\d-\d\dT/);

    await dialog.getByLabel('Until before').fill('2026-01-02');
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Until before').fill(until);
    await dialog.getByRole('button', { name: 'Start' }).click();

    await page.waitForURL(/\/runs\/stock\//);
    expect(await cloud.runsOf('stock', 1)).toMatchObject([{ status: 'SUCCEEDED' }]);
  });

  test('lineage leads from a table to its sources, and to the runs and files that have made it; by keyboard as well', async () => {
    await open('/lineage');
    await page.getByRole('button', { name: /source, files · tills/ }).focus();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('ArrowRight');
    await page.locator('.lineage-node:focus', { hasText: 'salesmodel, SQL · tills' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');

    await page.waitForURL(/\/lineage\/.+/);
    await page.getByText('receipts', { exact: true }).first().waitFor();
    await page.getByText('tills/*.csv').waitFor();
    await row(/tills\/first\.csv/).waitFor();
    await page.getByText('SQL of receipts').click();
    await page.getByText('SELECT id, item, amount, sold_at FROM receipts').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('alarms are shown with what they mean and how they have changed', async () => {
    await open('/alarms');
    await row(/stepwell-tills-quarantine-rate tills/).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('tab', { name: 'History' }).click();

    await row(/stepwell-tills-quarantine-rate ok alarm Threshold Crossed/)
      .first()
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('charts have a table with the same figures', async () => {
    await open('/metrics?pipeline=tills&span=hour');
    const rows = page.getByRole('region', { name: 'Rows' });
    await rows.getByRole('img', { name: /Rows\. extracted: at most/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await rows.getByText('As a table').click();

    await rows.getByRole('columnheader', { name: 'published' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('mails are read as text', async () => {
    await open('/mail');
    await page
      .getByRole('link', { name: /into quarantine/ })
      .first()
      .click();

    await page.getByRole('article', { name: 'Mail' }).getByText('second.csv').first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test('bad rows with what no eye sees, or of any length, are had whole; from a row one comes to its file, and back', async () => {
    const long = 'y'.repeat(30_000);
    const good = [11, 12, 13].map((id) => `${id},tea,1.00,2026-11-03T08:00:00Z\n`).join('');
    const file = `id,item,amount,sold_at\n${good}14,ca\u0000ke,abc,2026-11-03T08:00:00Z\n15,${long},abc,2026-11-03T08:00:00Z\n`;
    expect(await cloud.drop('tills', 'tills/unseen.csv', file)).toMatchObject({ status: 'SUCCEEDED' });
    const { runs } = await listed('/api/quarantine');
    const { runId } = (runs as { runId: string; content: string }[]).find(({ content }) => /unseen/.test(content))!;
    const saved = async (link: Locator): Promise<string> => {
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
      return readFileSync(await download.path(), 'utf8');
    };

    await open(`/quarantine/tills/${runId}`);
    const bad = page.getByRole('listitem');
    await bad.filter({ hasText: 'line 5' }).getByText('U+0000').waitFor();
    await bad.filter({ hasText: 'line 6' }).getByText('The first 4,000 characters of 30,0').waitFor();
    expect(await saved(page.getByRole('link', { name: 'Save all of it' }))).toContain(long);
    const lines = (await saved(page.getByRole('link', { name: 'Save all rows as lines of JSON' }))).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([5, 6]);

    await bad.filter({ hasText: 'line 5' }).getByRole('link', { name: 'tills/unseen.csv' }).click();
    await page.getByRole('tab', { name: 'Files 1', selected: true }).waitFor();
    expect(await saved(page.getByRole('link', { name: 'Save tills/unseen.csv' }))).toBe(file);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Files 1' }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('[role=tab][aria-selected=true]:focus', { hasText: /Checks|History/ }).waitFor();
    await page.goBack();
    await page.getByRole('tab', { name: 'Files 1', selected: true }).waitFor();
    await page.getByRole('link', { name: 'redshift:shop.sales' }).click();
    await page.waitForURL(/\/data\/redshift\/shop\.sales$/);
    await page.goBack();
    await page.getByRole('tab', { name: 'Files 1', selected: true }).waitFor();
  });

  test('nothing is wider than a screen of 360 px', async () => {
    const narrow = await opened.newPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    for (const to of [
      '/data',
      '/data/redshift/shop.sales',
      '/quarantine',
      '/lineage',
      '/triggers',
      '/metrics',
      '/alarms',
      '/mail',
    ]) {
      await narrow.goto(opened.console.origin + to);
      await narrow.getByRole('heading', { level: 1 }).waitFor();
      await calm(narrow);
      expect([to, await narrow.evaluate('document.documentElement.scrollWidth')]).toEqual([to, 360]);
      expect(await axeFindings(narrow)).toEqual([]);
    }
    await narrow.close();
  });

  async function listed(api: string) {
    return (await page.evaluate(`fetch(${JSON.stringify(api)}).then((answer) => answer.json())`)) as Record<
      string,
      unknown
    >;
  }
});
