import {
  accepted,
  aggregate,
  append,
  between,
  date,
  decimal,
  definePipeline,
  dynamoTable,
  hours,
  integer,
  key,
  lake,
  merge,
  minutes,
  postgres,
  published,
  rowFunction,
  seconds,
  streamOf,
  streamRecords,
  text,
  timestamp,
} from '../../lib/pipeline';
import { columns } from './columns';

export const users = rowFunction('users.ts', {
  from: 'records',
  columns: {
    user_id: key.text(36),
    received_at: timestamp().notNull(),
    received_on: date().notNull(),
    full_name: text(240).notNull(),
    first_name: text(100).notNull(),
    last_name: text(100).notNull(),
    gender: text(16),
    username: text(60),
    email_domain: text(200).notNull(),
    phone: text(40),
    cell: text(40),
    national_id: text(64),
    age: integer().notNull(),
    age_band: text(16).notNull(),
    registered_at: timestamp().notNull(),
    city: text(100),
    state: text(100),
    country: text(60).notNull(),
    postcode: text(16),
    latitude: decimal(7, 4),
    longitude: decimal(7, 4),
    utc_offset: text(8),
    nationality: text(2),
  },
});

export default definePipeline({
  name: 'users',
  description:
    'Users as they come: within seconds by their id in DynamoDB, every five minutes in the lake and in Aurora',
  trigger: streamOf('users', { batch: 500, window: seconds(1), publishEvery: minutes(5) }),
  sources: {
    records: streamRecords({
      columns,
      // The feed may put a record again, and the API may repeat itself: of a day's the first counts.
      dedupe: { by: 'user_id', within: hours(24) },
      receivedAt: 'received_at',
      rebuildFrom: published('users-feed', 'raw_users'),
    }),
  },
  models: { users },
  sinks: [
    dynamoTable({ model: 'users', table: 'users', write: merge('user_id', { newestBy: 'received_at' }), live: true }),
    lake({ model: 'users', table: 'users', write: append(), partitionBy: ['received_on'] }),
    postgres({ model: 'users', table: 'app.users', write: merge('user_id', { newestBy: 'received_at' }) }),
  ],
  aggregates: [
    aggregate({ model: 'users', by: ['country'], window: minutes(1), count: 'signups', table: 'signups_by_country' }),
  ],
  checks: [
    between('users', 'age', { min: 0, max: 130 }),
    accepted('users', 'gender', ['female', 'male'], { severity: 'warn' }),
  ],
  freshness: { within: hours(1) },
  timeout: hours(1),
  alerts: { email: ['data@example.com'] },
});
