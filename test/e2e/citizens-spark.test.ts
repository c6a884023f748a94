/** `ENGINE=spark`: the citizens pipeline with its largest model on a real Spark has the result that it has in DuckDB. */
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { findSpark } from '../../lib/local/services/emr-serverless/find-spark';
import { registryCsv } from '../../lib/samples/registry/csv';
import { type RegistryDay, registryRecords } from '../../lib/samples/registry/people';
import { startServices } from '../../state-machines/citizens/samples';
import { readDay } from './citizens-reading';
import { type PipelinesCloud, type Row, startPipelines } from './pipelines-cloud';

const PEOPLE = 3000;
const onSpark = findSpark() ? test : test.skip;
let cloud: PipelinesCloud | undefined;
let services: Awaited<ReturnType<typeof startServices>> | undefined;

afterAll(async () => {
  await cloud?.stop();
  await services?.close();
});

onSpark('a day of citizens on Spark is what its files say', async () => {
  process.env.ENGINE = 'spark';
  const { default: pipeline } = await import('../../state-machines/citizens/pipeline');
  delete process.env.ENGINE;
  services = await startServices();
  cloud = await startPipelines([pipeline], join(PROJECT_ROOT, 'state-machines', 'citizens'));
  await cloud.putSecret('statistics-db', services.secrets['statistics-db']);
  const [before, day]: RegistryDay[] = [
    { day: '2024-03-30', people: PEOPLE },
    { day: '2024-03-31', people: PEOPLE },
  ];
  for (const one of [before!, day!])
    await cloud.put(`citizens/${one.day}/citizens_data.csv`, Buffer.concat([...registryCsv(one)]));

  const interval = { start: '2024-03-31T02:00:00.000Z', end: '2024-04-01T02:00:00.000Z' };
  expect(await cloud.start('citizens', { interval })).toMatchObject({ status: 'SUCCEEDED' });

  const asOf = '2024-03-31 02:00:00';
  const expected = readDay({
    day: day!.day,
    asOf,
    records: [...registryRecords(day!)],
    before: [...registryRecords(before!)],
  });
  const rows = async (table: string): Promise<Row[]> =>
    sorted(await cloud!.query('aurora', `SELECT * FROM citizens.${table}`));
  expect(await rows('population')).toEqual(sorted(expected.population));
  expect(await rows('region_days')).toEqual(sorted(expected.regions));
  expect(await rows('registry_days')).toEqual([expected.registry]);
});

const sorted = (rows: readonly Row[]): Row[] => {
  const keyOf = (row: Row) => `${row.region_code} ${row.age_band}`;
  return [...rows].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};
