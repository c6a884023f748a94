import * as pipeline from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

// The editor would not let such definitions pass.
const p = pipeline as unknown as Record<Exclude<keyof typeof pipeline, 'sql'>, (...options: unknown[]) => never>;
const withCheck = (check: unknown) => mistakes({ ...shop(), checks: [check] });

test('checks are data, whichever way they are written', () => {
  const { foreignKey, matches, volume, distribution, freshness, hours } = pipeline;
  const on = { model: 'lines', severity: 'error' };

  expect([
    foreignKey('lines', 'id', { model: 'orders', columns: 'id' }),
    matches('lines', 'note', /a\/b/iu, { severity: 'warn' }),
    matches('lines', 'note', '^a'),
    volume('lines', { within: 0.5 }),
    distribution('lines', 'id', { mean: { min: 1 }, shares: { 1: { last: 7, within: 0.1 } } }),
    freshness('lines', 'at', { maxAge: hours(26) }),
  ]).toEqual([
    { kind: 'foreignKey', ...on, columns: ['id'], references: { model: 'orders', columns: ['id'] } },
    { kind: 'matches', ...on, column: 'note', pattern: 'a\\/b', flags: 'i', severity: 'warn' },
    { kind: 'matches', ...on, column: 'note', pattern: '^a', flags: '' },
    { kind: 'volume', ...on, last: 7, within: 0.5 },
    { kind: 'distribution', ...on, column: 'id', mean: { min: 1 }, shares: { 1: { last: 7, within: 0.1 } } },
    { kind: 'freshness', ...on, column: 'at', maxAge: { seconds: 93_600 } },
  ]);
});

test.each<[string, unknown, string]>([
  [
    'a reference to a model that is not there',
    p.foreignKey('lines', 'id', { model: 'order', columns: 'id' }),
    "checks[0].references.model is 'order': no model has that name. Known: lines.",
  ],
  [
    'a reference to a source',
    p.foreignKey('lines', 'id', { model: 'orders', columns: 'id' }),
    "checks[0].references.model is 'orders': that is a source; sinks and checks work on models. Add a model, e.g. orders_rows: sql.text('SELECT * FROM orders').",
  ],
  [
    'a reference by fewer columns',
    p.foreignKey('lines', ['id', 'note'], { model: 'lines', columns: 'id' }),
    'checks[0].references.columns is ["id"]: both sides have as many columns. Name them in the same order.',
  ],
  [
    'a flag that means nothing',
    p.matches('lines', 'note', /a/g),
    "checks[0].flags is 'g': only the flags i, m and s mean something here. Leave the others out.",
  ],
  [
    'an age that is no duration',
    p.freshness('lines', 'id', { maxAge: 26 }),
    'checks[0].maxAge is 26: a duration is made by seconds(), minutes() or hours(). Use e.g. minutes(5).',
  ],
  [
    'nothing expected',
    p.distribution('lines', 'id', {}),
    "checks[0] is distribution('lines', …): distribution expects nothing. Give mean, stddev, nulls, distinct or shares, e.g. { mean: { min: 20, max: 200 } }.",
  ],
  [
    'bounds beside a comparison',
    p.distribution('lines', 'id', { mean: { min: 1, last: 7, within: 0.1 } }),
    'checks[0].mean is {"min":1,"last":7,"within":0.1}: it is either bounds or a comparison with earlier runs. Give min and max, or last and within, e.g. { last: 7, within: 0.2 }.',
  ],
  [
    'half a comparison',
    p.distribution('lines', 'id', { stddev: { last: 7 } }),
    'checks[0].stddev is {"last":7}: last and within go together. Give both, e.g. { last: 7, within: 0.2 }.',
  ],
  [
    'a share above 1',
    p.distribution('lines', 'id', { nulls: { max: 5 } }),
    'checks[0].nulls is {"max":5}: a share is from 0 to 1. Use e.g. 0.01 for one in a hundred.',
  ],
  [
    'a misspelt bound',
    p.distribution('lines', 'id', { mean: { mim: 5, max: 6 } }),
    "checks[0].mean.mim is 5: there is no such option. Did you mean 'min'?",
  ],
  [
    'no runs to compare with',
    p.volume('lines', { last: 0, within: 0.5 }),
    'checks[0].last is 0: there is at least one run to compare with. Use e.g. last: 7.',
  ],
  [
    'a volume without bounds',
    p.volume('lines', {}),
    'checks[0].within is missing: within is the share of the median that a run may differ by. Use e.g. within: 0.5 for half of it.',
  ],
])('%s is a mistake', (_, check, expected) => {
  expect(withCheck(check)).toEqual([expected]);
});
