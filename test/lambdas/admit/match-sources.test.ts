import { matchSources } from '../../../lambdas/admit/match-sources';
import { matches } from '../../../lambdas/shared/files/matches';

test.each([
  ['orders/*.csv', 'orders/a.csv', true],
  ['orders/*.csv', 'orders/a.csv.gz', false],
  ['orders/*.csv', 'orders/2026/a.csv', false],
  ['orders/**/*.csv', 'orders/2026/01/a.csv', true],
  ['orders/**', 'orders/x', true],
  ['orders/*.{csv,csv.gz}', 'orders/a.csv.gz', true],
  ['orders/*.{csv,csv.gz}', 'orders/a.ndjson', false],
  ['orders/*.csv', 'orders/.hidden.csv', true],
  ['orders/*.csv', 'Orders/a.csv', false],
  ['orders/*.csv', 'orders/a b+c (1) "quoted" it\'s.csv', true],
  ['orders/*.csv', 'orders/a%2Fb.csv', true],
  ['orders/*.csv', 'orders/😀.csv', true],
  ['orders/*.csv', 'orders/', false],
  ['orders/**', 'orders/', false],
  ['orders/**', 'orders', false],
  ['orders/*', 'orders/2026/', false],
  ['orders/*.csv', 'orders/a.csv/', false],
  ['orders/**/*.csv', 'orders/a.csv', true],
  ['orders/*.csv', 'orders/\na\n.csv', true],
  ['orders/[0-9]*.csv', 'orders/7a.csv', true],
  ['orders/a\\[1\\].csv', 'orders/a[1].csv', true],
  ['orders/?.csv', 'orders/ab.csv', false],
])('%s and %s: %s', (glob, key, expected) => {
  expect(matches(glob, key)).toBe(expected);
});

test('a key belongs to each source that matches, by the first of its globs', () => {
  const csv = { kind: 'csv' as const };
  const ndjson = { kind: 'ndjson' as const };
  const source = (name: string, files: { glob: string; format: typeof csv | typeof ndjson }[]) => ({
    name,
    kind: 'landedFiles' as const,
    files,
    rangeBytes: 1,
  });
  const sources = [
    source('a', [
      { glob: 'x/*.csv', format: csv },
      { glob: 'x/*', format: ndjson },
    ]),
    source('b', [{ glob: 'y/*', format: csv }]),
    source('c', [{ glob: '**', format: ndjson }]),
  ];

  const found = matchSources('x/1.csv', sources).map(({ source: { name }, format }) => [name, format.kind]);

  expect(found).toEqual([
    ['a', 'csv'],
    ['c', 'ndjson'],
  ]);
});

test.each([
  ['orders/**', 'orders/./a.csv'],
  ['orders/**', 'orders/../a.csv'],
  ['orders/*/a.csv', 'orders/../a.csv'],
  ['orders/**/*.csv', 'orders/.../b/./a.csv'],
  ['./x.csv', './x.csv'],
  ['a/??/x', 'a/../x'],
])('%s matches %s: dots between slashes are names in S3', (glob, key) => {
  expect(matches(glob, key)).toBe(true);
});

test.each([
  ['**/%', '.'],
  ['?', '..'],
  ['a/%/x', 'a/./x'],
])('%s does not match %s', (glob, key) => {
  expect(matches(glob, key)).toBe(false);
});
