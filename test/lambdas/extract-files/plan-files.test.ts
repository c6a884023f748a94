import { gzipSync } from 'node:zlib';
import { extractFiles } from '../../../lambdas/extract-files/extract-files';
import { planFiles } from '../../../lambdas/extract-files/plan/plan-files';
import type { ContractColumn, Manifest, Run } from '../../../lib/tasks/common';
import { InvalidTaskInput, MissingFiles } from '../../../lib/tasks/errors';
import type { ExtractFilesInput, PlanFilesInput, PlannedPartition } from '../../../lib/tasks/extract-files';
import { column, LANDING, RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const run: Run = { ...RUN, interval: { start: '2026-01-05T01:00:00.000Z', end: '2026-01-06T01:00:00.000Z' } };
const columns: ContractColumn[] = [column('id', 'bigint', { key: true, nullable: false }), column('page', 'text')];
let attempts = 0;

interface Options {
  readonly run?: Run;
  readonly again?: readonly PlannedPartition[];
  readonly source?: Partial<PlanFilesInput['source']>;
  readonly extract?: Partial<ExtractFilesInput['source']>;
  readonly datasets?: ExtractFilesInput['datasets'];
}

/** Plans, and extracts every partition. */
async function read(name: string, options: Options = {}) {
  const warnings: string[] = [];
  const services = { s3: staging.s3, workBucket: WORK, attempt: `attempt-${attempts++}` };
  const plan = await planFiles(
    {
      action: 'plan',
      run: options.run ?? run,
      again: options.again ? [...options.again] : null,
      source: {
        name,
        files: [{ glob: `${name}/{yyyy}/{MM}/{dd}/*`, format: { kind: 'ndjson' } }],
        rangeBytes: 1 << 30,
        schedule: { cron: '0 1 * * *', timezone: 'UTC' },
        intervalsBack: 0,
        optional: false,
        oneByOne: false,
        ...options.source,
      },
    },
    { ...services, landingBucket: LANDING, warn: (line) => warnings.push(line) },
  );
  const planned: PlannedPartition[] = plan.document ? JSON.parse((await staging.read(plan.document)).toString()) : [];
  const outputs = [];
  for (const partition of planned) {
    const source = { name, columns, onDrift: 'fail' as const, onBadRow: { maxRate: 0.5 }, ...options.extract };
    const datasets = options.datasets ?? [{ name, columns: [...columns], formats: ['parquet' as const] }];
    outputs.push(await extractFiles({ run, source, partition, partitions: planned.length, datasets }, services));
  }
  const manifests: Manifest[] = [];
  for (const { manifest } of outputs) {
    const document = await staging.manifest(manifest);
    for (const other of document.manifests ?? []) manifests.push(await staging.manifest(other));
    manifests.push(document);
  }
  const rowsOf = (dataset: string) => staging.rows(manifests.flatMap(({ datasets }) => datasets[dataset]?.parts ?? []));
  return { plan, planned, outputs, manifests, rowsOf, rows: await rowsOf(name), warnings };
}

const clicks = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `{"id":${from + index},"page":"/p${index}"}\n`).join('');
const byId = (rows: readonly Record<string, unknown>[]) => [...rows].sort((a, b) => Number(a.id) - Number(b.id));
const ids = (rows: readonly Record<string, unknown>[]) => byId(rows).map(({ id }) => Number(id));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('hundreds of small files of a day are read in a few partitions, whatever lies beside them', async () => {
  await Promise.all(upTo(220).map((n) => staging.land(`clicks/2026/01/05/${n}.ndjson.gz`, gzipSync(clicks(n * 3, 3)))));
  await staging.land('clicks/2026/01/04/0.ndjson.gz', gzipSync(clicks(10_000, 1)));
  await staging.land('clicks/2026/01/06/0.ndjson.gz', gzipSync(clicks(20_000, 1)));

  const { plan, planned, rows, manifests } = await read('clicks');

  expect(plan).toMatchObject({ partitions: 2, files: 220, nothing: null });
  expect(planned.map(({ id }) => id)).toEqual(['00000', '00001']);
  expect(ids(rows)).toEqual(upTo(660));
  // one part a partition, not one a file
  expect(manifests.flatMap(({ datasets }) => datasets.clicks!.parts)).toHaveLength(2);
});

test('a model knows the file of a row, and its place there; so does quarantine', async () => {
  await staging.land('seen/2026/01/05/a.ndjson', `${clicks(0, 2)}oops\n${clicks(2, 1)}`);
  await staging.land('seen/2026/01/05/b.ndjson', clicks(3, 2));
  await staging.land('seen/2026/01/05/c.ndjson', `${clicks(5, 1)}{"id":"x"}\n`);
  const places = {
    name: 'places',
    sql: 'SELECT id, _file, _row FROM seen',
    columns: [column('id', 'bigint'), column('_file', 'text'), column('_row', 'bigint')],
    formats: ['parquet' as const],
  };

  const { rowsOf, manifests } = await read('seen', { datasets: [places] });

  expect(byId(await rowsOf('places')).map(({ id, _file, _row }) => [Number(id), _file, Number(_row)])).toEqual([
    [0, 'seen/2026/01/05/a.ndjson', 1],
    [1, 'seen/2026/01/05/a.ndjson', 2],
    [2, 'seen/2026/01/05/a.ndjson', 4],
    [3, 'seen/2026/01/05/b.ndjson', 1],
    [4, 'seen/2026/01/05/b.ndjson', 2],
    [5, 'seen/2026/01/05/c.ndjson', 1],
  ]);
  expect(await staging.rejects(manifests[0]!)).toMatchObject([
    { key: 'seen/2026/01/05/a.ndjson', line: 3, raw: 'oops' },
    { key: 'seen/2026/01/05/c.ndjson', line: 2, column: 'id' },
  ]);
  expect(manifests[0]!.source).toMatchObject({ read: 8, rejected: 2 });
});

test('too many bad rows in a few files: the message says which', async () => {
  await staging.land('bad/2026/01/05/a.ndjson', clicks(0, 2));
  await staging.land('bad/2026/01/05/b.ndjson', '{"id":null}\n{"id":1.5}\n');
  await expect(read('bad', { extract: { onBadRow: { maxCount: 1 } } })).rejects.toThrow(
    "2 of 4 rows of the 2 files of bad are bad, the contract allows at most 1. Line 1 of bad/2026/01/05/b.ndjson, column id: the key is empty. Line 2 of bad/2026/01/05/b.ndjson, column id: '1.5' is not a whole number.",
  );
});

test('files whose headers differ go into parts of their own, under one manifest', async () => {
  await staging.land('tables/2026/01/05/a.csv', 'id,page\n1,/a\n2,/b\n');
  await staging.land('tables/2026/01/05/b.csv', 'page,id,extra\n/c,3,x\n');
  await staging.land('tables/2026/01/05/c.csv', 'page,id,extra\n/d,4,y\n');

  const { plan, rows, manifests } = await read('tables', {
    source: { files: [{ glob: 'tables/{yyyy}/{MM}/{dd}/*.csv', format: { kind: 'csv' } }] },
    extract: { onDrift: 'evolve' },
  });

  expect(plan.partitions).toBe(1);
  expect(byId(rows).map(({ id, page, extra }) => [Number(id), page, extra])).toEqual([
    [1, '/a', null],
    [2, '/b', null],
    [3, '/c', 'x'],
    [4, '/d', 'y'],
  ]);
  expect(manifests.map(({ datasets }) => datasets.tables!.columns.map(({ name }) => name))).toEqual([
    ['id', 'page'],
    ['id', 'page', 'extra'],
  ]);
});

test('a member that only the last file has is a column of all', async () => {
  await staging.land('more/2026/01/05/a.ndjson', clicks(0, 2));
  await staging.land('more/2026/01/05/b.ndjson', '{"id":2,"page":"/","referrer":"mail"}\n');
  const { rows } = await read('more', { extract: { onDrift: 'evolve' } });
  expect(byId(rows).map(({ referrer }) => referrer)).toEqual([null, null, 'mail']);
});

test('large files are cut at records and read side by side, small ones are put together', async () => {
  const lines = upTo(300).map((n) => `${n},"page, ""${n}""\nof two lines"`);
  await staging.land('big/2026/01/05/large.csv', `id,page\n${lines.join('\n')}\n`);
  await staging.land('big/2026/01/05/s1.csv', 'id,page\n5000,a\n');
  await staging.land('big/2026/01/05/s2.csv', 'id,page\n5001,a\n');

  const { planned, rows } = await read('big', {
    source: { files: [{ glob: 'big/{yyyy}/{MM}/{dd}/*.csv', format: { kind: 'csv' } }], rangeBytes: 1000 },
  });

  expect(planned.length).toBeGreaterThan(6);
  expect(ids(rows)).toEqual([...upTo(300), 5000, 5001]);
});

test('an interval without a file fails, and says where to put one; with optional it has no rows', async () => {
  const missing = read('none').catch((error) => error);
  expect(await missing).toBeInstanceOf(MissingFiles);
  expect((await missing).message).toBe(
    'Source none has no file for the interval 2026-01-05T01:00:00.000Z to 2026-01-06T01:00:00.000Z. Nothing in s3://landing matches none/2026/01/05/*. ' +
      'Put the file there and redrive the run; where an interval may have none, declare optional: true.',
  );
  const { plan } = await read('none', { source: { optional: true } });
  expect(plan).toMatchObject({ partitions: 0, files: 0, document: null, nothing: { rows: 0, rejected: 0 } });
  expect(await staging.manifest(plan.nothing!.manifest)).toMatchObject({ datasets: {}, source: { read: 0 } });
});

test('an interval in which no hour ends, as daylight saving repeats one, has nothing to load', async () => {
  const source = {
    files: [{ glob: 'hours/{yyyy}{MM}{dd}T{HH}/*', format: { kind: 'ndjson' as const } }],
    schedule: { cron: '5 * * * *', timezone: 'Europe/Vienna' },
  };
  const at = (start: string, end: string): Run => ({ ...run, interval: { start, end } });
  await staging.land('hours/20261025T02/a.ndjson', clicks(1, 1));
  const first = await read('hours', { source, run: at('2026-10-25T00:05:00.000Z', '2026-10-25T01:05:00.000Z') });
  expect(first.plan).toMatchObject({ partitions: 0, files: 0, document: null, nothing: { rows: 0 } });
  const second = await read('hours', { source, run: at('2026-10-25T01:05:00.000Z', '2026-10-25T02:05:00.000Z') });
  expect(ids(second.rows)).toEqual([1]);
});

test('of a file in ranges some are read again, unless it has changed: they would not fit', async () => {
  const lines = upTo(300).map((n) => `${n},page\n`);
  const key = 'mended/2026/01/05/a.csv';
  await staging.land(key, `id,page\n${lines.join('')}`);
  const source = {
    files: [{ glob: 'mended/{yyyy}/{MM}/{dd}/*.csv', format: { kind: 'csv' as const } }],
    rangeBytes: 1000,
    oneByOne: true,
  };
  const { planned } = await read('mended', { source });
  const again = [planned[1]!];
  expect((await read('mended', { source, again })).plan).toMatchObject({ partitions: 1, files: 1 });
  await staging.land(key, `id,page\n${lines.reverse().join('')}`);
  const refused = await read('mended', { source, again }).catch((error) => error);
  expect(refused).toBeInstanceOf(InvalidTaskInput);
  expect(refused.message).toBe(
    `${key} was put there anew since it was read in ranges, and those that were loaded do not fit together with what it holds now. ` +
      `Load the interval anew instead: npx stepwell run ${run.pipeline} --interval 2026-01-05T01:00:00.000Z/2026-01-06T01:00:00.000Z --reprocess`,
  );
});

test('the files of the interval before, and of several globs: what none matches is said', async () => {
  await staging.land('trend/2026/01/04/a.ndjson', clicks(1, 1));
  await staging.land('trend/2026/01/05/a.ndjson', clicks(2, 1));
  expect(ids((await read('trend', { source: { intervalsBack: 1 } })).rows)).toEqual([1]);

  const { rows, warnings } = await read('trend', {
    source: {
      files: [
        { glob: 'trend/{yyyy}/{MM}/{dd}/a.*', format: { kind: 'ndjson' } },
        { glob: 'trend/{yyyy}/{MM}/{dd}/*.csv', format: { kind: 'csv' } },
      ],
    },
  });
  expect(ids(rows)).toEqual([2]);
  expect(warnings).toEqual(['Nothing in s3://landing matches trend/2026/01/05/*.csv']);
});

test('a file that is overwritten after the plan is read as it was', async () => {
  await staging.land('pinned/2026/01/05/a.ndjson', clicks(1, 1));
  const services = { s3: staging.s3, workBucket: WORK, attempt: 'pinned' };
  const plan = await planFiles(
    {
      action: 'plan',
      run,
      source: {
        name: 'pinned',
        files: [{ glob: 'pinned/{yyyy}/{MM}/{dd}/*', format: { kind: 'ndjson' } }],
        rangeBytes: 1 << 30,
        schedule: { cron: '0 1 * * *', timezone: 'UTC' },
        intervalsBack: 0,
        optional: false,
        oneByOne: true,
      },
    },
    { ...services, landingBucket: LANDING, warn: () => {} },
  );
  await staging.land('pinned/2026/01/05/a.ndjson', clicks(100, 5));
  const [partition] = JSON.parse((await staging.read(plan.document!)).toString()) as [PlannedPartition];
  const source = { name: 'pinned', columns, onDrift: 'fail' as const, onBadRow: {} };
  const datasets = [{ name: 'pinned', columns: [...columns], formats: ['parquet' as const] }];
  const output = await extractFiles({ run, source, partition, partitions: 1, datasets }, services);
  const { datasets: staged } = await staging.manifest(output.manifest);
  expect(ids(await staging.rows(staged.pinned!.parts))).toEqual([1]);
});
