import { spanOf } from '../../../lambdas/rebuild/span';

const NOW = '2026-11-22T03:00:00.000Z';
const days = { wholeDays: true };
const times = { wholeDays: false };

test('days and times in UTC are a span', () => {
  expect(spanOf({ from: '2026-11-01', to: '2026-11-03' }, days, NOW)).toEqual({
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-11-03T00:00:00.000Z',
  });
  expect(spanOf({ from: '2026-11-01T06:00Z', to: NOW }, times, NOW)).toEqual({
    from: '2026-11-01T06:00:00.000Z',
    to: NOW,
  });
});

test.each<[unknown, { wholeDays: boolean }, RegExp]>([
  [undefined, times, /"rebuild": undefined. Accepted is/],
  [{ from: 'yesterday', to: '2026-11-02' }, times, /Accepted is/],
  [{ from: '2026-11-01T06:00+01:00', to: '2026-11-02' }, times, /Accepted is/],
  [{ from: '2026-11-03', to: '2026-11-03' }, times, /it ends before it begins/],
  [{ from: '2026-11-01', to: '2026-11-23' }, days, /ends after the run was started/],
  [{ from: '2026-11-01', to: '2026-11-02T06:00Z' }, days, /not one of whole days/],
])('refused: %j', (asked, raw, message) => {
  expect(() => spanOf(asked, raw, NOW)).toThrow(message);
});
