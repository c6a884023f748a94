/** Two days of a registry, some five megabytes each, and the statistics office's tables over the MySQL protocol. Nobody in them exists. */
import { startSampleDatabase } from '../../lib/samples/mysql/server';
import { registryCsv } from '../../lib/samples/registry/csv';
import { REGISTRY_TABLES } from '../../lib/samples/registry/regions';

const DAY_MS = 86_400_000;

/** The file of the interval's day, and of the day before. */
export function sampleFiles({ start }: { start: string }) {
  return [1, 0].map((daysBack) => {
    const day = new Date(Date.parse(start) - daysBack * DAY_MS).toISOString().slice(0, 10);
    return {
      key: `citizens/${day}/citizens_data.csv`,
      body: Buffer.concat([...registryCsv({ day })]),
      times: 1,
      bad: 0,
    };
  });
}

export async function startServices() {
  const database = await startSampleDatabase({ dbname: 'statistics', tables: REGISTRY_TABLES });
  return { secrets: { 'statistics-db': database.secret }, close: () => database.close() };
}
