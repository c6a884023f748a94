/** Masked columns that are to tell rows apart: followed through the SQL as far as it shows them. */

import { compile } from '../../lib/compiler';
import * as p from '../../lib/pipeline';
import { mistakes } from './compile';

const columns = { id: p.key.bigint(), phone: p.text(20).pii('mask'), email: p.text(80).pii('hash'), city: p.text(40) };

const of = (models: Record<string, string>, sinks: p.Sink[], checks: p.Check[] = []) =>
  mistakes(
    compile(
      p.definePipeline({
        name: 'people',
        trigger: p.s3Arrival('people/*.csv'),
        sources: { people: p.landedFiles({ glob: 'people/*.csv', format: p.csv(), columns }) },
        models: Object.fromEntries(Object.entries(models).map(([name, text]) => [name, p.sql.text(text)])),
        sinks,
        checks,
      }),
      { folder: __dirname },
    ),
  );
const RULE = "it is masked in the source: each of its values is '***', so";
const REMEDY = "Use pii('hash') in the source: the same value has the same hash, and another one another.";
const merged = (write: p.Sink['write']) => [p.redshift({ model: 'm', table: 'crm.people', write } as never)];

test.each<[string, string]>([
  ['by its name', 'SELECT phone, city FROM people'],
  ['by another name', 'SELECT p.phone AS phone, p.city FROM people AS p'],
  ['by a star', 'SELECT * FROM people'],
  [
    'through a function that leaves a mask as it is',
    'SELECT lower(trim(phone)) AS phone, max(city) AS city FROM people GROUP BY 1',
  ],
  ['as an aggregate', 'SELECT city, any_value(phone) AS phone FROM people GROUP BY city'],
  [
    'through a CTE and a subquery',
    'WITH a AS (SELECT phone AS x, city FROM people) SELECT x AS phone, city FROM (SELECT * FROM a)',
  ],
  ['from both sides of a union', 'SELECT phone, city FROM people UNION ALL SELECT phone, city FROM people'],
])('a key that is masked is refused: passed on %s', async (_, text) => {
  expect(await of({ m: text }, merged(p.merge('phone')))).toEqual([
    `sinks[0].write.keys is 'phone': ${RULE} it tells no two rows apart. ${REMEDY}`,
  ]);
});

test('from model to model, in each place that a value decides', async () => {
  const models = {
    m: 'SELECT id, phone, email, city FROM people',
    n: 'SELECT id, phone AS number, city FROM m WHERE id > 0',
  };
  const sinks = [
    ...merged(p.scd2('id', { track: ['phone', 'city'] })),
    p.redshift({ model: 'n', table: 'crm.numbers', write: p.append(), distKey: 'number' }),
    p.lake({ model: 'n', table: 'numbers', write: p.append(), partitionBy: ['number'] }),
    p.dynamoTable({ model: 'n', table: 'numbers', key: 'number', write: p.merge('number') } as never),
  ];
  const checks = [
    p.unique('n', 'number'),
    p.foreignKey('m', 'city', { model: 'n', columns: 'number' }),
    p.foreignKey('m', 'phone', { model: 'n', columns: 'city' }),
    p.notNull('n', 'number'),
  ];

  expect(await of(models, sinks, checks)).toEqual(
    [
      ["sinks[0].write.track is 'phone'", 'no change of it would be seen'],
      ["sinks[1].distKey is 'number'", 'all rows would lie on one node'],
      ["sinks[2].partitionBy is 'number'", 'all rows would be in one partition'],
      ["sinks[3].write.keys is 'number'", 'it tells no two rows apart'],
      ["sinks[3].key is 'number'", 'it tells no two rows apart'],
      ["checks[0] (unique) is 'number'", 'it tells no two rows apart'],
      ["checks[1] (foreignKey).references is 'number'", 'it refers to any row, or to none'],
      ["checks[2] (foreignKey) is 'phone'", 'it refers to any row, or to none'],
    ].map(([at, so]) => `${at}: ${RULE} ${so}. ${REMEDY}`),
  );
});

test.each<[string, string]>([
  ['a hash', 'SELECT email AS phone FROM people'],
  ['another column of that name', 'SELECT city AS phone FROM people'],
  ['what is made of several', "SELECT phone || '-' || city AS phone FROM people"],
  ['a part, which nobody follows', 'SELECT left(phone, 2) AS phone FROM people'],
  ['a mask on one side of a union only', 'SELECT phone FROM people UNION ALL SELECT city FROM people'],
  ['a default in its place', 'SELECT coalesce(phone, city) AS phone FROM people'],
])('%s may be a key', async (_, text) => {
  expect(await of({ m: text }, merged(p.merge('phone')))).toEqual([]);
});
