/** What may change in a contract, and what may not. */
import { contractSchema } from '../../../lib/compiler/contract';
import { describeChanges, incompatibilities } from '../../../lib/compiler/contract/changes';
import type { ColumnType, ContractColumn, OnDrift } from '../../../lib/tasks/common';

const IGNORE: OnDrift = { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' };
const column = (name: string, type: ColumnType, more: Partial<ContractColumn> = {}): ContractColumn => ({
  name,
  type,
  nullable: true,
  key: false,
  ...more,
});
const schemaOf = (columns: readonly ContractColumn[], onDrift = IGNORE) =>
  contractSchema({ stream: 'users', columns, onDrift });

const ID = column('user_id', { type: 'text', length: 36 }, { from: 'login.uuid', nullable: false, key: true });
const AGE = column('age', { type: 'integer' }, { from: 'dob.age' });
const BALANCE = column('balance', { type: 'decimal', precision: 12, scale: 2 });
const NOTE = column('note', { type: 'text', length: 20 });
const BEFORE = [ID, AGE, BALANCE, NOTE];

/** The column of that name is another one. */
const withColumn = (changed: ContractColumn): ContractColumn[] =>
  BEFORE.map((one) => (one.name === changed.name ? changed : one));

test.each<[string, ContractColumn[], string[]]>([
  ['nothing', BEFORE, []],
  ['the order', [...BEFORE].reverse(), []],
  ['a nullable column', [...BEFORE, column('city', { type: 'text' })], ['column city added']],
  [
    'a nullable column beside another',
    [...BEFORE, column('uid', { type: 'text' }, { from: 'login.id' })],
    ['column uid added'],
  ],
  ['a column less', [ID, AGE, BALANCE], ['column note is no longer read']],
  ['a wider integer', withColumn({ ...AGE, type: { type: 'bigint' } }), ['column age is bigint, before integer']],
  [
    'an integer with decimals',
    withColumn({ ...AGE, type: { type: 'decimal', precision: 12, scale: 2 } }),
    ['column age is decimal(12, 2), before integer'],
  ],
  [
    'more digits',
    withColumn({ ...BALANCE, type: { type: 'decimal', precision: 14, scale: 4 } }),
    ['column balance is decimal(14, 4), before decimal(12, 2)'],
  ],
  [
    'a longer text',
    withColumn({ ...NOTE, type: { type: 'text', length: 40 } }),
    ['column note is text(40), before text(20)'],
  ],
  ['a number that is any text', withColumn({ ...AGE, type: { type: 'text' } }), ['column age is text, before integer']],
  [
    'a column that may be left out',
    withColumn({ ...ID, nullable: true, key: false }),
    ['column user_id may be left out'],
  ],
  [
    'another place',
    withColumn({ ...AGE, from: 'dob.years' }),
    ['column age is read from /dob/years, before from /dob/age'],
  ],
])('A contract may change: %s', (_, after, told) => {
  expect(incompatibilities(schemaOf(BEFORE), schemaOf(after), 'columns')).toEqual([]);
  expect(describeChanges(schemaOf(BEFORE), schemaOf(after))).toEqual(told);
});

const IN_THE_STREAM = 'records that are in the stream already, or that producers of the last contract go on to send';
const OTHERWISE =
  'Leave it as it was, and add a nullable column beside it; or give the new contract a stream of its own, and move the producers to that.';

test.each<[string, ContractColumn[], { field: string; value?: string; rule: string; remedy: string }]>([
  [
    'a new column that may not be empty',
    [...BEFORE, column('city', { type: 'text' }, { nullable: false })],
    {
      field: 'columns.city',
      value: 'text',
      rule: `it is new, and may not be empty: ${IN_THE_STREAM}, have none and could not be read`,
      remedy:
        'Make it nullable (no .notNull(), no key), and let missing members be NULL (onDrift); or give the new contract a stream of its own.',
    },
  ],
  [
    'a column that may not be empty any more',
    withColumn({ ...AGE, nullable: false }),
    {
      field: 'columns.age',
      value: 'integer',
      rule: `it could be left out, and now it may not: ${IN_THE_STREAM}, have none and could not be read`,
      remedy:
        'Make it nullable (no .notNull(), no key, as it was), and let missing members be NULL (onDrift); or give the new contract a stream of its own.',
    },
  ],
  [
    'another type',
    withColumn({ ...NOTE, type: { type: 'date' } }),
    {
      field: 'columns.note',
      value: 'date',
      rule: `it was text(20), and ${IN_THE_STREAM}, may hold what does not fit any more (type number, boolean is no longer allowed)`,
      remedy: OTHERWISE,
    },
  ],
  [
    'a shorter text',
    withColumn({ ...NOTE, type: { type: 'text', length: 10 } }),
    {
      field: 'columns.note',
      value: 'text(10)',
      rule: `it was text(20), and ${IN_THE_STREAM}, may hold what does not fit any more (maxLength is 10, before 20)`,
      remedy: OTHERWISE,
    },
  ],
  [
    'fewer decimals',
    withColumn({ ...BALANCE, type: { type: 'decimal', precision: 11, scale: 1 } }),
    {
      field: 'columns.balance',
      value: 'decimal(11, 1)',
      rule: `it was decimal(12, 2), and ${IN_THE_STREAM}, may hold what does not fit any more (decimals: 1, before 2)`,
      remedy: OTHERWISE,
    },
  ],
])('A contract may not change: %s', (_, after, problem) => {
  expect(incompatibilities(schemaOf(BEFORE), schemaOf(after), 'columns')).toEqual([problem]);
});

test('A narrower number, and a column of a list that must be there, are told by their columns', () => {
  const tags = column('tag', { type: 'text' }, { from: 'tags[0]' });
  const before = schemaOf([{ ...AGE, type: { type: 'bigint' } }, tags]);
  const after = schemaOf([AGE, { ...tags, nullable: false }]);

  expect(incompatibilities(before, after, 'columns').map(({ field }) => field)).toEqual(['columns.tag', 'columns.age']);
});

test('Where missing members are bad records, a new column is no small change', () => {
  const onDrift: OnDrift = { newColumns: 'ignore', missingColumns: 'quarantine', changedTypes: 'quarantine' };

  const [problem] = incompatibilities(
    schemaOf(BEFORE, onDrift),
    schemaOf([...BEFORE, column('city', { type: 'text' })], onDrift),
    'columns',
  );

  expect(problem?.field).toBe('columns.city');
});

test('Members that the contract does not know may not become bad records', () => {
  const onDrift: OnDrift = { newColumns: 'quarantine', missingColumns: 'ignore', changedTypes: 'quarantine' };

  expect(incompatibilities(schemaOf(BEFORE), schemaOf(BEFORE, onDrift), 'columns')).toEqual([
    {
      field: 'columns',
      rule: `further properties are no longer allowed: ${IN_THE_STREAM}, could not be read`,
      remedy: OTHERWISE,
    },
  ]);
});
