import {
  append,
  bigint,
  cron,
  csv,
  hours,
  httpApi,
  lake,
  landedFiles,
  minutes,
  postgres,
  s3Arrival,
  sql,
} from '../../lib/pipeline';
import { deadlineCron, intervalsEnding, isNeverDue } from '../../lib/tasks/deadlines';
import { mistakes as mistakesOf } from './definitions';

const orders = landedFiles({ glob: 'orders/*.csv', format: csv(), columns: { id: bigint() } });
const base = {
  name: 'shop',
  trigger: s3Arrival('orders/*.csv'),
  sources: { orders },
  models: { rows: sql.text('SELECT id FROM orders') },
  sinks: [postgres({ model: 'rows', table: 'shop.rows', write: append() })],
};

const mistakes = (more: object): string[] => mistakesOf({ ...base, ...more });

test('goals, deadlines, the comparison of ledgers and a dashboard may be declared', () => {
  const watched = {
    freshness: { within: hours(26), inputs: { orders: hours(25) } },
    deadline: { by: '06:00', timezone: 'Europe/Berlin', days: 'MON-FRI' },
    reconcile: true,
    dashboard: true,
  };
  expect(mistakes(watched)).toEqual([]);
  expect(mistakes({ deadline: { by: '23:59' }, freshness: { within: hours(1) } })).toEqual([]);
});

test.each<[string, object, string]>([
  [
    'a goal that is shorter than the hour of a look',
    { freshness: { within: minutes(10) } },
    'freshness.within is 600 s: it is looked at once an hour. Use at least hours(1).',
  ],
  ['no goal', { freshness: {} }, 'freshness is {}: it says nothing. Use e.g. freshness: { within: hours(26) }.'],
  [
    'a number for a duration',
    { freshness: { within: 26 } },
    'freshness.within is 26: a duration is made by seconds(), minutes() or hours(). Use e.g. minutes(5).',
  ],
  [
    'no source',
    { freshness: { inputs: {} } },
    'freshness.inputs is {}: it names no source. Name one, or leave inputs out.',
  ],
  [
    'a source that there is not',
    { freshness: { inputs: { order: hours(2) } } },
    "freshness.inputs.order is 'order': no source has that name. Did you mean 'orders'?",
  ],
  [
    'a misspelt goal',
    { freshness: { withins: hours(26) } },
    "freshness.withins is 93600 s: there is no such option. Did you mean 'within'?",
  ],
  [
    'a time that is none',
    { deadline: { by: '6:00' } },
    "deadline.by is '6:00': by is a time of day, 00:00 to 23:59. Use e.g. by: '06:00'.",
  ],
  [
    'a time zone that is none',
    { deadline: { by: '06:00', timezone: 'Berlin' } },
    "deadline.timezone is 'Berlin': a time zone is an IANA name. Use e.g. 'Europe/Berlin'.",
  ],
  [
    'days that are none',
    { deadline: { by: '06:00', days: 'weekdays' } },
    "deadline.days is 'weekdays': days are those of a crontab: 'MON-FRI', '0,6'. Use e.g. days: 'MON-FRI', or leave it out for every day.",
  ],
  [
    'a misspelt option',
    { deadline: { by: '06:00', timeZone: 'UTC' } },
    "deadline.timeZone is 'UTC': there is no such option. Did you mean 'timezone'?",
  ],
  [
    'a word for yes',
    { reconcile: 'daily' },
    "reconcile is 'daily': reconcile is true or false. Use true to compare the load ledgers once a day.",
  ],
  [
    'a word for a page',
    { dashboard: 'yes' },
    "dashboard is 'yes': dashboard is true or false. Use true for a page of its own.",
  ],
  [
    'ledgers that there are not',
    { reconcile: true, sinks: [lake({ model: 'rows', table: 'shop.rows', write: append(), partitionBy: [] })] },
    'reconcile is true: there is no load ledger to compare: Redshift and PostgreSQL have one. Leave it out.',
  ],
])('%s is refused, with what to write', (_, more, expected) => {
  expect(mistakes(more)).toContain(expected);
});

test('no files come of a source that is asked', () => {
  const api = httpApi({ url: 'https://example.com/a', columns: { id: bigint() } });
  const more = {
    trigger: cron('0 1 * * *'),
    sources: { orders: api },
    freshness: { inputs: { orders: hours(2) } },
  };
  expect(mistakes(more)).toEqual([
    "freshness.inputs.orders is 'orders': no files land for that source: its data are asked for. Leave it out: freshness: { within: … } tells when nothing new is published.",
  ]);
});

test('a deadline at the very time of the schedule is refused: nothing would ever be due', () => {
  const api = httpApi({ url: 'https://example.com/a', columns: { id: bigint() } });
  const at = (crontab: string, by: string, timezone = 'Europe/Berlin') =>
    mistakes({
      trigger: cron(crontab, { timezone: 'Europe/Berlin' }),
      sources: { orders: api },
      deadline: { by, timezone },
    });

  expect(at('0 6 * * *', '06:00')).toEqual([
    "deadline.by is '06:00': runs start at that very time (0 6 * * *), so that none can have ended by then. Name a time by which a run has ended, e.g. an hour later.",
  ]);
  expect(at('0 6 * * *', '07:00')).toEqual([]);
  expect(at('0 6 * * *', '06:00', 'UTC')).toEqual([]);
  expect(at('0 * * * *', '06:00')).toEqual([]);
});

test('what is due by a deadline ends before it, and after the one before', () => {
  const daily = { cron: '0 1 * * *', timezone: 'Europe/Berlin' };
  const due = (from: string, at: string) => intervalsEnding(daily, new Date(from), new Date(at)).map(({ end }) => end);

  // The clock goes back on 25 October: a day of 25 hours.
  expect(due('2026-10-24T04:00:00Z', '2026-10-25T05:00:00Z')).toEqual(['2026-10-24T23:00:00.000Z']);
  expect(due('2026-10-23T04:00:00Z', '2026-10-26T05:00:00Z')).toEqual([
    '2026-10-23T23:00:00.000Z',
    '2026-10-24T23:00:00.000Z',
    '2026-10-26T00:00:00.000Z',
  ]);
  expect(due('2026-10-24T04:00:00Z', '2026-10-24T23:00:00Z')).toEqual([]);
  expect(deadlineCron({ by: '06:05', days: ' MON-FRI ' })).toBe('5 6 * * MON-FRI');
  expect(isNeverDue(daily, { cron: '0 1 * * *', timezone: 'Europe/Berlin' })).toBe(true);
});
