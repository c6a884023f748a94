import { matchHeader } from '../../../lambdas/shared/contract/match-header';
import type { ContractColumn } from '../../../lib/tasks/common';

const contract = Array.from(
  { length: 67 },
  (_, n): ContractColumn =>
    ({ name: `column_${n}`, type: { type: 'text' }, nullable: true, key: false }) as ContractColumn,
);

test('of very many columns that are missing or new, some are named and all are counted', () => {
  const header = Array.from({ length: 40 }, (_, n) => `x${n}`);
  const message = messageOf(() => matchHeader(header, contract, 'fail', { file: 'a.csv', source: 'orders' }));

  expect(message).toContain("67 of 67 columns are missing, e.g. 'column_0' (text), ");
  expect(message).toContain("; 40 columns are new, e.g. 'x0', ");
  expect(message).not.toContain('column_10');
  expect(message).not.toContain('x10');
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
