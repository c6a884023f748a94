/**
 * The ecommerce pipeline end to end, against the sample shop: three days one after another, with sales that change or come late,
 * customers who move and prices that change in between, and with sources that fail. Tables as an independent computation has them.
 */
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { CRM_ORIGIN, startCrmServer } from '../../lib/samples/crm/server';
import type { SampleServer } from '../../lib/samples/server';
import { DAY_MS, dayOf, MINUTE_MS } from '../../lib/samples/shop/calendar';
import { putCatalogue } from '../../lib/samples/shop/catalogue';
import { clickFiles } from '../../lib/samples/shop/clicks';
import { type SampleShop, startSampleShop } from '../../lib/samples/shop/server';
import ecommerce from '../../state-machines/ecommerce/pipeline';
import { CRM } from './crm-logins';
import { type FaultyApi, type FaultyConnection, faultyApi, faultyConnection } from './faulty-network';
import { type Event, lineageOfAll } from './lineage-reading';
import { type Ended, type PipelinesCloud, startPipelines } from './pipelines-cloud';
import { ExpectedShop } from './shop-expected';
import { expectRows } from './shop-rows';

const INTERACTIONS = { interactionsPerDay: 700, days: 2 };
const BROKEN_LINES = 2;

/** One in the morning, four days ago: the first interval ends there. */
const FIRST_END = (dayOf(Date.now()) - 4) * DAY_MS + 60 * MINUTE_MS;
const endOf = (run: number): number => FIRST_END + run * DAY_MS;
/** The sources are read ten minutes later: what comes in between is the next interval's. */
const readAt = (run: number): number => endOf(run) + 10 * MINUTE_MS;

let now = readAt(0);
let shop: SampleShop;
let connection: FaultyConnection;
let crm: SampleServer;
let api: FaultyApi;
let cloud: PipelinesCloud;
const expected = new ExpectedShop({
  opened: now,
  interactionsPerDay: INTERACTIONS.interactionsPerDay,
  interactionDays: INTERACTIONS.days,
});

beforeAll(async () => {
  [shop, crm] = await Promise.all([
    startSampleShop({ now: () => now }),
    startCrmServer({ ...CRM, ...INTERACTIONS, now: () => now }),
  ]);
  [connection, api] = await Promise.all([faultyConnection(shop.secret), faultyApi(crm.url)]);
  process.env.STEPWELL_ORIGINS = JSON.stringify({ [CRM_ORIGIN]: api.url });
  cloud = await startPipelines([ecommerce], join(PROJECT_ROOT, 'state-machines', 'ecommerce'), undefined, {
    'stepwell:lineage': true,
  });
  await cloud.putSecret('crm', { clientId: CRM.clientId, clientSecret: CRM.clientSecret });
  await cloud.putSecret('shop-db', { ...shop.secret, port: connection.port, password: 'wrong' });
});
afterAll(async () => {
  delete process.env.STEPWELL_ORIGINS;
  await cloud?.stop();
  await Promise.all([connection?.close(), api?.close(), crm?.close(), shop?.close()]);
});

/** The world as it is when the run's time has come. */
async function dawn(run: number): Promise<void> {
  now = readAt(run);
  await putCatalogue(cloud.client, 'products', now);
  await Promise.all(clickFiles(dayOf(endOf(run) - DAY_MS)).map(({ key, body }) => cloud.put(key, body)));
}

const start = (run: number) => cloud.start('ecommerce', { schedule: { time: new Date(endOf(run)).toISOString() } });
const expect_ = (run: number) => expected.run({ start: endOf(run - 1), at: now, isInitial: run === 0 });

async function expectTables(): Promise<void> {
  for (const [table, rows] of Object.entries(expected.tables()))
    expectRows(table, await cloud.query('redshift', `SELECT * FROM commerce.${table}`), rows);
}

function expectLoaded({ status, message, output }: Ended): void {
  expect({ status, message }).toEqual({ status: 'SUCCEEDED', message: undefined });
  expect(output).toMatchObject({ rejected: BROKEN_LINES });
}

const pageEvents = () => cloud.lake('ecommerce', 'page_events');

test('with a wrong password the run says which secret to correct, and nothing is published', async () => {
  await dawn(0);
  const run = await start(0);

  expect(run).toMatchObject({ status: 'FAILED', error: 'SourceRefused', message: expect.stringContaining('shop-db') });
  expect(
    await cloud.query('redshift', "SELECT 1 FROM information_schema.tables WHERE table_schema = 'commerce'"),
  ).toEqual([]);
  await cloud.putSecret('shop-db', { ...shop.secret, port: connection.port });
});

test('the first run loads what is there, once, though it is started twice', async () => {
  const runs = await Promise.all([start(0), start(0)]);
  const { clicks } = expect_(0);

  expect(runs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(runs.filter(({ output }) => output.outcome === 'duplicate')).toHaveLength(1);
  expectLoaded(runs.find(({ output }) => output.outcome === undefined)!);
  await expectTables();
  expectRows('page_events', await pageEvents(), clicks);
});

test('a day later: what has changed, moved, come late or been deleted, read from sources that fail now and then', async () => {
  await dawn(1);
  connection.cutAfter(2_000, 2);
  api.fault(
    () => ({ status: 429, headers: { 'retry-after': '1' }, body: '{"error":{"message":"Too many requests"}}' }),
    () => ({ body: '<!doctype html><title>Back soon</title>' }),
    (_, body) => ({ body: body.slice(0, body.length >> 1) }),
  );
  const run = await start(1);
  expect_(1);

  expectLoaded(run);
  expect({ cut: connection.cut, left: api.left }).toEqual({ cut: 2, left: 0 });
  await expectTables();
  for (const table of ['dim_customer', 'dim_product'])
    expect(await cloud.query('redshift', `SELECT 1 FROM commerce.${table} WHERE NOT is_current`)).not.toEqual([]);
});

test('an API that gives the same page for ever fails the run before anything is published; mended, the day is loaded', async () => {
  await dawn(2);
  const pages: string[] = [];
  api.always((_, body) => {
    if (body.startsWith('{"data"')) pages.push(body);
    return pages[0] === undefined ? undefined : { body: pages[0] };
  });
  const failed = await start(2);
  api.always(undefined);

  expect(failed).toMatchObject({
    status: 'FAILED',
    error: 'UnreadableAnswer',
    message: expect.stringContaining('leads in a circle'),
  });
  await expectTables();

  const run = await start(2);
  const { clicks } = expect_(2);

  expectLoaded(run);
  await expectTables();
  const day = new Date(endOf(1)).toISOString().slice(0, 10);
  const ofDay = (await pageEvents()).filter(({ visited_on }) => visited_on === day);
  expectRows('page_events', ofDay, clicks);
});

test('the same day loaded again leaves every table as it was', async () => {
  const interval = { start: new Date(endOf(1)).toISOString(), end: new Date(endOf(2)).toISOString() };
  const before = await pageEvents();
  const run = await cloud.start('ecommerce', { interval, reprocess: true });

  expectLoaded(run);
  await expectTables();
  expectRows('page_events', await pageEvents(), before);
});

test('what it is made of fits the specification of OpenLineage', async () => {
  const events = await lineageOfAll('ecommerce', cloud);

  const table = events.find(({ eventType, job }) => eventType === 'COMPLETE' && job.name.endsWith('.fact_sales'));
  const names = table.inputs.map(({ namespace, name }: Event) => `${namespace} ${name}`);
  expect(names).toEqual([
    expect.stringMatching(/^mysql:\/\/127\.0\.0\.1:\d+ \w+\.sales$/),
    expect.stringMatching(/^mysql:\/\/127\.0\.0\.1:\d+ \w+\.customers$/),
    'arn:aws:dynamodb:us-east-1:000000000000 table/products',
  ]);
});
