/** The rows of DESIGN.md's table that end in the tables of both databases. */
import { publishPostgres } from '../../lambdas/publish/publish-postgres';
import { partKey, writeManifest } from '../../lambdas/shared/manifest';
import { putBytes } from '../../lambdas/shared/objects';
import { databaseName } from '../../lib/local/redshift/names';
import type { WriteMode } from '../../lib/tasks/common';
import type { Loaded } from '../../lib/tasks/load';
import { withSession } from '../lambdas/databases';
import { type RedshiftCloud, startRedshiftCloud } from '../lambdas/redshift';
import {
  eventually,
  loadIntoPostgres,
  loadIntoRedshift,
  runOf as makeRun,
  publishIntoPostgres,
  publishIntoRedshift,
  ROWS,
  type Row,
  rowsOf,
  stage,
  submitToRedshift,
  targets,
} from './staging';

const MODES: [string, WriteMode][] = [
  ['append', { mode: 'append' }],
  ['replace', { mode: 'replace' }],
  ['merge', { mode: 'merge', keys: ['id'], newestBy: 'version' }],
  ['scd2', { mode: 'scd2', keys: ['id'] }],
];

let cloud: RedshiftCloud;
let tables = 0;

beforeAll(async () => {
  cloud = await startRedshiftCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  tables += 1;
});

const both = (write: WriteMode) => targets(`t${tables}`, write);

const runOf = (name: string, load?: string) => makeRun(tables, name, load);

test.each(MODES)(
  'Redshift publishes, Aurora fails, and a new run loads the same: each table has the rows once (%s)',
  async (_name, write) => {
    const sinks = both(write);
    const first = runOf('first', 'load');
    const manifest = await stage(cloud, first, 'a', ROWS);
    await publishIntoRedshift(cloud, first, sinks.redshift, [manifest]);
    // Aurora failed; the user repairs it and starts a new run, which extracts again.
    const second = runOf('second', 'load');
    const again = await stage(cloud, second, 'b', ROWS);

    const there = await publishIntoRedshift(cloud, second, sinks.redshift, [again]);
    const here = await publishIntoPostgres(cloud, second, sinks.postgres, [again]);

    expect([there, here]).toEqual([
      { sink: sinks.redshift.id, rows: 2, changed: false },
      { sink: sinks.postgres.id, rows: 2, changed: true },
    ]);
    expect(await rowsOf(cloud, sinks)).toEqual(ROWS);
  },
);

test('an attempt that lives on after its retry has succeeded leaves parts that nobody reads', async () => {
  const sinks = both({ mode: 'append' });
  const run = runOf('run');
  const winner = await stage(cloud, run, 'attempt-2', ROWS);
  // The first attempt comes late: it writes other rows, its own manifest, and once more to a name that the second has used.
  await stage(cloud, run, 'attempt-1', [[3, 'a zombie', 1]]);
  const taken = partKey(run, 'orders', '0000', 'attempt-2', 0, 'parquet');

  await expect(putBytes(cloud.s3, 'work', taken, 'zombie')).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(
    writeManifest(cloud.s3, 'work', run, 'attempt-2', { step: 'extract-orders', partition: '0000', datasets: {} }),
  ).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await publishIntoRedshift(cloud, run, sinks.redshift, [winner]);
  await publishIntoPostgres(cloud, run, sinks.postgres, [winner]);

  expect(await rowsOf(cloud, sinks)).toEqual(ROWS);
});

test.each(MODES)(
  'two publishers of one load at once: one publishes, the other finds it done (%s)',
  async (_name, write) => {
    const sinks = both(write);
    const runs = [runOf('first', 'load'), runOf('second', 'load')];
    const manifests = await Promise.all(runs.map((run, n) => stage(cloud, run, `a${n}`, ROWS)));
    const loaded: Loaded[] = [];
    for (const [n, run] of runs.entries())
      loaded.push(await loadIntoRedshift(cloud, run, sinks.redshift, [manifests[n]!]));
    for (const [n, run] of runs.entries()) await loadIntoPostgres(cloud, run, sinks.postgres, [manifests[n]!]);

    // Both are under way before either has read the ledger.
    const submitted = await cloud.whileLocked('stepwell_orders.loads', () =>
      Promise.all(runs.map((run, n) => submitToRedshift(cloud, run, sinks.redshift, loaded[n]!))),
    );
    const there = [await submitted[0]!.result(), await submitted[1]!.result()];
    const here = await Promise.all(
      runs.map((run) => publishPostgres({ run, sink: sinks.postgres, loaded: loaded[0]! }, cloud.postgres)),
    );

    for (const results of [there, here]) {
      expect(results.map(({ changed }) => changed).sort()).toEqual([false, true]);
      expect(results.map(({ rows }) => rows)).toEqual([2, 2]);
    }
    expect(await rowsOf(cloud, sinks)).toEqual(ROWS);
  },
);

test('publishers of different loads into one table at once lose nothing', async () => {
  const sinks = both({ mode: 'merge', keys: ['id'], newestBy: 'version' });
  const runs = Array.from({ length: 4 }, (_, n) => runOf(`run-${n}`));
  const loaded: Loaded[] = [];
  for (const [n, run] of runs.entries()) {
    const manifest = await stage(cloud, run, 'a', [
      [0, `from ${n}`, n],
      [n + 1, 'own', 1],
    ]);
    await loadIntoPostgres(cloud, run, sinks.postgres, [manifest]);
    loaded.push(await loadIntoRedshift(cloud, run, sinks.redshift, [manifest]));
  }

  const submitted = await cloud.whileLocked('stepwell_orders.loads', () =>
    Promise.all(runs.map((run, n) => submitToRedshift(cloud, run, sinks.redshift, loaded[n]!))),
  );
  for (const one of submitted) await one.result();
  await Promise.all(
    runs.map((run, n) => publishPostgres({ run, sink: sinks.postgres, loaded: loaded[n]! }, cloud.postgres)),
  );

  expect(await rowsOf(cloud, sinks)).toEqual([
    [0, 'from 3', 3],
    [1, 'own', 1],
    [2, 'own', 1],
    [3, 'own', 1],
    [4, 'own', 1],
  ]);
});

test.each<[string, WriteMode, Row[]]>([
  ['newestBy', { mode: 'merge', keys: ['id'], newestBy: 'version' }, [[1, 'newest', 9]]],
  ['the order of arrival', { mode: 'merge', keys: ['id'] }, [[1, 'last to arrive', 5]]],
])(
  'two versions of a row that come out of order: %s decides, in whichever order they are published',
  async (_name, write, expected) => {
    const arrivals: [string, Row][] = [
      ['1', [1, 'newest', 9]],
      ['2', [1, 'last to arrive', 5]],
    ];
    for (const order of [arrivals, [...arrivals].reverse()]) {
      tables += 1;
      const sinks = both(write);
      for (const [load, row] of order) {
        const run = runOf(`run-${load}`, load);
        const manifest = await stage(cloud, run, 'a', [row]);
        await publishIntoRedshift(cloud, run, sinks.redshift, [manifest]);
        await publishIntoPostgres(cloud, run, sinks.postgres, [manifest]);
      }
      expect(await rowsOf(cloud, sinks)).toEqual(expected);
    }
  },
);

test.each(
  MODES.flatMap(([name, write]) => (['redshift', 'postgres'] as const).map((first) => [name, first, write] as const)),
)(
  'a run that had published to one database, redriven after a newer file: both tables are the same (%s, %s first)',
  async (name, published, write) => {
    const sinks = both(write);
    const older = runOf('older', '1');
    const newer = runOf('newer', '2');
    const manifests = [
      await stage(cloud, older, 'a', [
        [1, 'older', 1],
        [2, 'two', 1],
      ]),
      await stage(cloud, newer, 'a', [[1, 'newer', 2]]),
    ] as const;
    const there = await loadIntoRedshift(cloud, older, sinks.redshift, [manifests[0]]);
    const here = await loadIntoPostgres(cloud, older, sinks.postgres, [manifests[0]]);
    const publish = {
      redshift: async () => (await submitToRedshift(cloud, older, sinks.redshift, there)).result(),
      postgres: () => publishPostgres({ run: older, sink: sinks.postgres, loaded: here }, cloud.postgres),
    };

    await publish[published]();
    await publishIntoRedshift(cloud, newer, sinks.redshift, [manifests[1]]);
    await publishIntoPostgres(cloud, newer, sinks.postgres, [manifests[1]]);
    // The redrive goes on with the branch that failed; the other one is asked again as well, as a late attempt might.
    await publish.redshift();
    await publish.postgres();

    const rows: Record<string, Row[]> = {
      append: [
        [1, 'newer', 2],
        [1, 'older', 1],
        [2, 'two', 1],
      ],
      replace: [[1, 'newer', 2]],
      merge: [
        [1, 'newer', 2],
        [2, 'two', 1],
      ],
      // Both arrived in the same second: the later one says what was so in it.
      scd2: [
        [1, 'newer', 2],
        [2, 'two', 1],
      ],
    };
    expect(await rowsOf(cloud, sinks)).toEqual(rows[name]);
  },
);

test.each(MODES)(
  'a run that is reprocessed while it still runs: its late publication changes nothing (%s)',
  async (_name, write) => {
    const sinks = both(write);
    const first = runOf('first', 'load');
    const again = { ...runOf('again', 'load'), generation: 1 };
    const manifest = await stage(cloud, first, 'a', ROWS);
    const there = await loadIntoRedshift(cloud, first, sinks.redshift, [manifest]);
    const here = await loadIntoPostgres(cloud, first, sinks.postgres, [manifest]);
    const corrected = await stage(cloud, again, 'b', [[1, 'corrected', 1]]);
    await publishIntoRedshift(cloud, again, sinks.redshift, [corrected]);
    await publishIntoPostgres(cloud, again, sinks.postgres, [corrected]);

    const late = [
      await (await submitToRedshift(cloud, first, sinks.redshift, there)).result(),
      await publishPostgres({ run: first, sink: sinks.postgres, loaded: here }, cloud.postgres),
    ];

    expect(late.map(({ changed, rows }) => [changed, rows])).toEqual([
      [false, 1],
      [false, 1],
    ]);
    expect(await rowsOf(cloud, sinks)).toEqual([[1, 'corrected', 1]]);
  },
);

test('a publication that dies half way leaves the table as it was', async () => {
  const sinks = both({ mode: 'replace' });
  const before = runOf('before', '1');
  const manifest = await stage(cloud, before, 'a', ROWS);
  await publishIntoRedshift(cloud, before, sinks.redshift, [manifest]);
  await publishIntoPostgres(cloud, before, sinks.postgres, [manifest]);
  const run = runOf('run', '2');
  const next = await stage(cloud, run, 'a', [[9, 'new', 1]]);
  const there = await loadIntoRedshift(cloud, run, sinks.redshift, [next]);
  const here = await loadIntoPostgres(cloud, run, sinks.postgres, [next]);

  // Redshift: cancelled while it waits for the table, after the guard has run. Aurora: its session is ended.
  const table = sinks.redshift.table;
  await cloud.whileLocked(`analytics.${table}`, async () => {
    await submitToRedshift(cloud, run, sinks.redshift, there);
    await waitingFor(databaseName('stepwell'));
    await endSessions(databaseName('stepwell'));
  });
  await withSession(cloud.server.adminUrl('stepwell'), async (session) => {
    await session.query(`BEGIN; LOCK TABLE shop.${table} IN ACCESS EXCLUSIVE MODE`);
    const published = publishPostgres({ run, sink: sinks.postgres, loaded: here }, cloud.postgres);
    published.catch(() => {});
    await waitingFor('stepwell');
    await endSessions('stepwell');
    await expect(published).rejects.toBeInstanceOf(Error);
    await session.query('ROLLBACK');
  });
  expect(await rowsOf(cloud, sinks)).toEqual(ROWS);

  // The retry of each.
  const retried = await submitToRedshift(cloud, run, sinks.redshift, there);
  expect(await retried.result()).toMatchObject({ changed: true });
  await eventually(() => publishPostgres({ run, sink: sinks.postgres, loaded: here }, cloud.postgres));
  expect(await rowsOf(cloud, sinks)).toEqual([[9, 'new', 1]]);
});

/** Resolves when a session of the database waits for a lock. */
async function waitingFor(database: string): Promise<void> {
  const waiting = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`;
  while ((await cloud.queryAurora(waiting))[0]![0] === '0') await new Promise((resolve) => setTimeout(resolve, 2));
}

async function endSessions(database: string): Promise<void> {
  await cloud.queryAurora(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`,
  );
}
