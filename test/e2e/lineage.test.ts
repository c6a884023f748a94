/** Lineage of runs that succeed, fail, are redriven, stopped, or have nothing to do; with a server that is up, down, and up again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { Client } from 'pg';
import { sendLineage } from '../../lib/cli/lineage-send';
import {
  after,
  append,
  between,
  csv,
  date,
  decimal,
  definePipeline,
  key,
  lake,
  landedFiles,
  merge,
  notNull,
  postgres,
  published,
  quarantine,
  redshift,
  replace,
  rowCount,
  s3Arrival,
  seconds,
  sql,
  sqlCheck,
  text,
} from '../../lib/pipeline';
import { type Event, keptUnder, type LineageBucket, lineageOf } from './lineage-reading';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const retail = definePipeline({
  name: 'retail',
  description: 'What the tills have sold',
  trigger: s3Arrival('retail/*.csv'),
  sources: {
    tills: landedFiles({
      glob: 'retail/*.csv',
      format: csv(),
      columns: {
        id: key.bigint(),
        shop: text(20),
        amount: decimal(12, 2),
        day: date().notNull(),
        email: text(100).pii('mask'),
      },
      onBadRow: quarantine({ maxRate: 0.5 }),
    }),
  },
  models: {
    sales: sql.text('SELECT id, shop, amount * 2 AS double_amount, day, email FROM tills'),
    totals: sql.text('SELECT shop, sum(double_amount) AS total FROM sales WHERE shop IS NOT NULL GROUP BY shop'),
    shops: sql.text('SELECT count(*) AS shops FROM sales', { engine: 'redshift' }),
  },
  sinks: [
    redshift({ model: 'sales', table: 'retail.sales', write: merge('id') }),
    redshift({ model: 'shops', table: 'retail.shops', write: replace() }),
    postgres({ model: 'totals', table: 'retail.totals', write: merge('shop') }),
    lake({ model: 'sales', table: 'sales', write: append(), partitionBy: ['day'] }),
  ],
  checks: [
    rowCount('sales', { min: 1 }),
    notNull('sales', 'shop', { severity: 'warn' }),
    between('totals', 'total', { max: 100, severity: 'warn' }),
    sqlCheck('sales', 'double_amount < 10000'),
  ],
  retry: { attempts: 1, interval: seconds(1), maxInterval: seconds(2) },
});

const report = definePipeline({
  name: 'report',
  trigger: after('retail'),
  sources: { sold: published('retail', 'sales') },
  models: { days: sql.text('SELECT day, count(*) AS sales FROM sold GROUP BY day') },
  sinks: [postgres({ model: 'days', table: 'report.days', write: replace() })],
});

/** An OpenLineage server. */
const received: { event: Event; authorization: string | undefined }[] = [];
let answer = 201;
let server: Server;
let folder: string;
let cloud: PipelinesCloud;
let bucket: LineageBucket;
let sfn: SFNClient;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      if (answer === 201 && request.url === '/openlineage/api/v1/lineage')
        received.push({ event: JSON.parse(body), authorization: request.headers.authorization });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/openlineage`;
  folder = mkdtempSync(join(tmpdir(), 'stepwell-lineage-'));
  cloud = await startPipelines([retail, report], undefined, folder, {
    'stepwell:lineage': { url, secret: 'marquez', namespace: 'test' },
  });
  await cloud.putSecret('marquez', { apiKey: 'key-1' });
  const work = Object.values(cloud.cloud.outputs).find(({ WorkBucketName }) => WorkBucketName)!.WorkBucketName!;
  bucket = { client: cloud.client, work };
  sfn = new SFNClient(cloud.client);
});
afterAll(async () => {
  sfn?.destroy();
  await cloud?.stop();
  server?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const machineOf = (pipeline: string) =>
  Object.values(cloud.cloud.outputs).find(({ StateMachineArn }) => StateMachineArn?.endsWith(`:stepwell-${pipeline}`))!
    .StateMachineArn!;

async function latest(pipeline: string): Promise<{ runId: string; arn: string }> {
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineOf(pipeline) }));
  const [first] = executions.sort((a, b) => b.startDate!.getTime() - a.startDate!.getTime());
  return { runId: first!.name!, arn: first!.executionArn! };
}

async function until<T>(find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const jobs = (events: readonly Event[]): string[] => events.map(({ eventType, job }) => `${eventType} ${job.name}`);
const ofJob = (events: readonly Event[], name: string, type = 'COMPLETE'): Event =>
  events.find((event) => event.job.name === name && event.eventType === type);
const names = (datasets: readonly Event[]): string[] => datasets.map(({ namespace, name }) => `${namespace} ${name}`);

const HEADER = 'id,shop,amount,day,email\n';
const good = `${HEADER}1,Rome,10.00,2026-01-02,a@example.com
2,Rome,50.00,2026-01-03,b@example.com
3,,1.00,2026-01-03,c@example.com
4,Oslo,many,2026-01-03,d@example.com
`;

describe('a run that succeeds', () => {
  let run: { runId: string; arn: string };
  let start: readonly Event[];
  let end: readonly Event[];
  beforeAll(async () => {
    expect(await cloud.drop('retail', 'retail/good.csv', good)).toMatchObject({ status: 'SUCCEEDED' });
    run = await latest('retail');
    start = await lineageOf({ pipeline: 'retail', runId: run.runId, state: 'running' }, bucket);
    end = await lineageOf({ pipeline: 'retail', runId: run.runId, state: 'succeeded' }, bucket);
  });

  test('begins with one event, and ends with its checks, its tables and itself', () => {
    expect(jobs(start)).toEqual(['START retail']);
    expect(jobs(end)).toEqual([
      'START retail.check',
      'COMPLETE retail.check',
      'START retail.redshift:retail.sales',
      'COMPLETE retail.redshift:retail.sales',
      'START retail.redshift:retail.shops',
      'COMPLETE retail.redshift:retail.shops',
      'START retail.postgres:retail.totals',
      'COMPLETE retail.postgres:retail.totals',
      'START retail.lake:sales',
      'COMPLETE retail.lake:sales',
      'COMPLETE retail',
    ]);
    expect(new Set([...start, ...end].map(({ job }) => job.namespace))).toEqual(new Set(['test']));
    const { runId } = start[0].run;
    expect(ofJob(end, 'retail').run.runId).toBe(runId);
    expect(ofJob(end, 'retail.lake:sales').run.facets.parent).toMatchObject({
      run: { runId },
      job: { namespace: 'test', name: 'retail' },
    });
    expect(ofJob(end, 'retail').run.facets.tags.tags).toContainEqual({
      key: 'execution_arn',
      value: run.arn,
      source: 'STEPWELL',
    });
  });

  test('names what its tables are made of', () => {
    const landing = Object.values(cloud.cloud.outputs).find(({ LandingBucketName }) => LandingBucketName)!
      .LandingBucketName!;
    const sales = ofJob(end, 'retail.redshift:retail.sales');
    expect(names(sales.inputs)).toEqual([`s3://${landing} retail`]);
    expect(sales.outputs[0].namespace).toMatch(/^redshift:\/\/[\w-]+\.us-east-1:5439$/);
    expect(sales.outputs[0].name).toMatch(/^\w+\.retail\.sales$/);
    // Of the table that it reads in Redshift, which the other job has written.
    expect(names(ofJob(end, 'retail.redshift:retail.shops').inputs)).toEqual(names(sales.outputs));
    expect(names(ofJob(end, 'retail.postgres:retail.totals').outputs)[0]).toMatch(
      /^postgres:\/\/127\.0\.0\.1:\d+ stepwell\.retail\.totals$/,
    );
    expect(ofJob(end, 'retail.lake:sales').outputs[0].facets.symlinks.identifiers).toEqual([
      { namespace: 'arn:aws:glue:us-east-1:000000000000', name: 'table/retail/sales', type: 'TABLE' },
    ]);
    expect(ofJob(end, 'retail.redshift:retail.shops').outputs[0].facets.lifecycleStateChange).toMatchObject({
      lifecycleStateChange: 'OVERWRITE',
    });
    expect(ofJob(end, 'retail.postgres:retail.totals').job.facets.sql.query).toBe(
      `-- sales\nSELECT id, shop, amount * 2 AS double_amount, day, email FROM tills;\n\n-- totals\nSELECT shop, sum(double_amount) AS total FROM sales WHERE shop IS NOT NULL GROUP BY shop;\n`,
    );
  });

  test('tells its columns, and what each is made of', () => {
    const { schema, columnLineage } = ofJob(end, 'retail.redshift:retail.sales').outputs[0].facets;
    expect(schema.fields.slice(0, 3)).toEqual([
      { name: 'id', type: 'bigint' },
      { name: 'shop', type: 'varchar(20)' },
      { name: 'double_amount', type: expect.stringMatching(/^decimal\(/) },
    ]);
    const from = (column: string, subtype: string, masking = false) => ({
      namespace: expect.stringMatching(/^s3:/),
      name: 'retail',
      field: column,
      transformations: [{ type: 'DIRECT', subtype, masking }],
    });
    expect(columnLineage.fields).toEqual({
      id: { inputFields: [from('id', 'IDENTITY')] },
      shop: { inputFields: [from('shop', 'IDENTITY')] },
      double_amount: { inputFields: [from('amount', 'TRANSFORMATION')] },
      day: { inputFields: [from('day', 'IDENTITY')] },
      email: { inputFields: [from('email', 'IDENTITY', true)] },
    });
    expect(ofJob(end, 'retail.postgres:retail.totals').outputs[0].facets.columnLineage.fields.total).toEqual({
      inputFields: [from('amount', 'AGGREGATION')],
    });
  });

  test('counts what it has read and written, and what was bad', () => {
    const [input] = ofJob(end, 'retail.lake:sales').inputs;
    expect(input.inputFacets.inputStatistics).toMatchObject({ rowCount: 4, size: good.length, fileCount: 1 });
    expect(input.inputFacets.dataQualityAssertions.assertions).toMatchObject([
      { assertion: 'contract', success: false, severity: 'warn', actual: '1 bad rows' },
    ]);
    const [output] = ofJob(end, 'retail.lake:sales').outputs;
    expect(output.outputFacets.outputStatistics).toMatchObject({ rowCount: 3, fileCount: 2 });
    expect(output.outputFacets.outputStatistics.size).toBeGreaterThan(0);
    expect(ofJob(end, 'retail.postgres:retail.totals').outputs[0].outputFacets.outputStatistics).toMatchObject({
      rowCount: 1,
    });
  });

  test('tells of the checks on the tables whose rows they have looked at', () => {
    const { inputs, outputs } = ofJob(end, 'retail.check');
    expect(outputs).toEqual([]);
    const [sales] = inputs;
    expect(sales.inputFacets.dataQualityAssertions.assertions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ assertion: 'row_count', success: true, severity: 'error', actual: '3' }),
        expect.objectContaining({ assertion: 'not_null', column: 'shop', success: false, severity: 'warn' }),
        expect.objectContaining({ assertion: 'custom_sql', success: true }),
      ]),
    );
    expect(sales.inputFacets.dataQualityMetrics).toMatchObject({
      rowCount: 3,
      columnMetrics: { shop: { nullCount: 1 } },
    });
  });

  test('is read by the pipeline after it under the name of its first table, with the others as symlinks', async () => {
    const [after] = await cloud.runsOf('report', 1);
    expect(after).toMatchObject({ status: 'SUCCEEDED' });
    const { runId } = await latest('report');
    const events = await lineageOf({ pipeline: 'report', runId, state: 'succeeded' }, bucket);
    const [input] = ofJob(events, 'report.postgres:report.days').inputs;
    expect(names([input])).toEqual(names(ofJob(end, 'retail.redshift:retail.sales').outputs));
    expect(names(input.facets.symlinks.identifiers)).toEqual([
      ...names(ofJob(end, 'retail.lake:sales').outputs),
      'arn:aws:glue:us-east-1:000000000000 table/retail/sales',
    ]);
    expect(input.inputFacets.inputStatistics).toMatchObject({ rowCount: 3 });
  });

  test('was told to the server, in order and with the key', async () => {
    const own = await until(() => {
      const found = received.filter(({ event }) => event.run.runId === start[0].run.runId);
      return found.length >= 2 ? found : undefined;
    });
    expect(own.map(({ event }) => event)).toEqual([start[0], ofJob(end, 'retail')]);
    expect(new Set(received.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer key-1']));
  });
});

test('a run that finds its file loaded already has no tables to tell of', async () => {
  expect(await cloud.drop('retail', 'retail/good.csv', good)).toMatchObject({ status: 'SUCCEEDED' });
  const { runId } = await latest('retail');
  const events = await lineageOf({ pipeline: 'retail', runId, state: 'succeeded' }, bucket);
  expect(jobs(events)).toEqual(['COMPLETE retail']);
});

test('a run whose check fails fails its tables, and says which check', async () => {
  const ended = await cloud.drop('retail', 'retail/check.csv', `${HEADER}9,Rome,9000.00,2026-01-02,x@example.com\n`);
  expect(ended).toMatchObject({ status: 'FAILED', error: 'CheckFailed' });
  const { runId } = await latest('retail');
  const events = await lineageOf({ pipeline: 'retail', runId, state: 'failed' }, bucket);
  expect(jobs(events).filter((job) => !job.startsWith('START'))).toEqual([
    'FAIL retail.check',
    'FAIL retail.redshift:retail.sales',
    'FAIL retail.redshift:retail.shops',
    'FAIL retail.postgres:retail.totals',
    'FAIL retail.lake:sales',
    'FAIL retail',
  ]);
  const failed = ofJob(events, 'retail', 'FAIL');
  expect(failed.run.facets.errorMessage.message).toMatch(/^CheckFailed: .*double_amount < 10000/s);
  const [sales] = ofJob(events, 'retail.check', 'FAIL').inputs;
  expect(sales.inputFacets.dataQualityAssertions.assertions).toContainEqual(
    expect.objectContaining({ assertion: 'custom_sql', success: false, severity: 'error', actual: '1 bad rows' }),
  );
  expect(ofJob(events, 'retail.lake:sales', 'FAIL').outputs[0]).toMatchObject({ outputFacets: {} });
});

async function inAurora(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: cloud.cloud.databases.aurora });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

test('a redriven run goes on under the same ids: what failed first completes then', async () => {
  await inAurora(async (client) => {
    await client.query('ALTER TABLE stepwell_retail.loads RENAME TO gone');
  });
  const ended = await cloud.drop('retail', 'retail/redriven.csv', `${HEADER}20,Bern,1.00,2026-01-02,x@example.com\n`);
  expect(ended).toMatchObject({ status: 'FAILED' });
  const { runId, arn } = await latest('retail');
  const failed = await lineageOf({ pipeline: 'retail', runId, state: 'failed' }, bucket);
  expect(ofJob(failed, 'retail.postgres:retail.totals', 'FAIL')).toBeDefined();

  await inAurora(async (client) => {
    await client.query('ALTER TABLE stepwell_retail.gone RENAME TO loads');
  });
  await sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
  const again = await lineageOf({ pipeline: 'retail', runId, state: 'running', redriveCount: 1 }, bucket);
  const done = await lineageOf({ pipeline: 'retail', runId, state: 'succeeded', redriveCount: 1 }, bucket);

  expect(jobs(again)).toEqual(['START retail']);
  const [{ run }] = again;
  expect(run.runId).toBe(ofJob(failed, 'retail', 'FAIL').run.runId);
  expect(Date.parse(again[0].eventTime)).toBeGreaterThanOrEqual(Date.parse(ofJob(failed, 'retail', 'FAIL').eventTime));
  expect(jobs(done).filter((job) => !/^(START|COMPLETE)/.test(job))).toEqual([]);
  expect(ofJob(done, 'retail.postgres:retail.totals').run.runId).toBe(
    ofJob(failed, 'retail.postgres:retail.totals', 'FAIL').run.runId,
  );
});

test('a run that is stopped is aborted, as are the tables that it has not published', async () => {
  await inAurora(async (client) => {
    // Whoever publishes has to wait.
    await client.query('BEGIN; LOCK TABLE stepwell_retail.loads IN ACCESS EXCLUSIVE MODE');
    const ending = cloud.drop('retail', 'retail/stopped.csv', `${HEADER}30,Bern,1.00,2026-01-02,x@example.com\n`);
    const { runId, arn } = await until(async () => {
      const run = await latest('retail');
      const { input = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn: run.arn }));
      if (!input.includes('stopped.csv')) return undefined;
      const { events = [] } = await sfn.send(
        new GetExecutionHistoryCommand({ executionArn: run.arn, maxResults: 1000 }),
      );
      const states = (of: 'stateEnteredEventDetails' | 'stateExitedEventDetails') => events.map((one) => one[of]?.name);
      return states('stateEnteredEventDetails').some((name) => /^(Load|Publish) postgres:/.test(name ?? '')) &&
        states('stateExitedEventDetails').includes('Load lake:sales')
        ? run
        : undefined;
    });
    await sfn.send(new StopExecutionCommand({ executionArn: arn, error: 'Stopped', cause: 'by hand' }));
    await client.query('ROLLBACK');
    expect(await ending).toMatchObject({ status: 'ABORTED' });
    const events = await lineageOf({ pipeline: 'retail', runId, state: 'aborted' }, bucket);
    const aborted = ofJob(events, 'retail', 'ABORT');
    expect(aborted.run.facets.errorMessage.message).toBe('Stopped: by hand');
    expect(ofJob(events, 'retail.postgres:retail.totals', 'ABORT')).toBeDefined();
  });
});

describe('a server that is down', () => {
  /** `stepwell lineage send retail --json` */
  const sendUndelivered = async () => {
    const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    jest.spyOn(console, 'error').mockReturnValue();
    const failed = await sendLineage('retail', { json: true, stateDir: join(folder, 'state') }).then(
      () => false,
      () => true,
    );
    const [[text]] = written.mock.calls as [[string]];
    jest.restoreAllMocks();
    const [sent] = JSON.parse(text) as Event[];
    return { ...sent, failed };
  };
  const waiting = () => keptUnder('lineage/undelivered/retail/', bucket);

  test('fails no run: events wait in the bucket, and are counted', async () => {
    // What was told before is there.
    await until(() => received.find(({ event }) => event.eventType === 'ABORT' && event.job.name === 'retail'));
    answer = 503;
    const ended = await cloud.drop('retail', 'retail/down.csv', `${HEADER}40,Rome,1.00,2026-01-02,x@example.com\n`);
    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    const { runId } = await latest('retail');
    const keys = await until(async () => {
      const found = (await waiting()).map(({ key }) => key);
      return found.filter((key) => key.includes(runId)).length === 2 ? found : undefined;
    });
    expect(keys.map((key) => /-(running|succeeded)\.ndjson$/.exec(key)?.[1])).toEqual(['running', 'succeeded']);

    const cloudWatch = new CloudWatchClient(cloud.client);
    const counted = await until(async () => {
      const { Datapoints = [] } = await cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'Stepwell',
          MetricName: 'LineageUndelivered',
          Dimensions: [{ Name: 'pipeline', Value: 'retail' }],
          StartTime: new Date(Date.now() - 3_600_000),
          EndTime: new Date(Date.now() + 3_600_000),
          Period: 7200,
          Statistics: ['Sum'],
        }),
      );
      const sum = Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
      return sum >= 2 ? sum : undefined;
    });
    cloudWatch.destroy();
    expect(counted).toBe(2);
    expect(await sendUndelivered()).toMatchObject({
      sent: 0,
      left: 2,
      problem: expect.stringContaining('answers 503'),
    });
  });

  test('has them when it is up again, the oldest first', async () => {
    answer = 201;
    received.length = 0;
    const expected = (await waiting()).flatMap(({ events }) => events);
    expect(await sendUndelivered()).toEqual({ pipeline: 'retail', sent: 2, left: 0, failed: false });
    const own = received.map(({ event }) => event).filter(({ job }) => job.name.startsWith('retail'));
    expect(own).toEqual(expected);
    expect(await waiting()).toEqual([]);
  });
});
