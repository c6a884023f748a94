import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MapState, ParallelState, TaskState } from '../../lib/asl/types';
import { compile } from '../../lib/compiler';
import * as p from '../../lib/pipeline';
import { mistakes } from './compile';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepwell-user-code-'));
  mkdirSync(join(folder, 'lib'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILES = {
  'rates.ts': "import { pages } from './lib/pages';\nexport default async function* () { yield* pages; }",
  'lib/pages.ts': 'export const pages = [{ id: 1 }];',
  'planned.ts': 'export default () => [];\nexport const plan = () => [];',
  'named.ts': 'export const extract = () => [];',
  'nothing.ts': 'const x = 1;',
  'syntax.ts': 'export default async function* () {\n  yield { id: 1 ;\n}',
  'package.ts': "import left from 'left-pad-of-mine';\nexport default left;",
  'await.ts': 'const x = await fetch("https://example.com");\nexport default () => x;',
  'clean.ts': 'export default (row: { id: bigint }) => row;',
};

const columns = { id: p.key.bigint(), note: p.text(20) };
const pipelineOf = (
  sources: object,
  models: object = { lines: p.sql.text('SELECT id, note FROM fx_rates') },
  rest = {},
) =>
  p.definePipeline({
    name: 'fx',
    trigger: p.cron('0 1 * * *'),
    sources,
    models,
    sinks: [p.redshift({ model: 'lines', table: 'fx.lines', write: p.merge('id') })],
    ...rest,
  } as never);
const compiled = (pipeline: p.Pipeline) => compile(pipeline, { folder });
const rates = (file: string, options: object = {}) => ({ fx_rates: p.custom(file, { columns, ...options }) });

test('a source of the user’s own code has a function of its own, with its secrets, memory and network', async () => {
  const network = { subnetIds: ['subnet-1a'], securityGroupIds: ['sg-1a'] };
  const { functions, definition } = await compiled(
    pipelineOf(
      {
        ...rates('./rates.ts', { secrets: ['rates-api'], memoryMb: 3008, network, concurrency: 3 }),
        more: p.custom('rates.ts', { columns }),
      },
      { lines: p.sql.text('SELECT fx_rates.id, fx_rates.note FROM fx_rates JOIN more USING (id)') },
    ),
  );

  expect(functions.filter(({ task }) => task === 'extract-custom')).toEqual([
    expect.objectContaining({
      id: 'ExtractCustomFxRates',
      userCode: { file: join(folder, 'rates.ts'), of: 'fx_rates' },
      memoryMb: 3008,
      duckdb: false,
      network,
      grants: [
        { grant: 'writeObjects', bucket: 'work', paths: ['runs/fx/*', 'quarantine/fx/*'] },
        { grant: 'readSecrets', names: ['rates-api'] },
      ],
    }),
    expect.objectContaining({ id: 'ExtractCustomMore', memoryMb: 1024 }),
  ]);
  const [branch] = (definition.States.Extract as ParallelState).Branches;
  const functionName = expect.stringContaining('{ExtractCustomFxRatesFunctionArn}');
  expect((branch!.States['Plan fx_rates'] as TaskState).Arguments).toMatchObject({ FunctionName: functionName });
  const map = branch!.States['Extract fx_rates'] as MapState;
  expect(map.MaxConcurrency).toBe(3);
  expect(map.ItemProcessor!.States['Extract rows of fx_rates']).toMatchObject({
    Arguments: { FunctionName: functionName },
  });
});

describe('what is wrong with a file is said before anything is deployed', () => {
  test.each<[string, object, RegExp]>([
    [
      'gone.ts',
      {},
      /^sources\.fx_rates is 'gone\.ts': there is no such file in .*\. Create it, or correct its name\.$/,
    ],
    [
      'named.ts',
      {},
      /^sources\.fx_rates \(named\.ts\): the file's default export is an extractor, and it has none\. It exports extract\. Write export default async function\*/,
    ],
    [
      'nothing.ts',
      {},
      /^sources\.fx_rates \(nothing\.ts\): the file's default export is an extractor, and it has none\. Write /,
    ],
    [
      'syntax.ts',
      {},
      /^sources\.fx_rates \(syntax\.ts:2:17\): expected "\}" but found ";"\. Correct it\.\n +yield \{ id: 1 ;\n +\^$/,
    ],
    [
      'package.ts',
      {},
      /^sources\.fx_rates \(package\.ts:1:18\): could not resolve "left-pad-of-mine"\. Install the package, or correct its name\./,
    ],
    ['await.ts', {}, /^sources\.fx_rates \(await\.ts:1:11\): top-level await is not available/],
    [
      'planned.ts',
      { partitions: [{ id: 'a' }] },
      /^sources\.fx_rates \(planned\.ts\): its partitions are declared, and the file exports a plan of others\. /,
    ],
  ])('%s %j', async (file, options, expected) => {
    expect(await mistakes(compiled(pipelineOf(rates(file, options))))).toEqual([expect.stringMatching(expected)]);
  });
});

const orders = { orders: p.custom('rates.ts', { columns }) };
const cleaned = (from: string, file = './clean.ts') =>
  p.rowFunction(file, { from, columns: { id: p.key.bigint(), total: p.decimal(12, 2) } });

describe('a row function is a model like another', () => {
  test('later SQL knows its columns; it runs after what it reads, on batches of it, in a function of its own', async () => {
    const { definition, functions } = await compiled(
      pipelineOf(orders, {
        upper: p.sql.text('SELECT id, upper(note) AS note FROM orders'),
        cleaned: cleaned('upper'),
        lines: p.sql.text('SELECT id, sum(total) AS total FROM cleaned GROUP BY id'),
      }),
    );

    expect(functions.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['Transform', 'TransformRowsCleaned', 'ExtractCustomOrders']),
    );
    const [first, second, third] = ['Transform 1', 'Transform 2', 'Transform 3'].map((name) => definition.States[name]);
    expect((first as ParallelState).Branches.map(({ States }) => Object.keys(States))).toEqual([
      ['Plan upper', 'Transform upper'],
    ]);
    const [branch] = (second as ParallelState).Branches;
    expect(branch!.States['Plan cleaned']).toMatchObject({
      Arguments: {
        FunctionName: expect.stringContaining('{TransformRowsCleanedFunctionArn}'),
        Payload: { action: 'plan', model: 'cleaned', input: { name: 'upper' } },
      },
    });
    expect((branch!.States['Transform cleaned'] as MapState).ItemProcessor!.States).toMatchObject({
      'Transform batch cleaned': {
        Arguments: {
          Payload: {
            action: 'transform',
            model: { name: 'cleaned', file: './clean.ts', formats: ['parquet'], mostTextBytes: 65_535 },
          },
        },
      },
    });
    expect(third).toMatchObject({ Type: 'Map', Items: [{ name: 'lines', inputs: [{ name: 'cleaned' }] }] });
    expect(definition.States.Check).toMatchObject({
      Arguments: { Payload: { sources: [{ name: 'orders' }, { name: 'cleaned', onBadRow: { maxRate: 0.05 } }] } },
    });
  });

  test('over files it gets what was read of them, and a database that imports CSV gets that', async () => {
    const files = { orders: p.landedFiles({ glob: 'a/*.csv', format: p.csv(), columns }) };
    const { definition } = await compiled(
      pipelineOf(
        files,
        { lines: cleaned('orders') },
        {
          trigger: p.s3Arrival('a/*.csv'),
          sinks: [p.postgres({ model: 'lines', table: 'fx.lines', write: p.append() })],
        },
      ),
    );

    expect(JSON.stringify(definition.States.Extract)).toContain('"datasets":[{"name":"orders"');
    expect(JSON.stringify(definition.States.Transform)).toContain('"formats":["csv"]');
  });

  test.each<[string, object, RegExp]>([
    [
      'an unknown input',
      { lines: cleaned('orderz') },
      /^models\.lines \(\.\/clean\.ts\): 'orderz' is no source and no model\. Did you mean 'orders'\?/,
    ],
    [
      'a cycle',
      { lines: p.sql.text('SELECT id, note FROM orders JOIN cleaned USING (id)'), cleaned: cleaned('lines') },
      /: the models need each other: lines → cleaned → lines\./,
    ],
    ['itself', { lines: cleaned('lines') }, /: the model reads itself\./],
    [
      'no use',
      { lines: p.sql.text('SELECT id, note FROM orders'), cleaned: cleaned('orders') },
      /^models\.cleaned: nothing uses it\./,
    ],
    ['no file', { lines: cleaned('orders', 'gone.ts') }, /^models\.lines is 'gone\.ts': there is no such file/],
    [
      'a column of the database',
      { lines: cleaned('orders') },
      /^sinks\[0\]\.write\.keys is 'nope': model 'lines' has no such column/,
    ],
  ])('%s is a mistake', async (what, models, expected) => {
    const key = what === 'a column of the database' ? 'nope' : 'id';
    const sinks = [p.redshift({ model: 'lines', table: 'fx.lines', write: p.merge(key) })];
    expect(await mistakes(compiled(pipelineOf(orders, models, { sinks })))).toEqual(
      expect.arrayContaining([expect.stringMatching(expected)]),
    );
  });
});

test('an extractor that plans its partitions is told how much of the state they have, unless they run in a Distributed Map', async () => {
  const planOf = async (options: object, file = './planned.ts') => {
    const { definition } = await compiled(pipelineOf(rates(file, options)));
    const [branch] = (definition.States.Extract as ParallelState).Branches;
    return (branch!.States['Plan fx_rates'] as TaskState).Arguments as { Payload: { stateBytes?: number } };
  };

  expect((await planOf({})).Payload.stateBytes).toBe(240 * 1024);
  expect((await planOf({ tolerate: 0.1 })).Payload).not.toHaveProperty('stateBytes');
  expect((await planOf({ partitions: [{ id: 'EUR' }] }, './rates.ts')).Payload).not.toHaveProperty('stateBytes');
});
