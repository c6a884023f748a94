import { replacedInterval, writeOf } from '../../../lambdas/shared/replaced-interval';
import type { Run, WriteMode } from '../../../lib/tasks/common';

const run = (more: Partial<Run>): Run => ({
  pipeline: 'people',
  runId: 'run-1',
  executionArn: 'arn',
  startedAt: '2026-11-03T00:00:00.000Z',
  loadKey: 'people:1',
  loadId: '1',
  generation: 0,
  arrival: '2026-11-03T00:00:00.000Z#',
  ...more,
});
const rebuilds = { column: 'received_at', start: '2026-11-01T00:00:00.000Z', end: '2026-11-02T00:00:00.000Z' };
const append: WriteMode = { mode: 'append' };
const merge: WriteMode = { mode: 'merge', keys: ['id'], newestBy: 'received_at' };

test('what is appended replaces the span of a rebuild, in UTC; other write modes stay as they are', () => {
  expect(writeOf(run({ rebuilds }), append)).toEqual({ mode: 'replace', interval: 'received_at' });
  expect(replacedInterval(run({ rebuilds }), append)).toEqual({
    column: 'received_at',
    start: '2026-11-01 00:00:00.000',
    end: '2026-11-02 00:00:00.000',
  });
  const again = writeOf(run({ rebuilds }), append);
  expect(replacedInterval(run({ rebuilds }), again)).toEqual(replacedInterval(run({ rebuilds }), append));
  expect(writeOf(run({ rebuilds }), merge)).toBe(merge);
  expect(replacedInterval(run({ rebuilds }), merge)).toBeUndefined();
});

test('other runs append', () => {
  expect(writeOf(run({}), append)).toBe(append);
  expect(replacedInterval(run({}), append)).toBeUndefined();
});
