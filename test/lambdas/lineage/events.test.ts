import { join } from 'node:path';
import { endEvents, startEvents, type Told } from '../../../lambdas/lineage/events';
import type { RunEvent } from '../../../lambdas/lineage/run-event';
import { type CompiledPipeline, compileTogether } from '../../../lib/compiler';
import { compatiblePipelines } from '../../../lib/operate/pipelines';
import { runEvent } from './openlineage';
import { detailOf, factsOf, NOTHING, SURROUNDINGS } from './told';

let samples: CompiledPipeline[];
beforeAll(async () => {
  samples = await compileTogether(await compatiblePipelines(join(__dirname, '..', '..', '..', 'state-machines')));
});

const sample = (name: string) => samples.find((one) => one.name === name)!;
const told = (
  { name, lineage }: CompiledPipeline,
  ...[status, more]: [Parameters<typeof detailOf>[1], object?]
): Told => ({
  document: { version: '1.2.3', plan: lineage, options: { namespace: 'stepwell' } },
  surroundings: SURROUNDINGS,
  detail: detailOf(name, status, more),
});
const ofJob = (events: readonly RunEvent[], name: string, type = 'COMPLETE'): RunEvent =>
  events.find((event) => event.job.name === name && event.eventType === type)!;
const names = (datasets: readonly { namespace: string; name: string }[]) =>
  datasets.map(({ namespace, name }) => `${namespace} ${name}`);

test.each(['citizens', 'ecommerce', 'orders', 'weather'])(
  'every event of %s fits the specification, however its run ends',
  (name) => {
    const pipeline = sample(name);
    const all = [
      ...startEvents(told(pipeline, 'RUNNING')),
      ...endEvents(told(pipeline, 'SUCCEEDED'), factsOf(pipeline)),
      ...endEvents(told(pipeline, 'SUCCEEDED'), NOTHING),
      ...endEvents(told(pipeline, 'FAILED', { error: 'CheckFailed', cause: '{"errorMessage":"too many"}' }), {
        ...factsOf(pipeline),
        published: [],
      }),
      ...endEvents(told(pipeline, 'TIMED_OUT'), NOTHING),
      ...endEvents(told(pipeline, 'ABORTED'), NOTHING),
    ];
    for (const event of all) expect(runEvent.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
    expect(all.length).toBeGreaterThan(10);
  },
);

test('each table is a job of its own, with the sources that it is made of and no others', () => {
  const ecommerce = sample('ecommerce');
  const events = endEvents(told(ecommerce, 'SUCCEEDED'), factsOf(ecommerce));

  expect(names(ofJob(events, 'ecommerce.lake:page_events').inputs)).toEqual(['s3://landing-1 clickstream']);
  expect(names(ofJob(events, 'ecommerce.redshift:commerce.fact_sales').inputs)).toEqual([
    'mysql://db.example.com:3306 shop.sales',
    'mysql://db.example.com:3306 shop.customers',
    'arn:aws:dynamodb:eu-central-1:111122223333 table/products',
  ]);
  expect(names(ofJob(events, 'ecommerce.redshift:commerce.fact_interactions').inputs)).toContain(
    'https://crm.example.com v1/interactions',
  );
  // What runs in Redshift reads tables there.
  const daily = ofJob(events, 'ecommerce.redshift:commerce.daily_sales');
  expect(names(daily.inputs)).toEqual(['redshift://stepwell.eu-central-1:5439 dev.commerce.fact_sales']);
  expect(names(daily.outputs)).toEqual(['redshift://stepwell.eu-central-1:5439 dev.commerce.daily_sales']);
  expect(ofJob(events, 'ecommerce').inputs).toEqual([]);
});

test('a database that no task has read yet has no name: it is left out, with the columns that come of it', () => {
  const ecommerce = sample('ecommerce');
  const events = endEvents(told(ecommerce, 'FAILED'), NOTHING);
  const sales = ofJob(events, 'ecommerce.redshift:commerce.fact_sales', 'FAIL');

  expect(names(sales.inputs)).toEqual(['arn:aws:dynamodb:eu-central-1:111122223333 table/products']);
  expect(sales.outputs[0]!.facets).not.toHaveProperty('columnLineage');
});

test('two sources of one place are one dataset, with the rows of both', () => {
  const citizens = sample('citizens');
  const events = endEvents(told(citizens, 'SUCCEEDED'), factsOf(citizens));
  const [registry, spellings, ...more] = ofJob(events, 'citizens.postgres:citizens.population').inputs;

  expect([names([registry!]), spellings!.name, more]).toEqual([
    ['s3://landing-1 citizens'],
    'shop.region_spellings',
    [],
  ]);
  expect(registry!.inputFacets!.inputStatistics).toMatchObject({ rowCount: 20 });
  const [population] = ofJob(events, 'citizens.postgres:citizens.population').outputs;
  const { fields } = population!.facets!.columnLineage as unknown as {
    fields: Record<string, { inputFields: object[] }>;
  };
  expect(fields.age_band!.inputFields).toEqual([
    {
      namespace: 's3://landing-1',
      name: 'citizens',
      field: 'birth_date',
      transformations: [{ type: 'INDIRECT', subtype: 'CONDITIONAL', masking: false }],
    },
  ]);
});

test('what a failed run has published before it failed is complete', () => {
  const orders = sample('orders');
  const facts = { ...factsOf(orders), published: [{ sink: 'redshift:shop.orders', rows: 9, changed: true }] };
  const events = endEvents(told(orders, 'FAILED', { error: 'StatementFailed', cause: 'no space' }), facts);

  expect(events.map(({ eventType, job }) => `${eventType} ${job.name}`)).toEqual([
    'START orders.check',
    'COMPLETE orders.check',
    'START orders.redshift:shop.order_lines',
    'FAIL orders.redshift:shop.order_lines',
    'START orders.redshift:shop.orders',
    'COMPLETE orders.redshift:shop.orders',
    'START orders.postgres:shop.orders',
    'FAIL orders.postgres:shop.orders',
    'START orders.lake:order_lines',
    'FAIL orders.lake:order_lines',
    'FAIL orders',
  ]);
  expect(ofJob(events, 'orders', 'FAIL').run.facets.errorMessage).toMatchObject({
    message: 'StatementFailed: no space',
  });
});

test('the ids of a run are the same whoever asks, and others for another run', () => {
  const orders = sample('orders');
  const idsOf = (detail: object) =>
    endEvents({ ...told(orders, 'SUCCEEDED', detail) }, factsOf(orders)).map(({ run }) => run.runId);
  const other = { executionArn: 'arn:aws:states:eu-central-1:111122223333:execution:stepwell-orders:run-2' };

  expect(idsOf({})).toEqual(idsOf({ redriveCount: 1 }));
  expect(new Set(idsOf({})).size).toBe(6);
  expect(idsOf(other).filter((id) => idsOf({}).includes(id))).toEqual([]);
  expect(startEvents(told(orders, 'RUNNING'))[0]!.run.runId).toBe(idsOf({}).at(-1));
});

test('a run of a backfill has that for its parent, and its tables have it for their root', () => {
  const weather = sample('weather');
  const name = '2026-01-04T00-00-00-backfill-0a1b2c3d';
  const executionArn = `arn:aws:states:eu-central-1:111122223333:execution:stepwell-weather:${name}`;
  const events = endEvents(told(weather, 'SUCCEEDED', { name, executionArn }), factsOf(weather));
  const job = { namespace: 'stepwell', name: 'weather.backfill' };

  const own = ofJob(events, 'weather').run.facets.parent;
  expect(own).toMatchObject({ job, root: { job } });
  expect(ofJob(events, 'weather.lake:city_weather').run.facets.parent).toMatchObject({
    job: { namespace: 'stepwell', name: 'weather' },
    root: { job, run: (own as { run: object }).run },
  });
});

test('a run of a schedule says which time it is for', () => {
  const events = endEvents(told(sample('weather'), 'SUCCEEDED'), factsOf(sample('weather')));

  for (const { run } of events) {
    expect(run.facets.nominalTime).toMatchObject({
      nominalStartTime: '2026-01-04T00:00:00.000Z',
      nominalEndTime: '2026-01-05T00:00:00.000Z',
    });
  }
});

test('a redriven run begins again when it was redriven', () => {
  const redriveDate = Date.parse('2026-01-06T10:00:00.000Z');
  const [event] = startEvents(told(sample('orders'), 'RUNNING', { redriveCount: 1, redriveDate }));

  expect(event).toMatchObject({ eventType: 'START', eventTime: '2026-01-06T10:00:00.000Z' });
});
