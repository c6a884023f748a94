import { watchedLines } from '../../lib/cli/watched-lines';
import { watchedFrom } from '../../lib/operate/watched';

const NOW = new Date('2026-03-10T08:00:00Z');
const before = (hours: number): string => new Date(NOW.getTime() - hours * 3_600_000).toISOString();
process.env.NO_COLOR = '1';

test('what the watch knows of a pipeline stands in lines: ages with their goals, the deadline, what is wrong', () => {
  const watched = watchedFrom(
    {
      since: before(100),
      lookedAt: before(0.5),
      revision: 7,
      withinSeconds: 26 * 3600,
      inputs: { files: before(3) },
      inputsWithin: { files: 3600 },
      deadline: { cron: '0 6 * * MON-FRI', timezone: 'Europe/Berlin' },
      problems: [{ key: 'k', kind: 'deadline', title: 'orders has missed its deadline' }],
    },
    [{ sink: 'redshift:shop.orders', asOf: before(2), publishedAt: before(1), runId: 'r', rows: 3 }],
    NOW,
  );

  expect(watched).toMatchObject({
    tables: [{ name: 'redshift:shop.orders', asOf: before(2), ageSeconds: 7200, withinSeconds: 93_600 }],
    inputs: [{ name: 'files', ageSeconds: 10_800, withinSeconds: 3600 }],
    deadline: { isMissed: true },
    problems: ['orders has missed its deadline'],
  });
  expect(watchedLines(watched).slice(0, 4)).toEqual([
    ['data', 'redshift:shop.orders  2 h 00 min old, at most 26 h 00 min'],
    ['files', 'files  3 h 00 min ago, at most 1 h 00 min'],
    ['deadline', '06:00 Europe/Berlin, MON-FRI: missed'],
    ['problem', 'orders has missed its deadline'],
  ]);
});

test('of a pipeline that nobody has looked at yet nothing is said', () => {
  expect(watchedLines(watchedFrom(undefined, [], NOW))).toEqual([]);
});
