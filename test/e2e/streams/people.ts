/** A pipeline that a stream starts, records of all kinds for it, and what is to come of them, made out without the product's code. */
import {
  aggregate,
  append,
  definePipeline,
  dynamoTable,
  hours,
  integer,
  key,
  lake,
  merge,
  minutes,
  postgres,
  quarantine,
  rowFunction,
  seconds,
  sql,
  streamOf,
  streamRecords,
  text,
  timestamp,
} from '../../../lib/pipeline';
import { type Random, whole } from '../order-files';

export const columns = {
  event: key.text(36),
  user_id: text(36).notNull().from('login.uuid'),
  country: text(2).from('location.country'),
  points: integer(),
  note: text(),
  received_at: timestamp().notNull(),
  registered_at: timestamp().from('registered.date'),
};
export const userColumns = {
  user_id: key.text(36),
  country: text(2),
  points: integer(),
  received_at: timestamp().notNull(),
};

export const people = definePipeline({
  name: 'people',
  trigger: streamOf('people', { batch: 250, window: seconds(0), parallel: 2, publishEvery: seconds(5) }),
  sources: {
    records: streamRecords({
      columns,
      dedupe: { by: 'event', within: minutes(10) },
      late: { by: 'registered_at', allow: hours(1) },
      receivedAt: 'received_at',
      onBadRow: quarantine({ maxRate: 1 }),
    }),
  },
  models: {
    users: rowFunction('./users.ts', {
      from: 'records',
      columns: userColumns,
    }),
    events: sql.text(
      'SELECT event, user_id, points, length(note) AS note_length, received_at::DATE AS received_on FROM records',
    ),
  },
  sinks: [
    dynamoTable({ model: 'users', table: 'people', write: merge('user_id', { newestBy: 'received_at' }), live: true }),
    lake({ model: 'events', table: 'people_events', write: append(), partitionBy: ['received_on'] }),
    postgres({ model: 'users', table: 'app.people', write: merge('user_id', { newestBy: 'received_at' }) }),
  ],
});

/** The same records, counted. */
export const visits = definePipeline({
  name: 'visits',
  trigger: streamOf('visits', { batch: 50, window: seconds(0), publishEvery: hours(1) }),
  freshness: { within: hours(1) },
  sources: {
    records: streamRecords({
      columns,
      dedupe: { by: 'event', within: minutes(10) },
      late: { by: 'registered_at', allow: hours(1) },
      receivedAt: 'received_at',
      onBadRow: quarantine({ maxRate: 1 }),
    }),
  },
  models: { users: rowFunction('./users.ts', { from: 'records', columns: userColumns }) },
  sinks: [
    dynamoTable({
      model: 'users',
      table: 'visitors',
      write: merge('user_id', { newestBy: 'received_at' }),
      live: true,
    }),
    postgres({ model: 'users', table: 'app.visitors', write: merge('user_id', { newestBy: 'received_at' }) }),
  ],
  aggregates: [
    aggregate({
      model: 'users',
      by: ['country'],
      window: seconds(2),
      count: 'visits',
      sum: { scored: 'points' },
      table: 'visits_by_country',
    }),
  ],
});

export interface Sent {
  readonly partitionKey: string;
  readonly data: Buffer;
}

export interface Expected {
  /** event → user, country, points, length of its note */
  readonly events: Map<string, { user: string; country: string | null; points: number; note: number }>;
  /** user → country and points of the newest event */
  readonly users: Map<string, { at: string; country: string | null; points: number }>;
  /** bad records as they were sent, text or base64 */
  readonly bad: string[];
  duplicates: number;
}

const START = Date.parse('2026-11-01T10:00:00Z');
const LARGE = 1_040_000;

/** In the order in which they are to be put on the stream: a user's events are not in the order of their times. */
export function recordsOf(count: number, random: Random): { sent: Sent[]; expected: Expected } {
  const sent: Sent[] = [];
  const expected: Expected = { events: new Map(), users: new Map(), bad: [], duplicates: 0 };
  const repeats: { readonly later: number; readonly one: Sent }[] = [];
  const users = Math.ceil(count / 4);
  const times = shuffled(
    Array.from({ length: count }, (_, index) => START + index),
    random,
  );
  for (let index = 0; index < count; index++) {
    const user = `user-${whole(random, 1, users)}`;
    const points = whole(random, 14, 1_000);
    const country = random() < 0.1 ? null : ['de', 'ch', 'at'][whole(random, 0, 2)]!;
    // Within the dedupe window of one another, unlike anything that is late.
    const at = new Date(times[index]!).toISOString();
    const note = index === Math.floor(count / 2) ? 'x'.repeat(LARGE) : 'hello';
    const body = {
      event: `event-${index}`,
      login: { uuid: user },
      location: { country },
      points,
      note,
      received_at: at,
      registered: { date: at },
    };
    const kind = random();
    if (kind < 0.04 && note === 'hello') {
      const poison = poisonOf(whole(random, 0, POISON.length - 1), body);
      sent.push({ partitionKey: user, data: Buffer.from(poison as string) });
      expected.bad.push(typeof poison === 'string' ? poison : poison.toString('base64'));
      continue;
    }
    const data = Buffer.from(JSON.stringify(body));
    sent.push({ partitionKey: user, data });
    expected.events.set(body.event, { user, country: country?.toUpperCase() ?? null, points, note: note.length });
    const before = expected.users.get(user);
    if (!before || before.at < at) expected.users.set(user, { at, country: country?.toUpperCase() ?? null, points });
    if (kind > 0.92 && note === 'hello') {
      expected.duplicates++;
      // Some at once, some much later.
      const later = random() < 0.5 ? sent.length : Math.min(count * 2, sent.length + whole(random, 1, count));
      repeats.push({ later, one: { partitionKey: user, data } });
    }
  }
  for (const { later, one } of repeats.toSorted((a, b) => b.later - a.later)) {
    // Never before the first of them, which stands further to the front.
    sent.splice(Math.min(later, sent.length), 0, one);
  }
  return { sent, expected };
}

type Body = Readonly<Record<string, unknown>>;

const POISON: readonly ((body: Body) => string | Buffer)[] = [
  () => '{"event": "cut in the mid',
  () => '["not", "an object"]',
  () => 'plain words',
  () => Buffer.from([0xff, 0x00, 0xfe]),
  ({ event: _event, ...rest }) => JSON.stringify(rest),
  (body) => JSON.stringify({ ...body, points: 'many' }),
  (body) => JSON.stringify({ ...body, points: 13 }),
  (body) => JSON.stringify({ ...body, points: -1 }),
  (body) => JSON.stringify({ ...body, registered: { date: '2026-11-01T08:00:00Z' } }),
  (body) => JSON.stringify({ ...body, _sequence: 'mine' }),
];

const poisonOf = (kind: number, body: Body): string | Buffer => POISON[kind]!(body);

function shuffled<T>(values: T[], random: Random): T[] {
  for (let at = values.length - 1; at > 0; at--) {
    const other = whole(random, 0, at);
    [values[at], values[other]] = [values[other]!, values[at]!];
  }
  return values;
}
