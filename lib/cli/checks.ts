/** What the checks of a run found, as a table. */

import { plural, shorten } from '../operate/text';
import type { CheckResult } from '../tasks/check';
import { bold, green, red, table, yellow } from './terminal';

const CHECK_WIDTH = 44;
const RULE_WIDTH = 70;

/** Those that failed come first; of many that passed only the number is told. */
export function checkTable(checks: readonly CheckResult[], mostPassed = 20): string[] {
  if (checks.length === 0) return [];
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  const passed = checks.filter(({ outcome }) => outcome === 'passed');
  const shown = [...failed, ...passed.slice(0, mostPassed)];
  const more = passed.length - Math.min(passed.length, mostPassed);
  return [
    '',
    bold(`Checks: ${passed.length} of ${checks.length} passed`),
    ...table(
      ['', 'Check', 'Must hold', 'Found'],
      shown.map((one) => [markOf(one), shorten(one.check, CHECK_WIDTH), shorten(one.rule, RULE_WIDTH), foundIn(one)]),
    ),
    ...(more > 0 ? [`  and ${more} more that passed`] : []),
  ];
}

function markOf({ outcome, severity }: CheckResult): string {
  if (outcome === 'passed') return green('✓');
  return severity === 'error' ? red('✗') : yellow('!');
}

/** A note says more than the number that it is about. */
function foundIn({ value, bad, note }: CheckResult): string {
  const found = value ?? (bad === undefined || bad === 0 ? '' : plural(bad, 'row'));
  return note === undefined ? found : [found, `(${note})`].join(' ').trim();
}
