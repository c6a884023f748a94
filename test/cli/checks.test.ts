import { checkTable } from '../../lib/cli/checks';
import type { CheckResult } from '../../lib/tasks/check';

const passed = (n: number): CheckResult => ({
  check: `notNull(orders.c${n})`,
  severity: 'error',
  outcome: 'passed',
  rule: `c${n} must not be NULL`,
  bad: 0,
});

test('checks that failed come first, with what was found; of many that passed the number is told', () => {
  const lines = checkTable(
    [
      passed(1),
      {
        check: 'volume(orders)',
        severity: 'error',
        outcome: 'failed',
        rule: 'the number of rows must be at most 5',
        value: '9',
      },
      { check: 'unique(orders.id)', severity: 'warn', outcome: 'failed', rule: 'id must be unique', bad: 2 },
      { ...passed(2), note: 'there are no values to judge' },
      ...Array.from({ length: 5 }, (_, n) => passed(n + 3)),
    ],
    3,
  ).map((line) => line.replace(/\s+/g, ' ').trim());

  expect(lines).toEqual([
    '',
    'Checks: 7 of 9 passed',
    'Check Must hold Found',
    '✗ volume(orders) the number of rows must be at most 5 9',
    '! unique(orders.id) id must be unique 2 rows',
    '✓ notNull(orders.c1) c1 must not be NULL',
    '✓ notNull(orders.c2) c2 must not be NULL (there are no values to judge)',
    '✓ notNull(orders.c3) c3 must not be NULL',
    'and 4 more that passed',
  ]);
  expect(checkTable([])).toEqual([]);
});
