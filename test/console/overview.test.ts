import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { startConsole } from '../../lib/console/server/server';
import type { Tables } from '../../lib/console/types/data';
import type { RunList } from '../../lib/console/types/pipeline';
import {
  append,
  csv,
  decimal,
  definePipeline,
  key,
  lake,
  landedFiles,
  quarantine,
  s3Arrival,
  sql,
  text,
} from '../../lib/pipeline';
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
import { startTroubledCloud, type Trouble, type TroubledCloud } from './troubled-cloud';
import { addressOf, viewPaths } from './views';

const parcels = definePipeline({
  name: 'parcels',
  trigger: s3Arrival('parcels/*.csv'),
  sources: {
    lines: landedFiles({
      glob: 'parcels/*.csv',
      format: csv(),
      columns: { id: key.bigint(), place: text(20), price: decimal(10, 2) },
      onBadRow: quarantine({ maxRate: 0.5 }),
    }),
  },
  models: { rows: sql.text('select id, place, price from lines') },
  sinks: [lake({ model: 'rows', table: 'parcels', write: append(), partitionBy: ['place'] })],
});

const HOSTILE = '<img src=x onerror=alert(1)>\u202Egnp.csv';

describeInBrowser('the overview', () => {
  let cloud: PipelinesCloud;
  let between: TroubledCloud;
  let opened: OpenedConsole;
  let renewed = 0;

  beforeAll(async () => {
    cloud = await startPipelines([parcels]);
    between = await startTroubledCloud(cloud.cloud.endpoint);
    opened = await openConsole(between, {
      connection: () => localConnection(between),
      renew: async () => {
        renewed += 1;
      },
    });
  });
  afterAll(async () => {
    await opened?.close();
    await between?.close();
    await cloud?.stop();
  });

  const banner = () => opened.page.locator('.banner');

  test('shows a run that starts, and how it ends, without reloading', async () => {
    const { page, faults } = opened;
    await page.getByRole('rowheader', { name: 'parcels' }).waitFor();
    await page.getByText('never ran').waitFor();

    await cloud.drop('parcels', 'parcels/one.csv', 'id,place,price\n1,Oslo,2.50\n2,Bergen,x\n3,Bergen,4\n');

    await page.getByRole('row', { name: /parcels.*succeeded/ }).waitFor();
    await page.getByRole('link', { name: /parcels\/one\.csv: succeeded, .*, 2 rows/ }).waitFor();
    expect(faults).toEqual([]);
  });

  test('a failed run wants a look: its error stands there, and its bar leads to it', async () => {
    const { page } = opened;

    await cloud.drop('parcels', `parcels/${HOSTILE}`, 'id,place,price\nx,Oslo,2.50\ny,Bergen,3\n');

    const attention = page.getByRole('region', { name: 'Wants a look' });
    await attention.getByRole('link', { name: /gnp\.csv/ }).waitFor();
    await attention.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(await page.locator('img').count()).toBe(0);

    const bars = page.getByRole('list', { name: /Last runs of parcels/ }).getByRole('link');
    await soon(
      () => bars.allTextContents(),
      (texts) =>
        expect(texts).toEqual([
          expect.stringMatching(/^parcels\/one\.csv: succeeded, /),
          expect.stringMatching(/: failed, /),
        ]),
    );
    await bars.last().focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('.tip', { hasText: 'parcels/one.csv' }).waitFor();
  });

  test('a pipeline has its runs in a list, which a filter narrows and an address keeps', async () => {
    const { page } = opened;
    await opened.open('/pipelines/parcels');
    await page.getByRole('row', { name: /succeeded/ }).waitFor();
    await page.getByText('2 runs', { exact: true }).waitFor();
    expect(await page.getByRole('row').count()).toBe(3);

    await page.getByLabel('Status').selectOption('failed');

    await page.getByText('1 run', { exact: true }).waitFor();
    expect(page.url()).toContain('status=FAILED');
    await page.goBack();
    await opened.open('/');
  });

  test.each<[Trouble, RegExp]>([
    ['down', /The local cloud does not answer.*npm start/],
    ['throttled', /AWS throttles: Rate exceeded.*less often/],
    ['expired', /credentials have expired.*Sign in again/],
  ])('%s: a banner says so while what was there stays, and goes by itself', async (trouble, words) => {
    const { page, faults } = opened;
    await page.getByRole('rowheader', { name: 'parcels' }).waitFor();

    between.trouble = trouble;
    await banner().filter({ hasText: words }).waitFor();
    expect(await page.getByRole('rowheader', { name: 'parcels' }).count()).toBe(1);
    expect(await axeFindings(page)).toEqual([]);
    if (trouble === 'expired')
      await soon(
        async () => renewed,
        (times) => expect(times).toBeGreaterThan(0),
      );

    between.trouble = 'none';
    await banner().waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  test('a view that is opened while the cloud is down comes when it is back', async () => {
    const { page } = opened;
    between.trouble = 'down';
    await opened.open('/pipelines/parcels');
    await banner().waitFor();

    between.trouble = 'none';

    await page.getByRole('row', { name: /failed/ }).waitFor();
    await banner().waitFor({ state: 'detached' });
  });

  test('keys go from view to view, and are listed', async () => {
    const { page } = opened;
    await opened.open('/pipelines/parcels');
    await page.getByRole('heading', { name: 'parcels' }).waitFor();

    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Go to Overview').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // One after the other without waiting between: they go together.
    await Promise.all([page.keyboard.press('g'), page.keyboard.press('o')]);

    await page.waitForURL((url) => url.pathname === '/');
    await page.getByText('Cost today').first().waitFor();
  });

  test('a view has the focus, and its keys, when it is seen first', async () => {
    const { page } = opened;
    await opened.open('/pipelines/parcels');
    const grid = page.getByRole('link', { name: 'Grid', exact: true });
    await grid.waitFor();
    // Pressed when it stands there, before it is painted.
    await page.evaluate(`focusedThen = new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector('main').textContent.includes('Reading the runs')) return;
        observer.disconnect();
        resolve(document.activeElement.id);
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'b', bubbles: true }));
      }).observe(document.querySelector('main'), { childList: true, subtree: true });
    }), undefined`);

    await grid.click();

    expect(await page.evaluate('focusedThen')).toBe('view');
    await page.getByRole('dialog', { name: 'Backfill parcels' }).waitFor();
  });

  test('nothing of a pipeline is shown for another that is not there', async () => {
    const { page } = opened;
    await opened.open('/pipelines/parcels');
    await page.getByText('Rows today').waitFor();
    // So that it is the live topic that tells of it.
    await page.route('**/api/pipelines/nothing', () => {});

    await page.evaluate(
      `history.pushState(null, '', '/pipelines/nothing'), dispatchEvent(new PopStateEvent('popstate'))`,
    );

    await page.getByRole('alert').first().waitFor();
    expect(await page.getByText('Rows today').count()).toBe(0);
    await page.unroute('**/api/pipelines/nothing');
  });

  test('the first Tab leads past the navigation', async () => {
    const { page } = opened;
    await opened.open('/');
    await page.getByRole('rowheader', { name: 'parcels' }).waitFor();

    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');

    await page.locator('#view:focus').waitFor({ state: 'attached' });
  });

  test('a theme that was chosen stays, from the first paint on', async () => {
    const page = await opened.newPage({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await page.evaluate('getComputedStyle(document.body).colorScheme')).toBe('dark');

    const answer = await page.reload();

    expect(await answer!.text()).toContain('data-theme="dark"');
    await page.context().close();
  });

  test('an account is only looked at, unless somebody wants otherwise', async () => {
    const { client } = localConnection(between);
    const target = { kind: 'account', account: '111122223333', region: 'us-east-1', caller: 'me', client } as const;
    const running = await startConsole({ connection: () => ({ client, target }), readOnly: true, port: 0 });
    const page = await opened.newPage();
    try {
      await page.goto(running.url);
      await page.getByText('111122223333').first().waitFor();
      await page.getByText('read-only').waitFor();
      expect(await page.getByRole('link', { name: 'Mailbox' }).count()).toBe(0);
      const { runs } = (await (
        await page.request.get(`${running.origin}/api/pipelines/parcels/run-list`)
      ).json()) as RunList;
      const acts = /^(Redrive|Rerun|Stop|Backfill|Replay|Discard|Pause|Resume|Start a run|Load missing|Load now)/;
      // The document has said so before anything else does.
      await page.route('**/api/about', () => {});
      for (const to of [
        '/pipelines/parcels/grid',
        ...runs.flatMap(({ runId }) => [`/runs/parcels/${runId}`, `/quarantine/parcels/${runId}`]),
        '/triggers',
      ]) {
        await page.goto(running.origin + to);
        await page.getByRole('button', { name: acts }).first().waitFor();
        const all = await page.getByRole('button', { name: acts }).all();
        expect(await Promise.all(all.map((one) => one.isDisabled()))).toEqual(all.map(() => true));
        expect(await all[0]!.getAttribute('title')).toContain('--write');
        expect(await page.locator('input[type=file]:enabled').count()).toBe(0);
      }
      const refused = await page.evaluate(
        `fetch('/api/triggers/parcels/pause', { method: 'POST' }).then(({ status }) => status)`,
      );
      expect(refused).toBe(403);
    } finally {
      await page.context().close();
      await running.close();
    }
  });

  const SIZES = [
    { width: 360, height: 740 },
    { width: 3840, height: 2160 },
  ];

  test.each(viewPaths())(
    'axe finds nothing in %s, light or dark; at 360 px and at 4K nothing is cut off; the Tab key reaches all of it',
    async (view) => {
      const { page, faults } = opened;
      const before = faults.length;
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.emulateMedia({ colorScheme: 'light' });
      await opened.open(addressOf(view, await there()));
      await page.locator('main :is(h1, .empty, .error)').first().waitFor({ state: 'attached' });
      const light = await axeFindings(page);

      const unreached = await unreachedOf(page);
      const misfits: string[] = [];
      for (const size of SIZES) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize(size);
          await page.emulateMedia({ colorScheme });
          await calm(page);
          for (const one of await misfitsOf(page)) misfits.push(`${size.width} ${colorScheme}: ${one}`);
        }
        misfits.push(...(await axeFindings(page, ['color-contrast', 'scrollable-region-focusable'])));
      }

      expect(light).toEqual([]);
      expect(misfits).toEqual([]);
      expect(unreached).toEqual([]);
      expect(faults.slice(before)).toEqual([]);
    },
  );

  /** What the suite has by now, for the parameters of addresses. */
  async function there(): Promise<Record<string, string>> {
    const { executions = [] } = await new SFNClient(cloud.client).send(
      new ListExecutionsCommand({ stateMachineArn: machine(), statusFilter: 'SUCCEEDED' }),
    );
    const { page, console: running } = opened;
    const { tables } = (await (await page.request.get(`${running.origin}/api/data/tables`)).json()) as Tables;
    const { database, name } = tables[0]!;
    return { pipeline: 'parcels', runId: executions[0]!.name!, state: 'Admit', database, table: name };
  }
  const machine = () => cloud.cloud.outputs['Stepwell-Parcels']!.StateMachineArn!;
});
