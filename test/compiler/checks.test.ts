import {
  accepted,
  between,
  bigint,
  cron,
  csv,
  distribution,
  foreignKey,
  freshness,
  hours,
  key,
  landedFiles,
  matches,
  notNull,
  sqlCheck,
  text,
  unique,
  volume,
} from '../../lib/pipeline';
import { compileModels, mistakes } from './compile';

/** Its runs load no files that a run takes over from another. */
const scheduled = { trigger: cron('0 1 * * *') };
const MODELS = { a: 'SELECT id, note, day, price, doc FROM orders', b: 'SELECT id, note FROM orders' };

test('columns that the checks name must be there, and of a type that can be checked so', async () => {
  const checks = [
    freshness('a', 'note', { maxAge: hours(1) }),
    freshness('a', 'dya', { maxAge: hours(1) }),
    matches('a', 'price', /^1/),
    matches('a', 'note', /(?=x)\d/),
    matches('a', 'note', /(.)\1/),
    distribution('a', 'note', { mean: { min: 1 } }),
    foreignKey('a', 'id', { model: 'b', columns: 'idd' }),
    foreignKey('a', 'note', { model: 'b', columns: 'id' }),
  ];

  const found = await mistakes(compileModels(MODELS, { checks }));

  expect(found.slice(0, 6)).toEqual([
    "checks[0] (freshness) is 'note': a text column says no time. Name a date or timestamp, or CAST it in the SQL.",
    "checks[1] (freshness) is 'dya': model 'a' has no such column. Known: id, note, day, price, doc.",
    "checks[2] (matches) is 'price': a decimal column has no text to match. Name a text column, or CAST it in the SQL.",
    "checks[5] (distribution) is 'note': a text column has no mean and no deviation. Name a numeric column, or CAST it in the SQL.",
    "checks[6] (foreignKey) is 'idd': model 'b' has no such column. Did you mean 'id'?",
    "checks[7] (foreignKey) is 'note': a text column is never equal to b.id, which is bigint. Name columns of one type, or CAST one in the SQL.",
  ]);
  expect(found.slice(6)).toEqual([
    'checks[3] (matches) is /(?=x)\\d/: it has a lookahead, (?=, which RE2, the engine that runs it, does not have. Match without it, or write a condition of several: sqlCheck().',
    'checks[4] (matches) is /(.)\\1/: it has a backreference, \\1, which RE2, the engine that runs it, does not have. Match without it, or compare columns by sqlCheck().',
  ]);
});

test('what a foreign key refers to is staged for Check; only that of files, or against earlier runs, may read the ledger', async () => {
  const plain = await compileModels(MODELS, {
    checks: [
      foreignKey('a', ['id', 'note'], { model: 'b', columns: ['id', 'note'] }),
      distribution('a', 'note', { nulls: { max: 0.1 } }),
    ],
    ...scheduled,
  });
  const comparing = await compileModels(MODELS, {
    checks: [notNull('a', 'id'), volume('a', { within: 0.5 })],
    ...scheduled,
  });
  const ofFiles = await compileModels(MODELS, { checks: [notNull('a', 'id')] });
  const checkOf = (compiled: typeof plain) => compiled.functions.find(({ task }) => task === 'check')!;

  expect(JSON.stringify(plain.definition.States.Check)).toContain('{"name":"b","columns":');
  expect(checkOf(plain).environment).toEqual(['WORK_BUCKET']);
  expect(checkOf(plain).grants.map(({ grant }) => grant)).toEqual(['readObjects', 'writeObjects']);
  for (const one of [comparing, ofFiles]) {
    expect(checkOf(one).environment).toEqual(['WORK_BUCKET', 'LEDGER_TABLE']);
    expect(checkOf(one).grants.at(-1)).toEqual({ grant: 'readLedger', keys: ['pipeline#shop'] });
  }
});

test.each([
  [
    '(?<=a)b',
    'it has a lookbehind, (?<=, which RE2, the engine that runs it, does not have. Match without it, or write a condition of several: sqlCheck().',
  ],
  [
    'a(?!b)',
    'it has a lookahead, (?!, which RE2, the engine that runs it, does not have. Match without it, or write a condition of several: sqlCheck().',
  ],
  [
    '(?<year>\\d+)',
    'it has a named group in this spelling, (?<y, which RE2, the engine that runs it, does not have. Leave the name out: (…).',
  ],
  [
    'a++',
    'it has a possessive quantifier, ++, which RE2, the engine that runs it, does not have. Leave out the second +.',
  ],
  [
    '[(?=]\\u00e4',
    'it has this spelling of a character, \\u, which RE2, the engine that runs it, does not have. Write the character itself, or \\x{00E4}.',
  ],
  ['(a', 'RE2, the engine that runs it, cannot read it: missing ): (a. Correct it.'],
  ["it's**", 'RE2, the engine that runs it, cannot read it: bad repetition operator: **. Correct it.'],
])('what RE2 does not have in /%s/ is said in words', async (pattern, expected) => {
  expect(await mistakes(compileModels(MODELS, { checks: [matches('a', 'note', pattern)] }))).toEqual([
    `checks[0] (matches) is /${pattern}/: ${expected}`,
  ]);
});

test('a check on personal data is told that it looks at a hash', async () => {
  const columns = { id: key.bigint().pii('hash'), note: text(20).pii('mask'), born: bigint().pii('hash') };
  const sources = { orders: landedFiles({ glob: 'orders/*.csv', format: csv(), columns }) };
  const checks = [
    between('a', 'id', { min: 1 }),
    matches('a', 'id', /^\d+$/),
    matches('a', 'note', /^x/),
    accepted('a', 'born', [1990]),
    distribution('a', 'born', { mean: { min: 1900 } }),
  ];
  const hashed = (type: string) =>
    `it is personal data (pii('hash')): models and checks see a text of 64 letters and digits (its hash) in place of the ${type}. ` +
    'The contract of the source judges the value itself; check here what a hash still tells, by notNull(), unique(), foreignKey(), or distribution() of nulls and distinct.';

  expect(await mistakes(compileModels({ a: 'SELECT * FROM orders' }, { sources, checks }))).toEqual([
    `checks[0] (between) is 'id': ${hashed('bigint')}`,
    `checks[1] (matches) is 'id': ${hashed('bigint')}`,
    "checks[2] (matches) is 'note': it is personal data (pii('mask')): models and checks see the text *** in place of the text. The contract of the source judges the value itself; check here whether there is a value, by notNull().",
    `checks[3] (accepted) is 'born': ${hashed('bigint')}`,
    `checks[4] (distribution) is 'born': ${hashed('bigint')}`,
  ]);
});

test('a check that fits a hash, or the column that a model has made of it, is none of that', async () => {
  const columns = { id: key.bigint().pii('hash'), note: text(20) };
  const sources = { orders: landedFiles({ glob: 'orders/*.csv', format: csv(), columns }) };
  const checks = [
    notNull('a', 'id'),
    unique('a', 'id'),
    matches('a', 'id', /^[0-9a-f]{64}$/),
    distribution('a', 'id', { nulls: { max: 0.1 }, distinct: { min: 1 } }),
    sqlCheck('a', 'length(id) = 64'),
    between('b', 'id', { min: 1 }),
  ];
  const models = { a: 'SELECT id, note FROM orders', b: 'SELECT length(id) AS id FROM orders' };

  expect(await mistakes(compileModels(models, { sources, checks }))).toEqual([]);
});

test.each([
  [
    'a SELECT',
    sqlCheck('a', 'SELECT count(*) FROM a'),
    "this is BIGINT. Write what would stand behind WHERE, of one row: 'amount >= 0'. Aggregate in a model, and check that one.",
  ],
  ['WHERE', sqlCheck('a', 'WHERE price > 0'), "Leave out WHERE: 'price > 0'."],
  ['a semicolon', sqlCheck('a', 'price > 0;'), 'Leave out the semicolon.'],
  ['a text in double quotes', sqlCheck('a', 'note = "x"'), "Texts stand in single quotes: 'x'."],
  [
    'another model',
    sqlCheck('a', 'id IN (SELECT id FROM b)'),
    'Join it in a model, and check that one; for keys there is foreignKey().',
  ],
  [
    'values of a document',
    accepted('a', 'doc', ['x']),
    `a document is no value that others could be compared with. Check a member of it, by sqlCheck(model, "doc->>'status' = 'paid'").`,
  ],
  [
    'a key that refers to itself',
    foreignKey('a', 'id', { model: 'a', columns: 'id' }),
    'each value is in its own column, so the check always holds. Name the model, or the columns, that they refer to.',
  ],
])('%s in a check is told with what to do', async (_, check, expected) => {
  const [found, ...more] = await mistakes(compileModels(MODELS, { checks: [check] }));

  expect(found).toMatch(/^checks\[0\] \(\w+\) is /);
  expect(found!.endsWith(expected)).toBe(true);
  expect(more).toEqual([]);
});
