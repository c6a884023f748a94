import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { expandBraces, listFiles, prefixesOf } from '../../../../lambdas/shared/files/list-files';
import { matches } from '../../../../lambdas/shared/files/matches';
import { LANDING, type Staging, startStaging } from '../../staging';

const folders = (keys: readonly string[]) => async (prefix: string) => [
  ...new Set(
    keys
      .filter((key) => key.startsWith(prefix) && key.includes('/', prefix.length))
      .map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1)),
  ),
];

test.each([
  ['clicks/2026/01/05/*.gz', ['clicks/2026/01/05/']],
  ['clicks/2026/01/05/part-*.gz', ['clicks/2026/01/05/part-']],
  ['clicks/*/2026/*.gz', ['clicks/eu/2026/', 'clicks/us/2026/']],
  ['clicks/e*/2026/*.gz', ['clicks/eu/2026/']],
  ['clicks/[e-u][us]/2026/a*', ['clicks/eu/2026/a', 'clicks/us/2026/a']],
  // nothing behind the wildcard narrows it
  ['clicks/*/*.gz', ['clicks/']],
  ['clicks/**/2026/*.gz', ['clicks/']],
  ['clicks/@(eu|us)/2026/*.gz', ['clicks/']],
  ['clicks/eu/2026/a.gz', ['clicks/eu/2026/a.gz']],
])('%s is found under %j', async (glob, prefixes) => {
  const keys = ['clicks/eu/2026/a.gz', 'clicks/us/2026/a.gz', 'clicks/us/2025/a.gz', 'clicks/x.gz'];
  expect(await prefixesOf(glob, folders(keys))).toEqual(prefixes);
});

test('alternatives are listed one by one, ranges and escapes are not', () => {
  expect(expandBraces('{eu,us}/2026/*.{csv,gz}')).toEqual([
    'eu/2026/*.csv',
    'eu/2026/*.gz',
    'us/2026/*.csv',
    'us/2026/*.gz',
  ]);
  expect(expandBraces('a{1..3}/*')).toEqual(['a{1..3}/*']);
  expect(expandBraces('\\{a,b\\}/*')).toEqual(['\\{a,b\\}/*']);
});

const word = fc.constantFrom('a', 'b', 'ab', '.a', '2026');
const key = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('/'));
const segment = fc.oneof(word, fc.constantFrom('*', 'a*', '?', '**', '{a,b}', '[ab]', '*b', '@(a|b)', '{a,b/2026}'));
const glob = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));

test('whatever the glob, what matches lies under its prefixes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { maxLength: 20 }), glob, async (keys, one) => {
      const prefixes = (await Promise.all(expandBraces(one).map((each) => prefixesOf(each, folders(keys))))).flat();
      for (const matching of keys.filter((each) => matches(one, each))) {
        expect(prefixes.some((prefix) => matching.startsWith(prefix))).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

test('more files than a page has, each in its newest version, without those that were deleted', async () => {
  const keys = Array.from({ length: 30 }, (_, index) => `many/2026/${String(index).padStart(4, '0')}.csv`);
  await Promise.all(keys.map((one) => staging.land(one, 'old')));
  const newest = await staging.land(keys[7]!, 'newest');
  await staging.s3.send(new DeleteObjectCommand({ Bucket: LANDING, Key: keys[8]! }));
  await staging.land('many/2026/other.txt', 'x');

  const found = await listFiles(staging.s3, LANDING, ['many/2026/*.csv', 'many/2026/000?.csv'], 7);

  expect(found.map((object) => object.key)).toEqual(keys.filter((_, index) => index !== 8));
  expect(found[7]).toMatchObject({ versionId: newest.versionId, etag: newest.etag, size: 6 });
});
