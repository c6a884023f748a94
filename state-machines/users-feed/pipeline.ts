import {
  cron,
  definePipeline,
  hours,
  httpApi,
  integer,
  json,
  key,
  kinesis,
  merge,
  postgres,
  quarantine,
  rowCount,
  sql,
  unique,
} from '../../lib/pipeline';

const PAGES = 3;
const USERS_A_PAGE = 100;

/** Data: people who do not exist, https://randomuser.me/documentation */
export default definePipeline({
  name: 'users-feed',
  description: 'New users of the last quarter of an hour: as they came into Aurora, then onto the stream users',
  trigger: cron('*/15 * * * *'),
  sources: {
    answers: httpApi({
      url: 'https://randomuser.me/api/1.4/',
      // Of one seed and page it always gives the same people: a retry, a rerun and a backfill of the interval as well.
      query: { seed: '{interval.start:unix}', page: '{partition.page}', results: USERS_A_PAGE },
      rows: 'results',
      partitions: Array.from({ length: PAGES }, (_, index) => ({ id: `page-${index + 1}`, page: index + 1 })),
      // It counts the people that one address asks for in a minute.
      concurrency: 1,
      retry: { attempts: 5 },
      columns: {
        user_id: key.text(36).from('login.uuid'),
        page: integer().notNull().from('partition.page'),
        body: json().notNull().from('$'),
      },
      onDrift: 'ignore',
      onBadRow: quarantine({ maxRate: 0.05 }),
    }),
  },
  models: { raw_users: sql('raw_users.sql') },
  sinks: [
    // Everything downstream can be made again from this table: npx stepwell rebuild users
    postgres({ model: 'raw_users', table: 'raw.random_users', write: merge('raw_id') }),
    kinesis({ model: 'raw_users', stream: 'users', partitionBy: 'user_id' }),
  ],
  checks: [
    rowCount('raw_users', { min: 1 }),
    // An API that repeats itself is worth a look; whoever reads the stream takes a user once.
    unique('raw_users', 'user_id', { severity: 'warn' }),
  ],
  timeout: hours(1),
  alerts: { email: ['data@example.com'] },
});
