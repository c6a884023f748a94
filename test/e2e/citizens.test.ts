/** The citizens pipeline end to end: days in any order, corrected days, days of 23 and 25 hours, against an independent computation. */
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import type { LandedFiles } from '../../lib/pipeline';
import { registryCsv } from '../../lib/samples/registry/csv';
import { type RegistryDay, type RegistryRecord, registryRecords } from '../../lib/samples/registry/people';
import citizens from '../../state-machines/citizens/pipeline';
import { startServices } from '../../state-machines/citizens/samples';
import { type DayTables, readDay } from './citizens-reading';
import { type Event, lineageOfAll } from './lineage-reading';
import { type Ended, type PipelinesCloud, type Row, startPipelines } from './pipelines-cloud';

const PEOPLE = 13_000;
const { registry, registry_before: before } = citizens.sources as Record<string, LandedFiles>;
/** Files of little more than one MiB, so that each is read in ranges all the same. */
const pipeline = {
  ...citizens,
  sources: {
    ...citizens.sources,
    registry: { ...registry!, rangeMiB: 1 },
    registry_before: { ...before!, rangeMiB: 1 },
  },
};
let services: Awaited<ReturnType<typeof startServices>>;
let cloud: PipelinesCloud;

beforeAll(async () => {
  services = await startServices();
  cloud = await startPipelines([pipeline], join(PROJECT_ROOT, 'state-machines', 'citizens'), undefined, {
    'stepwell:lineage': true,
  });
  await cloud.putSecret('statistics-db', services.secrets['statistics-db']);
});
afterAll(async () => {
  await cloud?.stop();
  await services?.close();
});

const records = (of: RegistryDay) => [...registryRecords({ people: PEOPLE, ...of })];
const faults = (of: RegistryDay) => records(of).filter(({ fault }) => fault !== undefined).length;
const REASONS: Readonly<Record<string, (record: RegistryRecord) => string>> = {
  'no id': () => 'citizen_id: the key is empty',
  encoding: () => 'name: the text is not valid UTF-8',
  'cut off': () => 'null: the record has 3 fields, the header has 7',
  'no such time': ({ recordedAt }) => `recorded_at: '${recordedAt}' is not a time of the calendar`,
};
const reasonsOf = (of: RegistryDay) =>
  records(of)
    .flatMap((record) => (record.fault === undefined ? [] : [REASONS[record.fault]!(record)]))
    .sort();
const land = (of: RegistryDay) =>
  cloud.put(`citizens/${of.day}/citizens_data.csv`, Buffer.concat([...registryCsv({ people: PEOPLE, ...of })]));

/** From four in the night to four in the night, by Vienna's clock. */
const INTERVALS: Readonly<Record<string, { start: string; end: string }>> = {
  '2024-02-29': { start: '2024-02-29T03:00:00.000Z', end: '2024-03-01T03:00:00.000Z' },
  // 23 hours: the clock is put forward in the night that it ends with
  '2024-03-30': { start: '2024-03-30T03:00:00.000Z', end: '2024-03-31T02:00:00.000Z' },
  '2024-03-31': { start: '2024-03-31T02:00:00.000Z', end: '2024-04-01T02:00:00.000Z' },
  '2024-04-01': { start: '2024-04-01T02:00:00.000Z', end: '2024-04-02T02:00:00.000Z' },
  // 25 hours
  '2024-10-26': { start: '2024-10-26T02:00:00.000Z', end: '2024-10-27T03:00:00.000Z' },
};
const run = (day: string, more: object = {}): Promise<Ended> =>
  cloud.start('citizens', { interval: INTERVALS[day], ...more });

const expected = (of: RegistryDay, earlier?: RegistryDay): DayTables =>
  readDay({
    day: of.day,
    asOf: INTERVALS[of.day]!.start.slice(0, 19).replace('T', ' '),
    records: records(of),
    ...(earlier ? { before: records(earlier) } : {}),
  });

async function tables(): Promise<Record<keyof DayTables, Row[]>> {
  const [population, regions, registryDays] = await Promise.all(
    ['population', 'region_days', 'registry_days'].map((table) =>
      cloud.query('aurora', `SELECT * FROM citizens.${table}`),
    ),
  );
  return { population: sorted(population!), regions: sorted(regions!), registry: sorted(registryDays!) };
}

const sorted = (rows: readonly Row[]): Row[] => {
  const keyOf = (row: Row) => `${row.day} ${row.region_code} ${row.age_band}`;
  return [...rows].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};
const together = (days: readonly DayTables[]) => ({
  population: sorted(days.flatMap(({ population }) => population)),
  regions: sorted(days.flatMap(({ regions }) => regions)),
  registry: sorted(days.map(({ registry: row }) => row)),
});

const [first, second, third] = [{ day: '2024-03-30' }, { day: '2024-03-31' }, { day: '2024-04-01' }];

test('a day whose file has not come fails, says which is missing, and publishes nothing', async () => {
  const failed = await run(first.day);

  expect(failed.status).toBe('FAILED');
  expect(failed.message).toContain('citizens/2024-03-30/citizens_data.csv');
  const found = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'citizens'";
  expect(await cloud.query('aurora', found)).toEqual([]);
});

test('three days, among them the first and one of 23 hours, run in any order, are what their files say', async () => {
  for (const day of [first, second, third]) await land(day);

  const ends = [await run(third.day), await run(first.day), await run(second.day)];

  expect(ends.map(({ status, output }) => [status, output?.rejected])).toEqual([
    ['SUCCEEDED', faults(third) + faults(second)],
    ['SUCCEEDED', faults(first)],
    ['SUCCEEDED', faults(second) + faults(first)],
  ]);
  expect(await tables()).toEqual(together([expected(first), expected(second, first), expected(third, second)]));
  const rejects = await cloud.rejects('citizens', 'citizens/2024-04-01/citizens_data.csv');
  expect(rejects.map(({ column, reason }) => `${column}: ${reason}`).sort()).toEqual(reasonsOf(third));
  // Names are masked, whatever is wrong with their rows.
  expect(rejects.filter(({ raw }) => /Huber|Gruber|Pichler/.test(raw))).toEqual([]);
});

test('a day whose file was corrected is a duplicate, until it is run again on purpose; the day after then has its trend anew', async () => {
  const corrected = { ...second, edition: 2 } as const;
  await land(corrected);

  expect(await run(second.day)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'duplicate' } });
  expect(await tables()).toEqual(together([expected(first), expected(second, first), expected(third, second)]));

  expect(await run(second.day, { reprocess: true })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await run(third.day, { reprocess: true })).toMatchObject({ status: 'SUCCEEDED' });
  const after = together([expected(first), expected(corrected, first), expected(third, corrected)]);
  expect(await tables()).toEqual(after);
  expect(after.population).not.toEqual(
    together([expected(first), expected(second, first), expected(third, second)]).population,
  );
});

test('a leap day, and a day of 25 hours, read their files; the day before need not have been run', async () => {
  const [beforeLeap, leap, beforeAutumn, autumn] = ['2024-02-28', '2024-02-29', '2024-10-25', '2024-10-26'].map(
    (day) => ({
      day,
      people: 3000,
    }),
  ) as [RegistryDay, RegistryDay, RegistryDay, RegistryDay];
  for (const day of [beforeLeap, leap, beforeAutumn, autumn]) await land(day);

  const ends = await Promise.all([run(leap.day), run(autumn.day)]);
  expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);

  const all = await tables();
  const of = (day: string) =>
    Object.fromEntries(Object.entries(all).map(([name, rows]) => [name, rows.filter((row) => row.day === day)]));
  expect(of(leap.day)).toEqual(together([expected(leap, beforeLeap)]));
  expect(of(autumn.day)).toEqual(together([expected(autumn, beforeAutumn)]));
});

test('what it is made of fits the specification of OpenLineage', async () => {
  const events = await lineageOfAll('citizens', cloud);

  const table = events.find(({ eventType, job }) => eventType === 'COMPLETE' && job.name.endsWith('.population'));
  const names = table.inputs.map(({ namespace, name }: Event) => `${namespace} ${name}`);
  expect(names).toEqual([
    expect.stringMatching(/^s3:\/\/\S+ citizens$/),
    expect.stringMatching(/^mysql:\/\/127\.0\.0\.1:\d+ statistics\.region_spellings$/),
  ]);
});
