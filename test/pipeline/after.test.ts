/** Pipelines that start after others: what one definition shows, and what only all of them together do. */
import {
  after,
  append,
  bigint,
  cron,
  csv,
  definePipeline,
  httpApi,
  key,
  landedFiles,
  type Pipeline,
  postgres,
  published,
  replace,
  s3Arrival,
  sql,
  timestamp,
} from '../../lib/pipeline';
import { refuseClashes } from '../../lib/pipeline/together';
import { mistakes, shop } from './definitions';

const reads = (name: string, upstream: string, more: object = {}): Pipeline =>
  definePipeline({
    name,
    trigger: after(upstream),
    sources: { rows: published(upstream, 'lines') },
    models: { lines: sql.text('SELECT * FROM rows'), others: sql.text('SELECT * FROM lines') },
    sinks: [postgres({ model: 'lines', table: `${name.replace('-', '_')}.lines` as 'a.b', write: append() })],
    ...more,
  } as never);
const orders = (trigger: object = cron('0 1 * * *')): Pipeline =>
  reads('orders', 'x', {
    trigger,
    sources: {
      rows: httpApi({ url: 'https://api.example.com/orders', columns: { id: bigint(), placed: timestamp() } }),
    },
  });
const byFile = definePipeline({
  name: 'orders',
  trigger: s3Arrival('a/*.csv'),
  sources: { rows: landedFiles({ glob: 'a/*.csv', format: csv(), columns: { id: bigint() } }) },
  models: { lines: sql.text('SELECT id FROM rows') },
  sinks: [postgres({ model: 'lines', table: 'orders.lines', write: append() })],
});

const refused = (...pipelines: readonly Pipeline[]): string[] => {
  try {
    refuseClashes(pipelines.map((pipeline) => ({ folder: `state-machines/${pipeline.name}`, pipeline })));
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
};

test('a chain of pipelines, in whatever order they are found, is accepted', () => {
  expect(refused(reads('c', 'b'), reads('a', 'orders'), orders(), reads('b', 'a'))).toEqual([]);
});

test.each<[string, Pipeline[], string]>([
  [
    'an unknown pipeline',
    [reads('report', 'order'), orders()],
    "  - trigger is after('order'): this project has no such pipeline. Did you mean 'orders'?",
  ],
  [
    'a circle of two',
    [reads('a', 'b'), reads('b', 'a')],
    "  - trigger is after('b'): the pipelines start each other for ever: a → b → a. Start one of them by cron() or s3Arrival().",
  ],
  [
    'a circle of one',
    [reads('a', 'a')],
    "  - trigger is after('a'): the pipelines start each other for ever: a → a. Start one of them by cron() or s3Arrival().",
  ],
  [
    'a model that no sink publishes',
    [reads('report', 'orders', { sources: { rows: published('orders', 'others') } }), orders()],
    "  - sources.rows is published('orders', 'others'): no sink of 'orders' publishes that model. Known: lines.",
  ],
  [
    'a model that is not there',
    [reads('report', 'orders', { sources: { rows: published('orders', 'line') } }), orders()],
    "  - sources.rows is published('orders', 'line'): 'orders' has no such model. Did you mean 'lines'?",
  ],
  [
    'an interval where files start the chain',
    [
      reads('report', 'orders', {
        sinks: [postgres({ model: 'lines', table: 'a.b', write: replace({ interval: 'placed' }) })],
      }),
      byFile,
    ],
    "  - sinks[0].write.interval is 'placed': the run has no data interval: files start 'orders', the first of the runs before it. Use replace() for the whole table, or merge(key); or start 'orders' by cron().",
  ],
  [
    'a request for an interval where files start the chain, be it further up',
    [
      reads('report', 'lines', {
        sources: {
          rows: published('lines', 'lines'),
          rates: httpApi({
            url: 'https://api.example.com/rates',
            query: { on: '{interval.start:date}', base: 'EUR' },
            columns: { id: key.bigint() },
          }),
        },
      }),
      reads('lines', 'orders'),
      byFile,
    ],
    "  - sources.rates.query.on is '{interval.start:date}': the run has no data interval: files start 'orders', the first of the runs before it, so {interval.start:date} stands for nothing. Leave it out, or start 'orders' by cron().",
  ],
])('%s is refused', (_, pipelines, expected) => {
  expect(refused(...pipelines)).toEqual([expected]);
});

test('a request may name the interval where a schedule starts the chain', () => {
  const rates = httpApi({
    url: 'https://api.example.com/rates/{interval.start:date}',
    headers: { 'x-until': '{interval.end}' },
    columns: { id: key.bigint() },
  });
  const report = (upstream: string) =>
    reads('report', upstream, { sources: { rows: published(upstream, 'lines'), rates } });

  expect(refused(report('orders'), orders())).toEqual([]);
  expect(refused(report('orders'), byFile).map((line) => line.slice(4, 40))).toEqual([
    "sources.rates.url is 'https://api.ex",
    "sources.rates.headers.x-until is '{i",
  ]);
});

test('a pipeline behind a circle is not taken for a part of it', () => {
  expect(refused(reads('c', 'a'), reads('a', 'b'), reads('b', 'a'))[0]).toMatch(
    /^ {2}- trigger is after\('b'\): the pipelines start each other/,
  );
});

describe('one definition alone', () => {
  const definition = (more: object) => ({ ...shop(), ...more });

  test.each<[string, object, string]>([
    [
      'published rows without after',
      { sources: { orders: published('crm', 'people') } },
      "sources.orders is published('crm', 'people'): only a run that another pipeline starts knows what that has published. Start it after that one: trigger: after('crm').",
    ],
    [
      'published rows of a pipeline that is not the one before',
      { trigger: after('orders'), sources: { orders: published('crm', 'people') } },
      "sources.orders is published('crm', 'people'): the run is started by 'orders', so it knows no load of 'crm'. Read what 'orders' has published: published('orders', '<model>'); or start it after that one: trigger: after('crm').",
    ],
    [
      'a model and its pipeline the other way round',
      { trigger: after('crm'), sources: { orders: published('people', 'crm') } },
      "sources.orders is published('people', 'crm'): the pipeline comes first, then the model. Write published('crm', 'people').",
    ],
    [
      'files',
      { trigger: after('crm') },
      "sources.orders: a run that another pipeline starts looks for no files. Read them in 'crm', and here what it makes of them: published('crm', '<model>'); or use s3Arrival() or cron().",
    ],
    [
      'a name that is none',
      { trigger: after('My Orders'), sources: { orders: published('My Orders', 'lines') } },
      "trigger.pipeline is 'My Orders': a pipeline is named in kebab-case. Use e.g. after('daily-orders').",
    ],
    [
      'a trigger that is none',
      { trigger: { kind: 'manual' } },
      "trigger.kind is 'manual': a trigger is made by s3Arrival(), cron(), after() or streamOf(). Use e.g. s3Arrival('orders/*.csv').",
    ],
  ])('%s: refused', (_, more, expected) => {
    expect(mistakes(definition(more))).toContain(expected);
  });

  test('any other source may be read beside what is published', () => {
    const beside = httpApi({ url: 'https://api.example.com/people', columns: { id: key.bigint() } });
    expect(
      mistakes(definition({ trigger: after('crm'), sources: { orders: published('crm', 'people'), people: beside } })),
    ).toEqual([]);
  });
});
