import { runWindow, totals } from '../../lib/cli/run-lines';
import type { FollowedRun } from '../../lib/operate/follow';
import { NOTHING_YET, type Progress, type Step } from '../../lib/operate/history';
import { widthOf } from '../../lib/operate/text';

const NOW = Date.parse('2026-01-31T10:00:10Z');
const step = (name: Step['name'], more: Partial<Step> = {}): Step => ({
  name,
  status: 'running',
  startedAt: new Date(NOW - 5000),
  done: 0,
  begun: 0,
  total: 1,
  failures: 0,
  ...more,
});
const run = (key: string, progress: Partial<Progress> = {}): FollowedRun => ({
  key,
  executionArn: `arn:${key}`,
  progress: { ...NOTHING_YET, startedAt: new Date(NOW - 10_000), ...progress },
});
const ended = (key: string, more: Partial<Progress> = {}): FollowedRun =>
  run(key, { status: 'SUCCEEDED', endedAt: new Date(NOW - 1000), output: { rows: 1, rejected: 0 }, ...more });

test('A window shows step, tasks, rows, bad rows and time, under keys without their common folder', () => {
  const runs: FollowedRun[] = [
    run('orders/a.csv', {
      steps: [step('Admit', { status: 'done', done: 1 }), step('Extract', { done: 2, total: 40, failures: 1 })],
      rows: 20_000,
      rejected: 7,
    }),
    ended('orders/späte 山田.csv', { output: { outcome: 'duplicate' } }),
    run('orders/c.csv', { status: 'FAILED', endedAt: new Date(NOW), steps: [step('Admit', { status: 'failed' })] }),
    { key: 'orders/d.csv', progress: NOTHING_YET },
  ];

  expect(runWindow(runs, { rows: 10, columns: 80, now: NOW })).toEqual([
    '▸ a.csv          ■◧□□□□□  Extract 2/40, 1 retry  20,000 rows  7 bad  10.0 s',
    '✓ späte 山田.csv          duplicate                                   9.0 s',
    '✗ c.csv          ■□□□□□□  failed                                     10.0 s',
    '· d.csv          □□□□□□□  waiting',
  ]);
});

test('A window of hundreds of runs keeps within its rows and columns, and shows those at work first', () => {
  const runs = [
    ...Array.from({ length: 300 }, (_, i) => ended(`orders/2026/ended with a very long name that needs room ${i}.csv`)),
    ...Array.from({ length: 100 }, (_, i) => ({ key: `orders/2026/waiting ${i}.csv`, progress: NOTHING_YET })),
    run('orders/2026/at-work.csv', { steps: [step('Load', { done: 1, total: 4 })] }),
  ];

  const lines = runWindow(runs, { rows: 12, columns: 80, now: NOW });

  expect(lines).toHaveLength(12);
  expect(lines[0]).toContain('at-work.csv');
  expect(lines.at(-1)).toBe('  and 390 more: 290 ended, 0 running, 100 waiting');
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
});

test('Totals count what has ended, what has failed, rows and bad rows', () => {
  expect(
    totals([ended('a', { rows: 10 }), run('b', { rows: 5, rejected: 1 }), run('c', { status: 'TIMED_OUT' })]),
  ).toBe('2 of 3 runs ended, 1 failed, 15 rows, 1 bad');
});

test('A run without some partitions is partial, and marked', () => {
  const failed = [{ source: 'observations', partition: '7', cause: 'It does not answer.' }];

  const [line] = runWindow([ended('weather 2026-01-31 08:05–09:05', { output: { rows: 58, rejected: 0, failed } })], {
    rows: 10,
    columns: 80,
    now: NOW,
  });

  expect(line).toMatch(/^! weather 2026-01-31 08:05–09:05 .* partial /);
});
