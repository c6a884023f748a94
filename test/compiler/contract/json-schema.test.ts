/** The contract of a stream as a JSON Schema, held against the judge that reads the records. */
import Ajv from 'ajv';
import fc from 'fast-check';
import { JsonRecords } from '../../../lambdas/shared/contract/judge-json';
import { PartitionDrift } from '../../../lambdas/shared/contract/partition-drift';
import { contractSchema } from '../../../lib/compiler/contract';
import type { ColumnType, ContractColumn, OnDrift } from '../../../lib/tasks/common';

const IGNORE: OnDrift = { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' };
const column = (name: string, type: ColumnType, more: Partial<ContractColumn> = {}): ContractColumn => ({
  name,
  type,
  nullable: true,
  key: false,
  ...more,
});

/** Why the judge refuses a record; undefined where it takes it. */
function refusal(columns: readonly ContractColumn[], onDrift: OnDrift, record: string): string | undefined {
  const judged = new JsonRecords({
    contract: columns,
    drift: new PartitionDrift({ name: 'records', columns, onDrift }),
    extras: new Map(),
    nulled: new Set(),
    place: { file: 'test', source: 'records' },
    isStaged: true,
  }).judge(record);
  return 'reason' in judged ? judged.reason : undefined;
}

function validator(columns: readonly ContractColumn[], onDrift: OnDrift = IGNORE) {
  const validate = new Ajv({ allErrors: false, strict: false }).compile(
    contractSchema({ stream: 'users', columns, onDrift }),
  );
  return (record: string) => validate(JSON.parse(record)) as boolean;
}

const TYPES: readonly ColumnType[] = [
  { type: 'bigint' },
  { type: 'integer' },
  { type: 'decimal', precision: 6, scale: 2 },
  { type: 'decimal', precision: 4, scale: 4 },
  { type: 'double' },
  { type: 'text' },
  { type: 'text', length: 5 },
  { type: 'boolean' },
  { type: 'date' },
  { type: 'timestamp' },
  { type: 'json' },
];

/** Where a column is read from: beside others, within them, and in lists. */
const PATHS = ['id', 'login.uuid', 'login.name', 'dob', 'dob.date', 'tags[0]', 'tags[2].name', 'a.0.b'];

const columnsOf = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom(...TYPES), fc.constantFrom('null', 'notNull', 'key')),
    { selector: ([from]) => from, minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map(([from, type, presence], index) =>
      column(`c${index}`, type, { from, nullable: presence === 'null', key: presence === 'key' }),
    ),
  );

const values = fc.oneof(
  fc.constantFrom<unknown>(null, '', ' ', true, false, 0, 1, 2, -1, 1.5, 0.1234, 99.99, 9999.99, 10_000, 12.345),
  fc.constantFrom<unknown>(2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 53 - 1, 1e15),
  fc.constantFrom('0', '12', ' 12 ', '+1', '1.50', '.5', '5.', '1e3', '12a', '2147483648', '10000', '0.12345', '-0'),
  fc.constantFrom('true', 'YES', 'n', 'f', 'maybe', 'TRUE ', '2026-01-31', '2026/1/5', '2026-02-30', '2026-1'),
  fc.constantFrom('2026-01-31T10:00:00Z', '2026-01-31 10:00', '2026-01-31T25:00:00Z', '2026-01-31T10:00:00.123+02:00'),
  fc.constantFrom(
    '2026-01-31 10:00:00 utc',
    '2026-01-31T10:00:00+0200',
    'abcde',
    'abcdef',
    '😀😀😀😀😀',
    '😀😀😀😀😀😀',
  ),
  fc.constantFrom<unknown>({}, [], { a: 1 }, [1]),
  fc.string({ maxLength: 7 }),
  fc.integer(),
);

/** A record with something at each path, or nothing. */
const recordOf = (columns: readonly ContractColumn[]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...columns), fc.option(values, { nil: undefined })), { maxLength: 8 })
    .map((all) => {
      const record: Record<string, unknown> = { other: 1 };
      for (const [{ from }, value] of all) if (value !== undefined) put(record, from!, structuredClone(value));
      return JSON.stringify(record);
    });

function put(record: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  let at: Record<string, unknown> = record;
  for (const [index, step] of steps.entries()) {
    if (index === steps.length - 1) at[step] = value;
    else {
      const next = at[step];
      if (typeof next !== 'object' || next === null) at[step] = /^\d+$/.test(steps[index + 1]!) ? [] : {};
      at = at[step] as Record<string, unknown>;
    }
  }
}

const cases = columnsOf.chain((columns) =>
  fc.tuple(fc.constant(columns), fc.array(recordOf(columns), { minLength: 20, maxLength: 20 })),
);

test('What the judge takes, the schema allows', () => {
  fc.assert(
    fc.property(cases, ([columns, records]) => {
      const isAllowed = validator(columns);
      const taken = records.filter((record) => refusal(columns, IGNORE, record) === undefined);
      expect(taken.filter((record) => !isAllowed(record))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

/** Of what a JSON Schema cannot say. */
const BEYOND_SCHEMAS =
  /of the calendar|more decimals|out of range|NUL|is not a whole number|is not a decimal number|has \d+ characters|offset that no/;

test('What the schema allows, the judge takes, but for what a JSON Schema cannot say', () => {
  fc.assert(
    fc.property(cases, ([columns, records]) => {
      const isAllowed = validator(columns);
      const refused = records.filter(isAllowed).flatMap((record) => refusal(columns, IGNORE, record) ?? []);
      expect(refused.filter((reason) => !BEYOND_SCHEMAS.test(reason))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

const USERS = [
  column('user_id', { type: 'text', length: 36 }, { from: 'login.uuid', nullable: false, key: true }),
  column('age', { type: 'integer' }, { from: 'dob.age' }),
  column('first_seen', { type: 'timestamp' }, { from: '_received' }),
  column('balance', { type: 'decimal', precision: 5, scale: 2 }),
];

test('A contract names members as records have them, and what must be there; what Kinesis says of a record is none of it', () => {
  const schema = contractSchema({ stream: 'users', columns: USERS, onDrift: IGNORE });

  expect(schema).toEqual({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'users',
    description: 'A record of the stream users',
    type: 'object',
    properties: {
      login: {
        type: 'object',
        properties: {
          uuid: {
            $comment: 'column user_id: text(36), key',
            type: ['string', 'number', 'boolean'],
            minLength: 1,
            maxLength: 36,
          },
        },
        required: ['uuid'],
      },
      dob: {
        properties: {
          age: {
            $comment: 'column age: integer',
            type: ['integer', 'string', 'null'],
            minimum: -2147483648,
            maximum: 2147483647,
            pattern: expect.any(String),
          },
        },
      },
      balance: {
        $comment: 'column balance: decimal(5, 2)',
        type: ['number', 'string', 'null'],
        minimum: -999.99,
        maximum: 999.99,
        pattern: expect.any(String),
      },
    },
    required: ['login'],
  });
});

test.each<[string, OnDrift, string, boolean]>([
  ['a new member, left out', IGNORE, '{"id":1,"more":1}', true],
  ['a new member, quarantined', { ...Object(IGNORE), newColumns: 'quarantine' }, '{"id":1,"more":1}', false],
  ['a missing member, NULL', IGNORE, '{}', true],
  ['a missing member, quarantined', { ...Object(IGNORE), missingColumns: 'quarantine' }, '{}', false],
  ['a member that is null', { ...Object(IGNORE), missingColumns: 'quarantine' }, '{"id":null}', true],
])('What the contract does about drift, the schema says: %s', (_, onDrift, record, isAllowed) => {
  const columns = [column('id', { type: 'bigint' })];

  expect(validator(columns, onDrift)(record)).toBe(isAllowed);
  expect(refusal(columns, onDrift, record) === undefined).toBe(isAllowed);
});
