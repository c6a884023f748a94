/** Arrivals that are gathered: what may be declared, and what each mistake says. */
import { fileCount, hours, marker, minutes, quiet, replace, s3Arrival, seconds } from '../../lib/pipeline';
import { gatherPlanOf } from '../../lib/pipeline/gather';
import { mistakes, shop } from './definitions';

const LONG = `orders/{${'a,'.repeat(430)}b}/*.csv`;
const DAY = 'orders/{yyyy}/{MM}/{dd}/*.csv';

/** The mistakes of a shop with this trigger. */
function of(trigger: unknown, { glob = 'orders/*.csv', write }: { glob?: string; write?: unknown } = {}): string[] {
  const definition = { ...shop(), trigger };
  definition.sources.orders = {
    ...definition.sources.orders,
    files: [{ ...definition.sources.orders.files[0], glob }],
  };
  if (write) definition.sinks = [{ ...definition.sinks[0], write }];
  return mistakes(definition);
}

test.each([
  ['a batch', s3Arrival('orders/*.csv', { batch: { maxFiles: 500, window: minutes(5) } }), {}],
  ['a batch of each day', s3Arrival(DAY, { batch: { maxFiles: 10, window: seconds(30) } }), { glob: DAY }],
  [
    'a marker beside the files',
    s3Arrival(DAY, { whole: marker('_SUCCESS'), deadline: { by: '06:00' } }),
    { glob: DAY },
  ],
  ['a marker elsewhere', s3Arrival(DAY, { whole: marker('done/{yyyy}-{MM}-{dd}.ok') }), {}],
  ['so many files', s3Arrival('orders/*.csv', { whole: fileCount(24), deadline: { within: hours(3) } }), {}],
  ['a quiet time', s3Arrival('orders/*.csv', { whole: quiet(minutes(10)) }), {}],
  ['a snapshot', s3Arrival('orders/*.csv', { whole: marker('_SUCCESS') }), { write: replace() }],
])('%s is right', (_, trigger, more) => {
  expect(of(trigger, more)).toEqual([]);
});

test.each<[unknown, Parameters<typeof of>[1], string[]]>([
  [
    s3Arrival(DAY),
    { glob: DAY },
    [
      "sources.orders.files[0].glob is 'orders/{yyyy}/{MM}/{dd}/*.csv': a run that a file starts has no date. Write * in place of {yyyy}, or use cron().",
      "trigger.patterns[0] is 'orders/{yyyy}/{MM}/{dd}/*.csv': each file starts a run of its own, whatever date it is named by. Write * in place of {yyyy}, or load the files of each date together: s3Arrival('…', { whole: quiet(minutes(10)) }).",
    ],
  ],
  [
    s3Arrival('orders/*.csv', { whole: quiet(10 as never) }),
    {},
    ['trigger.whole is quiet(10): its argument (after) must be an object, not a number. Write quiet(minutes(10)).'],
  ],
  [
    s3Arrival('orders/*.csv', { whole: fileCount(0), deadline: { by: '6:00' } }),
    {},
    [
      'trigger.whole.count is 0: files are at least 1. Use e.g. fileCount(24).',
      "trigger.deadline.by is '6:00': a time of the clock is written as 06:00. Use e.g. by: '06:00'.",
    ],
  ],
  [
    s3Arrival('orders/*.csv', { whole: '_SUCCESS', deadline: { by: '06:00', within: hours(2) } } as never),
    {},
    [
      "trigger.whole is '_SUCCESS': whole is made by marker(), fileCount() or quiet(). Use e.g. whole: marker('_SUCCESS').",
      `trigger.deadline is {"by":"06:00","within":{"seconds":7200}}: a deadline has by or within, not both. Use e.g. { by: '06:00', timezone: 'Europe/Berlin' }, or { within: hours(3) } after the first file.`,
    ],
  ],
  [
    s3Arrival('orders/*.csv', { whole: fileCount(2), deadline: { within: hours(2), timezone: 'UTC' } as never }),
    {},
    [
      `trigger.deadline is {"within":{"seconds":7200},"timezone":"UTC"}: timezone and daysLater are of a time of the clock, by. Use e.g. { by: '06:00', timezone: 'UTC' }.`,
    ],
  ],
  [
    s3Arrival('orders/*.csv', { batch: { maxFiles: 20_000, window: 5 as never }, deadline: { within: hours(2) } }),
    { write: replace() },
    [
      'trigger.batch.maxFiles is 20000: files of one run are at most 10,000. Use e.g. maxFiles: 500.',
      'trigger.batch.window is 5: a duration is made by seconds(), minutes() or hours(). Use e.g. minutes(5).',
      `trigger.deadline is {"within":{"seconds":7200}}: a batch never waits longer than its window. Say when they are, e.g. whole: marker('_SUCCESS'), or remove it.`,
      "sinks[0].write is replace(): each batch would take the place of the whole table. Use merge(key) or append(), or wait for all files: whole: marker('_SUCCESS').",
    ],
  ],
  [
    s3Arrival(DAY, { whole: marker('_SUCCESS') }),
    { write: replace() },
    [
      'sinks[0].write is replace(): a file that comes late would take the place of the whole table, alone. Use merge(key) or append(), or name no dates: each delivery is then a set of its own, and what comes late belongs to the next.',
    ],
  ],
  [
    s3Arrival(LONG, `${LONG}.gz`, `${LONG}.bz2`, { whole: fileCount(2) }),
    { glob: 'orders/**' },
    [
      'trigger.patterns: they have 2635 characters together, and there is room for 2500 where files are gathered. Write fewer, coarser ones: what no source reads is left out.',
    ],
  ],
  [
    s3Arrival('orders/*.csv', 'orders/b/*.csv', { whole: marker('_SUCCESS'), deadlines: {} } as never),
    {},
    [
      "trigger.deadlines is {}: there is no such option. Did you mean 'deadline'?",
      "trigger.whole.file is '_SUCCESS': the patterns have several folders, and it would be one of orders/_SUCCESS, orders/b/_SUCCESS. Name the one that counts, e.g. marker('orders/_SUCCESS').",
    ],
  ],
  [
    s3Arrival('orders/{yyyy}-{MM}-{dd}-*.csv', { whole: marker('_SUCCESS') }),
    {},
    [
      "trigger.whole.file is '_SUCCESS': the patterns name {yyyy}, {MM}, {dd}, so it must say which of their files are whole. Write e.g. marker('orders/{yyyy}-{MM}-{dd}.done').",
    ],
  ],
  [
    s3Arrival('orders/*.csv', { whole: marker('orders/{yyyy}/x') }),
    { glob: DAY },
    [
      "trigger.whole.file is 'orders/{yyyy}/x': it names a date, and the patterns name none. Write the date in the patterns, or * in place of it here.",
      "sources.orders.files[0].glob is 'orders/{yyyy}/{MM}/{dd}/*.csv': the trigger's patterns name no date. Write s3Arrival('orders/{yyyy}/{MM}/{dd}/*.csv', …) as well, or * here.",
    ],
  ],
  [
    s3Arrival(DAY, 'orders/*.csv', {
      whole: fileCount(3),
      batch: { maxFiles: 3, window: minutes(1), max: 3 } as never,
    }),
    {},
    [
      'trigger.batch.max is 3: there is no such option. Known: maxFiles, window.',
      `trigger.batch is {"maxFiles":3,"window":{"seconds":60},"max":3}: a batch starts with what is there, whole waits until all is there. Use one of them.`,
      "trigger.patterns[1] is 'orders/*.csv': it names other dates than 'orders/{yyyy}/{MM}/{dd}/*.csv', so files of the two are never of one group. Write {yyyy}, {MM}, {dd} in both.",
    ],
  ],
  [
    s3Arrival('orders/*.csv', { whole: fileCount(3), deadline: { by: '06:00', daysLater: 2 } }),
    {},
    [
      "trigger.deadline.daysLater is 2: the patterns name no date that days could be counted from. Remove it, or write e.g. s3Arrival('sales/{yyyy}/{MM}/{dd}/*.csv', …).",
    ],
  ],
])('mistake %#', (trigger, more, expected) => {
  expect(of(trigger, more)).toEqual(expected);
});

test('what the function that gathers is told', () => {
  const trigger = s3Arrival(DAY, { whole: marker('_SUCCESS'), deadline: { by: '06:00', timezone: 'Europe/Berlin' } });
  expect(gatherPlanOf(trigger)).toEqual({
    patterns: [DAY],
    rule: { kind: 'marker', globs: ['orders/{yyyy}/{MM}/{dd}/_SUCCESS'] },
    deadline: { kind: 'by', time: '06:00', timezone: 'Europe/Berlin', daysLater: 1 },
  });
  expect(gatherPlanOf(s3Arrival('orders/*.csv'))).toBeUndefined();
});
