/**
 * Loading again what is in the tables already, by the commands that a person has: missing partitions of a partial run, bad rows after a
 * fix was deployed. In the end the tables are as if nothing had ever gone wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import type { Pipeline, RowSource } from '../../lib/pipeline';
import {
  append,
  csv,
  date,
  decimal,
  definePipeline,
  integer,
  key,
  lake,
  landedFiles,
  merge,
  postgres,
  quarantine,
  replace,
  s3Arrival,
  scd2,
  seconds,
  sql,
  text,
} from '../../lib/pipeline';
import type { SampleServer } from '../../lib/samples/server';
import { OPENWEATHER_ORIGIN, startWeatherServer } from '../../lib/samples/weather/server';
import weatherDefinition from '../../state-machines/weather/pipeline';
import { json, stepwell } from '../cli/stepwell';
import { mails } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const KEY = 'a-key';
const observations = weatherDefinition.sources.observations as RowSource;
/** One city in five. */
const cities = observations.partitions!.filter((_, index) => index % 5 === 0);
const [first, second] = cities as [(typeof cities)[number], (typeof cities)[number]];

const { current_weather, ...models } = weatherDefinition.models;
const isOfHours = ({ model }: { readonly model?: string }) => model !== 'current_weather';

/** As `state-machines/weather`, of hours alone, with fewer cities of which more may fail. */
const weather = (source: Partial<RowSource> = {}): Pipeline => ({
  ...weatherDefinition,
  models,
  sinks: weatherDefinition.sinks.filter(isOfHours),
  checks: weatherDefinition.checks!.filter(isOfHours),
  retry: { attempts: 1, interval: seconds(1) },
  sources: {
    observations: {
      ...observations,
      config: { ...observations.config, attempts: 2 },
      partitions: cities,
      tolerate: 0.2,
      ...source,
    } as RowSource,
  },
});

/** `quantity`: of the contract, and how the model reads it. */
const returns = (quantity: { column: ReturnType<typeof integer> | ReturnType<typeof text>; sql: string }): Pipeline =>
  definePipeline({
    name: 'returns',
    description: 'What customers send back',
    trigger: s3Arrival('returns/*.csv'),
    sources: {
      lines: landedFiles({
        glob: 'returns/*.csv',
        format: csv(),
        columns: {
          id: key.bigint(),
          returned_on: date().notNull(),
          quantity: quantity.column,
          price: decimal(10, 2).notNull(),
        },
        onBadRow: quarantine({ maxRate: 0.5 }),
      }),
    },
    models: {
      returned: sql.text(`SELECT id, returned_on, CAST(${quantity.sql} AS INTEGER) AS quantity, price FROM lines`),
      days: sql.text(
        'SELECT returned_on, CAST(count(*) AS INTEGER) AS lines, CAST(sum(quantity) AS INTEGER) AS pieces FROM returned GROUP BY returned_on',
      ),
      shares: sql.text(
        'SELECT r.id, d.pieces AS of_pieces FROM returned r JOIN days d ON r.returned_on = d.returned_on',
      ),
    },
    sinks: [
      postgres({ model: 'returned', table: 'shop.all_lines', write: append() }),
      postgres({ model: 'returned', table: 'shop.line_history', write: scd2(['id']) }),
      postgres({ model: 'days', table: 'shop.days', write: merge(['returned_on']) }),
      postgres({ model: 'shares', table: 'shop.latest_shares', write: replace() }),
      lake({ model: 'returned', table: 'returned', write: append(), partitionBy: ['returned_on'] }),
    ],
  });
const BEFORE = returns({ column: integer(), sql: 'quantity' });
const AFTER = returns({ column: text(20), sql: "regexp_extract(quantity, '[0-9]+')" });

let folder: string;
let server: SampleServer;
let proxy: Server;
let cloud: PipelinesCloud;
/** coordinates of cities for which the API is down */
const down = new Set<string>();

beforeAll(async () => {
  process.env.NO_COLOR = '1';
  process.env.CI = 'true';
  folder = mkdtempSync(join(tmpdir(), 'stepwell-again-'));
  server = await startWeatherServer({ apiKey: KEY, requestsPerMinute: 100_000 });
  proxy = createServer(async (request, response) => {
    const url = new URL(request.url!, server.url);
    if (down.has(url.searchParams.get('lat')!)) {
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"cod":503,"message":"down"}');
      return;
    }
    const answer = await fetch(url);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  process.env.STEPWELL_ORIGINS = JSON.stringify({ [OPENWEATHER_ORIGIN]: `http://127.0.0.1:${port}` });
  cloud = await start(weather(), BEFORE);
  await cloud.putSecret('openweather', { apiKey: KEY });
});
afterAll(async () => {
  delete process.env.STEPWELL_ORIGINS;
  await cloud?.stop();
  proxy?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (...pipelines: Pipeline[]) =>
  startPipelines(pipelines, join(PROJECT_ROOT, 'state-machines', 'weather'), folder);
const stateDir = () => cloud.cloud.context.stateDir;
const say = (...args: string[]) => stepwell(...args, '--state-dir', stateDir());
const ask = <T>(...args: string[]): Promise<T> => json<T>(...args, '--state-dir', stateDir());

interface Listed {
  readonly runId: string;
  readonly status: string;
  readonly missing?: number;
  readonly loadedAnewBy?: string;
  readonly rerunOf?: string;
}
const runs = (pipeline: string) => ask<Listed[]>('runs', pipeline);
const hourOf = (back: number) => {
  const end = Math.floor((Date.now() - 5 * 60_000) / 3_600_000) * 3_600_000 + 5 * 60_000 - back * 3_600_000;
  return { start: new Date(end - 3_600_000).toISOString(), end: new Date(end).toISOString() };
};

/** Of an hour: each table's rows, and the lake's. */
async function weatherTables(hour: string) {
  const at = `${hour.slice(0, 10)} ${hour.slice(11, 19)}`;
  const lakeRows = (await cloud.lake('weather', 'city_weather')).filter((row) => row.hour === at);
  return {
    cities: await cloud.query('aurora', `SELECT * FROM weather.city_hours WHERE hour = '${at}' ORDER BY city_id`),
    regions: await cloud.query('aurora', `SELECT * FROM weather.region_hours WHERE hour = '${at}' ORDER BY region`),
    lake: lakeRows.sort((one, other) => (one.city_id! < other.city_id! ? -1 : 1)),
  };
}

describe('a run that lacks cities', () => {
  const hour = hourOf(3);

  test('succeeds without them, says so by one mail, and the commands say what to do', async () => {
    down.add(String(first.values.lat)).add(String(second.values.lat));
    const run = await cloud.start('weather', { interval: hour });
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { rows: cities.length - 2 } });
    const [listed] = await runs('weather');
    expect(listed).toMatchObject({ status: 'SUCCEEDED', missing: 2 });
    const { runId } = listed!;
    const shown = await say('show', runId);
    expect(shown.stdout).toContain(`npx stepwell rerun ${runId.slice(0, 8)} --failed-partitions`);

    const [mail, ...others] = await mailsOf(runId);
    expect(others).toEqual([]);
    expect(mail!.subject).toBe('[Stepwell] weather is partial: 2 partitions of observations are missing');
    expect(mail!.text).toContain(`observations, partition ${first.id}: SourceUnavailable`);
    expect(mail!.text).toContain(`npx stepwell rerun ${runId} --failed-partitions`);
    expect(mail!.text).toContain(`postgres:weather.city_hours: ${cities.length - 2} rows`);
  });

  test('of which none can be had yet fails, and leaves the tables as they are; one that can brings in a part', async () => {
    const partial = (await runs('weather'))[0]!.runId;
    const before = await weatherTables(hour.start);
    const failed = await say('rerun', partial, '--failed-partitions');
    expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('redrive weather') });
    expect(await weatherTables(hour.start)).toEqual(before);
    const { runId: failedRun } = (await runs('weather'))[0]!;
    expect(await say('rerun', failedRun)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`can go on where it failed. Let it: npx stepwell redrive weather ${failedRun}`),
    });

    down.delete(String(first.values.lat));
    const again = await say('rerun', partial.slice(0, 8), '--failed-partitions');
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('without 1 partition: partial') });
    const [rerun] = await runs('weather');
    expect(rerun).toMatchObject({ rerunOf: partial, missing: 1 });
    expect((await mailsOf(rerun!.runId))[0]!.text).toContain(`Rerun of:  ${partial}`);
    expect(await say('rerun', partial, '--failed-partitions')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`The run ${rerun!.runId} has loaded the same since`),
    });
  });

  test('is run again until nothing is missing: then the tables are as if the API had never been down', async () => {
    down.clear();
    const partial = (await runs('weather'))[0]!.runId;
    const last = await ask<{ runId: string; status: string; output: object }[]>(
      'rerun',
      partial,
      '--failed-partitions',
    );
    expect(last).toEqual([
      expect.objectContaining({
        outcome: 'loaded',
        output: expect.objectContaining({ rows: cities.length, warnings: [] }),
      }),
    ]);
    const table = await runs('weather');
    expect(table.find(({ runId }) => runId === partial)).toMatchObject({ loadedAnewBy: last[0]!.runId });
    expect((await say('runs', 'weather')).stdout).toContain(`partial, then ${last[0]!.runId.slice(0, 8)}`);
    expect(await say('rerun', last[0]!.runId, '--failed-partitions')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is not partial'),
    });

    const recovered = await weatherTables(hour.start);
    expect(recovered.cities).toHaveLength(cities.length);
    expect(recovered.lake).toHaveLength(cities.length);
    expect(await ask('rerun', last[0]!.runId)).toMatchObject([{ outcome: 'loaded', output: { rows: cities.length } }]);
    expect(await weatherTables(hour.start)).toEqual(recovered);
  });
});

const HEADER = 'id,returned_on,quantity,price';
/** Of two days; each line's id, quantity and price. */
const file = (lines: readonly (readonly [number, string, string])[]) =>
  `${[HEADER, ...lines.map(([id, quantity, price]) => `${id},2026-03-0${(id % 2) + 1},${quantity},${price}`)].join('\n')}\n`;

/** The tables as a computation of their own has them, after these loads of good lines. */
function expectedTables(loads: readonly (readonly (readonly [number, string, string])[])[]) {
  const dayOf = (id: number) => `2026-03-0${(id % 2) + 1}`;
  const all = loads
    .flat()
    .map(([id, quantity, price]) => ({ id, day: dayOf(id), quantity: Number.parseInt(quantity, 10), price }));
  const last = loads.at(-1)!.map(([id, quantity]) => ({ id, day: dayOf(id), quantity: Number.parseInt(quantity, 10) }));
  const pieces = (day: string, of: readonly { day: string; quantity: number }[]) =>
    of.filter((line) => line.day === day).reduce((sum, { quantity }) => sum + quantity, 0);
  const lines = all
    .map(({ id, day, quantity, price }) => ({ id: `${id}`, returned_on: day, quantity: `${quantity}`, price }))
    .sort((a, b) => Number(a.id) - Number(b.id));
  return {
    lines,
    lake: lines,
    days: [...new Set(last.map(({ day }) => day))].sort().map((day) => ({
      returned_on: day,
      lines: `${last.filter((line) => line.day === day).length}`,
      pieces: `${pieces(day, last)}`,
    })),
    shares: last
      .map(({ id, day }) => ({ id: `${id}`, of_pieces: `${pieces(day, last)}` }))
      .sort((a, b) => Number(a.id) - Number(b.id)),
  };
}

const returnsTables = async () => ({
  lines: await cloud.query('aurora', 'SELECT id, returned_on, quantity, price FROM shop.all_lines ORDER BY id'),
  days: await cloud.query('aurora', 'SELECT returned_on, lines, pieces FROM shop.days ORDER BY returned_on'),
  shares: await cloud.query('aurora', 'SELECT id, of_pieces FROM shop.latest_shares ORDER BY id'),
  lake: (await cloud.lake('returns', 'returned'))
    .map(({ id, returned_on, quantity, price }) => ({ id, returned_on, quantity, price }))
    .sort((one, other) => Number(one.id) - Number(other.id)),
});
const history = () => cloud.query('aurora', 'SELECT id, quantity FROM shop.line_history WHERE is_current ORDER BY id');

const GOOD: [number, string, string][] = [1, 2, 3, 4, 5, 6, 7].map((id) => [id, `${id * 2}`, '3.50']);
const WITH_BAD: [number, string, string][] = [...GOOD, [8, '2 pcs', '1.00'], [9, '5 pcs', '2.25']];

describe('bad rows', () => {
  let bad: string;

  test('wait in quarantine until a fix is deployed; a replay without one leaves all as it is', async () => {
    await cloud.drop('returns', 'returns/march.csv', file(WITH_BAD));
    expect(await returnsTables()).toEqual(expectedTables([GOOD]));
    const [listed] = await ask<{ runId: string; state: string; rejected: number }[]>(
      'quarantine',
      'list',
      'returns',
      '--state',
      'open',
    );
    expect(listed).toMatchObject({ state: 'open', rejected: 2 });
    bad = listed!.runId;

    const replayed = await say('quarantine', 'replay', bad);
    expect(replayed.stderr).toContain(`Replaying 2 bad rows of run ${bad}: 2 rows of returns/march.csv`);
    expect(replayed.stderr).toContain('2 rows are bad still, of 2 before.');
    expect(await returnsTables()).toEqual(expectedTables([GOOD]));
  });

  test('come in once after it, in every kind of table, and in what is counted and joined from them', async () => {
    // An earlier hour that lacks a city, for what comes after the deployment.
    down.add(String(first.values.lat));
    await cloud.start('weather', { interval: hourOf(6) });
    down.clear();
    await cloud.stop();
    const columns = { ...observations.columns, visibility: integer().from('data[0].visibility') };
    cloud = await start(weather({ columns }), AFTER);

    const [open] = await ask<{ runId: string }[]>('quarantine', 'list', 'returns', '--state', 'open');
    const replayed = await say('quarantine', 'replay', open!.runId);
    expect(replayed.stderr).toContain('None of the 2 rows is bad any longer.');
    expect(replayed.exitCode).toBe(0);
    expect(await returnsTables()).toEqual(expectedTables([WITH_BAD]));
    expect(await history()).toEqual(expectedTables([WITH_BAD]).lines.map(({ id, quantity }) => ({ id, quantity })));

    expect(await ask('quarantine', 'list', 'returns', '--state', 'open')).toEqual([]);
    const all = await ask<{ runId: string; state: string; by: string }[]>('quarantine', 'list', 'returns');
    const newest = (await runs('returns'))[0]!.runId;
    expect(all).toHaveLength(2);
    expect(all).toEqual(all.map((one) => ({ ...one, state: 'replayed', by: newest })));
    expect(await say('quarantine', 'replay', bad)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`are replayed by ${newest.slice(0, 8)}`),
    });
  });

  test('of a partial run whose definition has changed since, nothing is mixed: the whole is extracted anew', async () => {
    const [partial] = (await runs('weather')).filter(({ missing, loadedAnewBy }) => missing === 1 && !loadedAnewBy);
    const refused = await say('rerun', partial!.runId, '--failed-partitions');
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stdout).toContain('The definition of observations has changed since');
    expect(refused.stdout).toContain('--reprocess');
    expect(await ask('rerun', partial!.runId)).toMatchObject([{ outcome: 'loaded', output: { rows: cities.length } }]);
  });

  test('are not replayed where that would turn a table back, nor where the file was corrected meanwhile', async () => {
    await cloud.drop(
      'returns',
      'returns/april.csv',
      file([
        [11, '3', '1.00'],
        [12, '4', 'free'],
      ]),
    );
    const april = (await runs('returns'))[0]!.runId;
    await cloud.drop('returns', 'returns/may.csv', file([[21, '1', '1.00']]));
    const turnedBack = await say('quarantine', 'replay', april);
    expect(turnedBack).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('postgres:shop.latest_shares is replaced'),
    });
    await cloud.drop(
      'returns',
      'returns/april.csv',
      file([
        [11, '3', '1.00'],
        [12, '4', '0.00'],
      ]),
    );
    const corrected = await say('quarantine', 'replay', april);
    expect(corrected.stderr).toContain('returns/april.csv has been put again since');
    expect(corrected.stderr).toContain(`npx stepwell quarantine discard ${april.slice(0, 8)}`);
  });

  test('of a run that failed come in with it, once it is started over: a redrive would repeat the failure', async () => {
    const { status } = await cloud.drop('returns', 'returns/june.csv', 'id,returned_on,price\n31,2026-03-01,1.00\n');
    expect(status).toBe('FAILED');
    const failed = (await runs('returns'))[0]!.runId;
    expect(await say('rerun', failed, '--failed-partitions')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`Start it over: npx stepwell rerun ${failed}`),
    });
    const again = await say('rerun', failed);
    expect(again.stderr).toContain('is loaded from the start');
    expect(again.stdout).toContain('returns/june.csv: failed: ContractDrift');
    expect((await runs('returns'))[0]).toMatchObject({ status: 'FAILED', files: ['returns/june.csv'] });
  });

  test('are deleted for good on request; who did it, when and why stays, and how many there were', async () => {
    const [april] = await ask<{ runId: string; quarantine: string[] }[]>(
      'quarantine',
      'list',
      'returns',
      '--state',
      'open',
    );
    const { runId } = april!;
    expect(await say('quarantine', 'discard', runId)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await say('quarantine', 'discard', runId, '--source', 'other', '--yes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('It has some of: lines.'),
    });
    const done = await ask('quarantine', 'discard', runId, '--source', 'lines', '--reason', 'corrected', '--yes');
    expect(done).toMatchObject({
      runId,
      files: 1,
      rows: 1,
      source: 'lines',
      reason: 'corrected',
      by: expect.any(String),
    });
    const [listed] = await ask<object[]>('quarantine', 'list', 'returns', '--state', 'discarded');
    expect(listed).toMatchObject({ runId, rejected: 1, state: 'discarded', reason: 'corrected', quarantine: [] });
    expect((await say('quarantine', 'show', runId)).stdout).toMatch(
      /are gone.*\n1 row of lines was discarded by .*: corrected/,
    );
    expect(await cloud.rejects('returns', 'returns/april.csv')).toEqual([]);
    expect(await say('quarantine', 'replay', runId)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('were discarded'),
    });
    expect(await say('quarantine', 'discard', runId, '--yes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('already'),
    });
  });
});

/** The mail is on its way when the run has ended, not there. */
async function mailsOf(runId: string) {
  for (;;) {
    const found = mails(stateDir(), `Run:       ${runId}`);
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
