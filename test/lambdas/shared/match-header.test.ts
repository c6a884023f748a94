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

describe('of a contract with personal data', () => {
  const pii: ContractColumn[] = [
    { name: 'id', type: { type: 'bigint' }, nullable: false, key: true },
    { name: 'email', type: { type: 'text' }, nullable: true, key: false, pii: 'hash' },
    { name: 'city', type: { type: 'text' }, nullable: true, key: false },
  ];
  const messageOf = (header: string[], names?: 'schema' | 'members') => {
    const place = { file: 'Table people', source: 'people', ...(names ? { names } : {}) };
    try {
      matchHeader(header, pii, 'fail', place);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('new names are told where they are names for sure', () => {
    // a table has columns, whatever they are called
    expect(messageOf(['pk', 'mail', 'town'], 'schema')).toContain("new: 'pk', 'mail', 'town'");
    // an object with a member of the contract is a row
    expect(messageOf(['id', 'mail', 'city'], 'members')).toContain("If 'mail' is the new name of email");
    // a line with most of the contract's names is a header
    expect(messageOf(['id', 'mail', 'city'])).toContain("new: 'mail'");
  });

  test('where they may be values they are counted', () => {
    for (const message of [
      messageOf(['17', 'anna@example.com', 'Graz']),
      // a value that is a name by chance
      messageOf(['17', 'anna@example.com', 'City']),
      // an object that is keyed by what it holds
      messageOf(['anna@example.com', 'ben@example.com'], 'members'),
    ]) {
      expect(message).toMatch(/new: [23] columns \(not named/);
      expect(message).not.toContain('anna@');
      expect(message).toContain("missing: 'id' (bigint)");
    }
  });
});
