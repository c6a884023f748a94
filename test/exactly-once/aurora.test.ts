/** "A publish on Aurora outlasts the Data API's 45 s": here the Data API waits for less than a second. */
import { publishPostgres } from '../../lambdas/publish/publish-postgres';
import type { WriteMode } from '../../lib/tasks/common';
import { withSession } from '../lambdas/databases';
import { type RedshiftCloud, startRedshiftCloud } from '../lambdas/redshift';
import { eventually, loadIntoPostgres, runOf as makeRun, ROWS, stage, targets } from './staging';

const CALL_LIMIT_MS = 400;

let cloud: RedshiftCloud;
let tables = 0;

beforeAll(async () => {
  cloud = await startRedshiftCloud({ callLimitMs: CALL_LIMIT_MS });
});
afterAll(() => cloud.close());
beforeEach(() => {
  tables += 1;
});

const both = (write: WriteMode) => targets(`t${tables}`, write);
const runOf = (name: string) => makeRun(tables, name);

test('a publication in Aurora that outlasts the call goes on in the database, and the retry finds it done', async () => {
  const sinks = both({ mode: 'append' });
  const run = runOf('run');
  const manifest = await stage(cloud, run, 'a', ROWS);
  const loaded = await loadIntoPostgres(cloud, run, sinks.postgres, [manifest]);
  const publish = () => publishPostgres({ run, sink: sinks.postgres, loaded }, cloud.postgres);

  await withSession(cloud.server.adminUrl('stepwell'), async (session) => {
    await session.query(`BEGIN; LOCK TABLE shop.${sinks.postgres.table} IN SHARE MODE`);
    await expect(publish()).rejects.toMatchObject({
      name: 'StillRunning',
      message: 'The Data API stopped waiting for publish after 45 seconds; the database goes on with it.',
    });
    await expect(publish()).rejects.toMatchObject({
      name: 'StillRunning',
      message: 'An earlier call of publish still runs in the database.',
    });
    await session.query('ROLLBACK');
  });

  expect(await eventually(publish)).toEqual({ sink: sinks.postgres.id, rows: 2, changed: false });
  expect(await cloud.queryAurora(`SELECT count(*) FROM shop.${sinks.postgres.table}`)).toEqual([['2']]);
});

test('an import into Aurora that outlasts the call goes on in the database, and the retry finds it done', async () => {
  const sinks = both({ mode: 'append' });
  const run = runOf('run');
  const manifest = await stage(cloud, run, 'a', ROWS);
  const load = () => loadIntoPostgres(cloud, run, sinks.postgres, [manifest]);

  await withSession(cloud.server.adminUrl('stepwell'), async (session) => {
    await session.query(`BEGIN; CREATE TABLE shop.${sinks.postgres.table} (other text)`);
    await expect(load()).rejects.toMatchObject({ name: 'StillRunning' });
    await expect(load()).rejects.toMatchObject({ name: 'StillRunning' });
    await session.query('ROLLBACK');
  });

  const loaded = await eventually(load);
  expect(loaded).toMatchObject({ sink: sinks.postgres.id, rows: 2 });
  await publishPostgres({ run, sink: sinks.postgres, loaded }, cloud.postgres);
  expect(await cloud.queryAurora(`SELECT count(*) FROM shop.${sinks.postgres.table}`)).toEqual([['2']]);
});

test('a publication whose connection breaks after the commit is not done twice', async () => {
  const sinks = both({ mode: 'append' });
  const run = runOf('run');
  const manifest = await stage(cloud, run, 'a', ROWS);
  const loaded = await loadIntoPostgres(cloud, run, sinks.postgres, [manifest]);
  const losing = {
    ...cloud.postgres,
    client: {
      send: async (command: never) => {
        await cloud.rdsData.send(command);
        throw new Error('the connection broke');
      },
    } as never,
  };

  await expect(publishPostgres({ run, sink: sinks.postgres, loaded }, losing)).rejects.toThrow('the connection broke');

  expect(await publishPostgres({ run, sink: sinks.postgres, loaded }, cloud.postgres)).toMatchObject({
    changed: false,
  });
  expect(await cloud.queryAurora(`SELECT count(*) FROM shop.${sinks.postgres.table}`)).toEqual([['2']]);
});
