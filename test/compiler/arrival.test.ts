import fc from 'fast-check';
import { matches } from '../../lambdas/shared/files/matches';
import { keyMatcher, keyMatchers } from '../../lib/compiler/arrival';
import { compilePattern } from '../../lib/local/events/pattern';
import { globMistake } from '../../lib/pipeline/globs';

test.each([
  ['orders/today.csv', 'orders/today.csv'],
  ['orders/*.csv', { wildcard: 'orders/*.csv' }],
  ['orders/**', { prefix: 'orders/' }],
  ['orders/**/*.csv', { wildcard: 'orders/*.csv' }],
  ['orders/**/today.csv', { wildcard: 'orders/*today.csv' }],
  ['**/today.csv', { suffix: 'today.csv' }],
  ['*.csv', { suffix: '.csv' }],
  ['**', { wildcard: '*' }],
  ['a/{b,c}/*.csv', { wildcard: 'a/*.csv' }],
  ['a/file-[0-9].csv', { wildcard: 'a/file-*.csv' }],
  ['a/file-?.csv', { wildcard: 'a/file-*.csv' }],
  ['a/x\\[1\\].csv', { wildcard: 'a/x*.csv' }],
])('%s starts runs for %j', (glob, expected) => {
  expect(keyMatcher(glob)).toEqual(expected);
});

test('a matcher that another one covers is left out', () => {
  expect(keyMatchers(['a/*.csv', 'a/**', 'a/x.csv', 'a/**', 'b/*.csv', 'b/today.csv'])).toEqual([
    { prefix: 'a/' },
    { wildcard: 'b/*.csv' },
  ]);
});

test('many patterns become coarser matchers, so that EventBridge takes the rule', () => {
  const kinds = ['csv', 'tsv', 'ndjson', 'txt'].map((kind) => `orders/*.${kind}`);
  const folders = Array.from({ length: 200 }, (_, n) => `shops/shop-${n}/**`);

  expect(keyMatchers(kinds)).toEqual([{ prefix: 'orders/' }]);
  expect(keyMatchers(folders)).toEqual([{ prefix: 'shops/shop-' }]);
});

const name = fc.stringMatching(/^[a-c.]{1,3}$/);
const wild = fc.constantFrom(
  '*',
  '?',
  '[ab]',
  '[^a]',
  '[a-c]',
  '{a,b.c}',
  '{a,}',
  '{1..3}',
  '@(a|b)',
  '!(a)',
  '+(a)',
  '\\*',
  '\\[',
);
const odd = fc.constantFrom('(a)', 'a|b', '"a"', "'", '$', '^', '%', ' ', '#', '&', ';', '~', ':', ',', '=', '😀', 'é');
const segment = fc
  .array(fc.oneof({ weight: 4, arbitrary: name }, { weight: 3, arbitrary: wild }, odd), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''));
const glob = fc
  .array(fc.oneof({ weight: 4, arbitrary: segment }, fc.constant('**'), fc.constant('*')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join('/'))
  .filter((text) => globMistake(text) === undefined);
/** Keys near the globs: the same characters, and what a glob's special characters may stand for. */
const keyOf = (text: string) =>
  fc.oneof(
    fc.constant(text),
    fc.constant(text.replaceAll('**/', '').replaceAll('**', 'a')),
    fc
      .array(fc.oneof(name, fc.constant('/'), odd, fc.constantFrom('1', '2', 'ab', '/a/')), { maxLength: 4 })
      .map((parts) => {
        let next = 0;
        const filled = text.replace(/\*\*\/?|\*|\?|\[[^\]]*\]|\{[^}]*\}|[@!+]\([^)]*\)|\\/g, () => parts[next++] ?? '');
        return filled || 'a';
      }),
    fc.array(fc.oneof(segment, name), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
  );

test('EventBridge accepts the rule, and it lets every key through that one of the globs matches', () => {
  let matched = 0;
  fc.assert(
    fc.property(
      fc
        .array(glob, { minLength: 1, maxLength: 6 })
        .chain((globs) =>
          fc.tuple(fc.constant(globs), fc.array(fc.oneof(...globs.map(keyOf)), { minLength: 3, maxLength: 6 })),
        ),
      ([globs, keys]) => {
        const lets = compilePattern(JSON.stringify({ detail: { object: { key: keyMatchers(globs) } } }));
        for (const key of keys) {
          if (!globs.some((one) => matches(one, key))) continue;
          matched += 1;
          if (!lets({ detail: { object: { key } } })) throw new Error(`${JSON.stringify(key)} is lost`);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(matched).toBeGreaterThan(500);
});
