/** What is wrong with globs that name dates: the remedy has the glob as it is to be written, with all of its tokens. */
import { datedGlobMistake } from '../../lib/pipeline/globs';

const DATES = 'dates are {yyyy}, {MM}, {dd} and {HH}';

test.each<[string, string, string]>([
  ['/clicks/{yyyy}/{MM}/{dd}/*.csv', 'keys do not begin with / or ./', "Write 'clicks/{yyyy}/{MM}/{dd}/*.csv'."],
  ['s3://landing/clicks/{yyyy}/*', 'a pattern is a key, without its bucket', "Write 'clicks/{yyyy}/*'."],
  [
    'clicks/{yyyy}/',
    'a key that ends in / is a folder, which holds no rows',
    "Write 'clicks/{yyyy}/*', or 'clicks/{yyyy}/**' for the folders below it as well.",
  ],
  ['{a,b}/{yyyy}-[!x].csv', '[!…] would match the character !', "Write '{a,b}/{yyyy}-[^x].csv'."],
  ['clicks/{yyyy}/{mm}/*.csv', DATES, "Write 'clicks/{yyyy}/{MM}/*.csv'."],
  ['clicks/{yyyy}/{mm}/{dd}/*.csv', DATES, "Write 'clicks/{yyyy}/{MM}/{dd}/*.csv'."],
  ['clicks/{YYYY}-{MM}-{DD}T{hh}.csv', DATES, "Write 'clicks/{yyyy}-{MM}-{dd}T{HH}.csv'."],
  ['clicks/{yyyy/MM/dd}/*.csv', DATES, "Write 'clicks/{yyyy}/{MM}/{dd}/*.csv'."],
  ['clicks_{yyyyMMdd}.csv', DATES, "Write 'clicks_{yyyy}{MM}{dd}.csv'."],
  ['clicks/{{ ds }}/*.csv', DATES, "Write 'clicks/{yyyy}-{MM}-{dd}/*.csv'."],
  ['clicks/{{ ds_nodash }}.csv', DATES, "Write 'clicks/{yyyy}{MM}{dd}.csv'."],
  ['clicks/{interval.start:date}/*.csv', DATES, "Write 'clicks/{yyyy}-{MM}-{dd}/*.csv'."],
  ['clicks/%Y/%m/%d/*.csv', DATES, "Write 'clicks/{yyyy}/{MM}/{dd}/*.csv'."],
  [`clicks/$${'{yyyy}'}/*.csv`, DATES, "Write 'clicks/{yyyy}/*.csv'."],
  ['clicks/{dd}/*.csv', '{dd} without {yyyy} means many days', "Write e.g. 'clicks/{yyyy}/{MM}/{dd}/*.csv'."],
])('%s', (glob, rule, remedy) => {
  expect(datedGlobMistake(glob)).toEqual({ rule, remedy });
});

test.each(['clicks/{yyyy}/{MM}/{dd}/{HH}/*.csv', 'a%d0%b0/*.csv', '*.{dd,mm}', 'clicks/*.csv'])(
  '%s is right',
  (glob) => {
    expect(datedGlobMistake(glob)).toBeUndefined();
  },
);
