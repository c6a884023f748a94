import { firesWithin } from '../../lib/pipeline/fires-within';

test.each([
  ['5 * * * *', 'hour', false],
  ['*/30 9-17 * * 1-5', 'hour', true],
  ['5 * * * *', 'day', true],
  ['0 8,20 * * *', 'day', true],
  ['0 1 * * *', 'day', false],
  ['30 6 * * 1-5', 'day', false],
  ['0 0 * * 0', 'month', true],
  ['15 4 1 * *', 'month', false],
  ['0 0 1 * *', 'year', true],
  ['0 0 1 1 *', 'year', false],
  ['every day', 'day', false],
] as const)('whether %s fires several times in one %s: %s', (cron, unit, several) => {
  expect(firesWithin(cron, unit)).toBe(several);
});
