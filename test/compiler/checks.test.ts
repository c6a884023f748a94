import { distribution, foreignKey, freshness, hours, matches, notNull, volume } from '../../lib/pipeline';
import { compileModels, mistakes } from './compile';

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
    expect.stringMatching(
      /^checks\[3\] \(matches\) is '\/\(\?=x\)\\d\/': RE2, which runs it, does not understand it \(.*\)\. Leave out lookaheads/,
    ),
    expect.stringMatching(/^checks\[4\] \(matches\) is '\/\(\.\)\\1\/': RE2/),
  ]);
});

test('what a foreign key refers to is staged for Check, and only checks against earlier runs may read the ledger', async () => {
  const plain = await compileModels(MODELS, {
    checks: [
      foreignKey('a', ['id', 'note'], { model: 'b', columns: ['id', 'note'] }),
      distribution('a', 'note', { nulls: { max: 0.1 } }),
    ],
  });
  const comparing = await compileModels(MODELS, { checks: [notNull('a', 'id'), volume('a', { within: 0.5 })] });
  const checkOf = (compiled: typeof plain) => compiled.functions.find(({ task }) => task === 'check')!;

  expect(JSON.stringify(plain.definition.States.Check)).toContain('{"name":"b","columns":');
  expect(checkOf(plain).environment).toEqual(['WORK_BUCKET']);
  expect(checkOf(plain).grants.map(({ grant }) => grant)).toEqual(['readObjects', 'writeObjects']);
  expect(checkOf(comparing).environment).toEqual(['WORK_BUCKET', 'LEDGER_TABLE']);
  expect(checkOf(comparing).grants.at(-1)).toEqual({ grant: 'readLedger', keys: ['pipeline#shop'] });
});
