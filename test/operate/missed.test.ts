import { prefixesOf } from '../../lib/operate/missed';

test.each([
  [['orders/*.csv', 'orders/*.csv.gz', 'orders/*.ndjson'], ['orders/']],
  [['a/{x,y}/*.csv', 'a/z.csv'], ['a/']],
  [
    ['a/1.csv', 'b/[0-9].csv'],
    ['a/1.csv', 'b/'],
  ],
  [['**/*.csv', 'a/*.csv'], ['']],
])('Of the patterns %j the bucket is listed below %j', (patterns, prefixes) => {
  expect(prefixesOf(patterns)).toEqual(prefixes);
});
