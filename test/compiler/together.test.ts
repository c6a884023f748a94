import type { ParallelState } from '../../lib/asl/types';
import { compile, compileTogether } from '../../lib/compiler';
import * as p from '../../lib/pipeline';
import { mistakes, sinksOf, written } from './compile';

const orders = (trigger: p.Trigger = p.cron('0 1 * * *')) =>
  p.definePipeline({
    name: 'orders',
    trigger,
    sources: {
      rows: p.httpApi({
        url: 'https://api.example.com/orders',
        columns: { id: p.key.bigint(), price: p.decimal(12, 2), note: p.text(20), placed: p.timestamp() },
      }),
    },
    models: { lines: p.sql.text('SELECT id, price, note, placed FROM rows') },
    sinks: [p.postgres({ model: 'lines', table: 'shop.lines', write: p.append() })],
  });
const report = (text = 'SELECT id, upper(note) AS note FROM lines WHERE placed >= {{interval.start}}') =>
  p.definePipeline({
    name: 'report',
    trigger: p.after('orders'),
    sources: { lines: p.published('orders', 'lines') },
    models: { rows: p.sql.text(text) },
    sinks: [p.redshift({ model: 'rows', table: 'shop.rows', write: p.merge('id') })],
  });
const together = (...pipelines: p.Pipeline[]) =>
  compileTogether(pipelines.map((pipeline) => ({ pipeline, folder: __dirname })));

test('a pipeline after another knows the columns of what that publishes, and its intervals', async () => {
  const [second, first] = await together(report(), orders());

  expect([second!.name, first!.name]).toEqual(['report', 'orders']);
  expect(written(sinksOf(second!)[0]!.columns)).toBe('id bigint, note text(20)');
  const states = JSON.stringify(second!.definition.States);
  expect(states).toContain("getvariable('interval_start')");
  expect(second!.definition.States.Admit).toMatchObject({
    Arguments: { Payload: { upstream: 'orders', reads: true, cursors: [], appends: false } },
  });
  expect((second!.definition.States.Extract as ParallelState).Branches[0]).toMatchObject({
    StartAt: 'Extract lines',
    States: {
      'Extract lines': { Arguments: { Payload: { source: 'lines', model: 'lines', upstream: '{% $upstream %}' } } },
    },
  });
  expect(second).toMatchObject({ after: { pipeline: 'orders' } });
  expect(second).not.toHaveProperty('schedule');
});

test('it may read what the other has staged, and that run’s item of the ledger; the other keeps it, as Parquet', async () => {
  const [first, second] = await together(orders(), report());

  const grantsOf = (task: string) => second!.functions.find((one) => one.task === task)?.grants;
  const readsBoth = { grant: 'readObjects', bucket: 'work', paths: ['runs/report/*', 'runs/orders/*'] };
  expect(grantsOf('extract-published')).toContainEqual(readsBoth);
  expect(grantsOf('transform')).toContainEqual(readsBoth);
  expect(grantsOf('admit-after')).toContainEqual({ grant: 'readLedger', keys: ['pipeline#orders'] });
  expect(grantsOf('check')).not.toContainEqual(readsBoth);
  expect(first!.definition.States.Record).toMatchObject({ Arguments: { Payload: { keep: ['lines'] } } });
  expect(JSON.stringify(first!.definition.States.Transform)).toContain('"formats":["parquet","csv"]');

  const alone = await compile(orders(), { folder: __dirname });
  expect(JSON.stringify(alone.definition)).not.toContain('"keep"');
  expect(JSON.stringify(alone.definition.States.Transform)).toContain('"formats":["csv"]');
});

test.each<[string, string, RegExp]>([
  ['a column that the other does not publish', 'SELECT id, notes AS note FROM lines', /^models\.rows: .*notes/],
  ['an unknown variable', 'SELECT id FROM lines WHERE placed > {{interval.begin}}', /is no variable/],
])('%s is a mistake', async (_, text, expected) => {
  expect(await mistakes(together(orders(), report(text)))).toEqual([expect.stringMatching(expected)]);
});

test('where a file starts the other, its runs have no intervals, nor have those after it', async () => {
  const byFile = p.definePipeline({
    name: 'orders',
    trigger: p.s3Arrival('a/*.csv'),
    sources: {
      rows: p.landedFiles({
        glob: 'a/*.csv',
        format: p.csv(),
        columns: { id: p.key.bigint(), note: p.text(), placed: p.timestamp() },
      }),
    },
    models: { lines: p.sql.text('SELECT id, note, placed FROM rows') },
    sinks: [p.postgres({ model: 'lines', table: 'shop.lines', write: p.append() })],
  });

  expect(await mistakes(together(byFile, report()))).toEqual([
    expect.stringMatching(/'\{\{interval\.start\}\}' is only known in runs of a schedule/),
  ]);
  const [first] = await together(byFile, report('SELECT id, note FROM lines'));
  expect(JSON.stringify(first!.definition.States.Extract)).toContain('"formats":["parquet","csv"]');
});
