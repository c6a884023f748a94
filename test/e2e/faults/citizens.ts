/** Days of a registry, in any order. */
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PROJECT_ROOT } from '../../../lib/constructs/cache';
import { registryCsv } from '../../../lib/samples/registry/csv';
import { registryRecords } from '../../../lib/samples/registry/people';
import citizens from '../../../state-machines/citizens/pipeline';
import { startServices } from '../../../state-machines/citizens/samples';
import { readDay } from '../citizens-reading';
import { type Random, whole } from '../order-files';
import type { Row } from '../pipelines-cloud';
import { readTable } from '../tables';
import type { Lane } from './lane';

const PEOPLE = 1500;
const DAY_MS = 86_400_000;
/** No clock is changed in the months that follow it. */
const FIRST = Date.UTC(2024, 3, 2);

export async function citizensLane(random: Random): Promise<Lane> {
  const services = await startServices();
  const dayAt = (index: number) => new Date(FIRST + index * DAY_MS).toISOString().slice(0, 10);
  const of = (index: number) => ({ day: dayAt(index), people: PEOPLE });
  const records = (index: number) => [...registryRecords(of(index))];
  const intervalAt = (index: number) => ({
    start: `${dayAt(index)}T02:00:00.000Z`,
    end: `${dayAt(index + 1)}T02:00:00.000Z`,
  });
  let days = 0;

  return {
    pipeline: citizens,
    folder: join(PROJECT_ROOT, 'state-machines', 'citizens'),
    origins: {},
    secrets: services.secrets,
    async run(world, count) {
      days = count;
      const s3 = new S3Client({ ...world.client, forcePathStyle: true });
      const Bucket = world.at.outputs['Stepwell-Citizens']!.LandingBucketName;
      const order = Array.from({ length: count }, (_, index) => index);
      for (const index of order) {
        const Body = Buffer.concat([...registryCsv(of(index))]);
        const Key = `citizens/${dayAt(index)}/citizens_data.csv`;
        await world.patiently(() => s3.send(new PutObjectCommand({ Bucket, Key, Body })));
      }
      s3.destroy();
      while (order.length > 0) {
        const [index] = order.splice(whole(random, 0, order.length - 1), 1) as [number];
        await world.mended(await world.start('citizens', `day-${index}`, { interval: intervalAt(index) }));
      }
    },
    async expectTables(world) {
      const expected = Array.from({ length: days }, (_, index) =>
        readDay({
          day: dayAt(index),
          asOf: intervalAt(index).start.slice(0, 19).replace('T', ' '),
          records: records(index),
          ...(index === 0 ? {} : { before: records(index - 1) }),
        }),
      );
      const rows = async (table: string) => sorted(await readTable(world.at.databases.aurora!, `citizens.${table}`));
      expect(await rows('population')).toEqual(sorted(expected.flatMap(({ population }) => population)));
      expect(await rows('region_days')).toEqual(sorted(expected.flatMap(({ regions }) => regions)));
      expect(await rows('registry_days')).toEqual(sorted(expected.map(({ registry }) => registry)));
    },
    close: async () => void (await services.close()),
  };
}

const sorted = (rows: readonly Row[]): Row[] => {
  const keyOf = (row: Row) => `${row.day} ${row.region_code} ${row.age_band}`;
  return [...rows].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};
