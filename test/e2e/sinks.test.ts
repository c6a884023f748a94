/** One pipeline into every kind of sink, with a model that runs in Redshift after that: what is in each, after corrections and a reprocessing. */
import {
  append,
  bigint,
  boolean,
  csv,
  decimal,
  definePipeline,
  dynamoTable,
  json,
  key,
  lake,
  landedFiles,
  merge,
  redshift,
  replace,
  s3Arrival,
  sql,
  text,
  timestamp,
} from '../../lib/pipeline';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const pipeline = definePipeline({
  name: 'profiles',
  trigger: s3Arrival('profiles/*.csv'),
  sources: {
    landed: landedFiles({
      glob: 'profiles/*.csv',
      format: csv(),
      columns: {
        user_id: key.text(20),
        city: text(20),
        spent: decimal(30, 10),
        tags: json(),
        updated: timestamp(),
        is_deleted: boolean(),
      },
    }),
  },
  models: {
    profiles: sql.text("SELECT *, updated + INTERVAL '400 years' AS expires FROM landed"),
    cities: sql.text(
      // NVL and LISTAGG WITHIN GROUP are Redshift's.
      "SELECT NVL(city, '?') AS city, COUNT(*) AS users, LISTAGG(user_id, ',') WITHIN GROUP (ORDER BY user_id) AS names FROM profiles GROUP BY 1",
      { engine: 'redshift', columns: { city: text(20), users: bigint(), names: text(1000) } },
    ),
    most: sql.text('SELECT CAST(MAX(users) AS INTEGER) AS most FROM cities', { engine: 'redshift' }),
  },
  sinks: [
    redshift({
      model: 'profiles',
      table: 'shop.profiles',
      write: merge('user_id', { newestBy: 'updated', deletedBy: 'is_deleted' }),
    }),
    redshift({ model: 'cities', table: 'shop.cities', write: replace() }),
    redshift({ model: 'most', table: 'shop.most', write: append() }),
    lake({ model: 'profiles', table: 'profiles', write: append(), partitionBy: ['city'] }),
    dynamoTable({
      model: 'profiles',
      table: 'profile-items',
      write: merge('user_id', { newestBy: 'updated', deletedBy: 'is_deleted' }),
      ttl: 'expires',
    }),
  ],
});

let cloud: PipelinesCloud;
beforeAll(async () => {
  cloud = await startPipelines([pipeline]);
});
afterAll(() => cloud?.stop());

const HEADER = 'user_id,city,spent,tags,updated,is_deleted\n';
const first = `${HEADER}ann,Rome,12345678901234567890.0123456789,"{""a"":[1,2.50,null],""b"":{""c"":true}}",2026-01-02 10:00:00,false
ben,Oslo,,,2026-01-02 11:00:00.25,
cat,Rome,3,"[]",2026-01-02 12:00:00,false
`;

const items = async () => (await cloud.items('profile-items')).sort((a, b) => (a.user_id!.S! < b.user_id!.S! ? -1 : 1));
const cities = () => cloud.query('redshift', 'SELECT * FROM shop.cities ORDER BY city');
const most = () => cloud.query('redshift', 'SELECT * FROM shop.most ORDER BY most');

test('each sink has the rows; DynamoDB has every digit, documents as maps and lists, and no attribute for NULL', async () => {
  const run = await cloud.drop('profiles', 'profiles/1.csv', first);

  expect(run.message).toBeUndefined();
  expect(run.output.published).toEqual(
    expect.arrayContaining([
      { sink: 'dynamoTable:profile-items', rows: 3, changed: true },
      { sink: 'redshift:shop.cities', rows: 2, changed: true },
      { sink: 'redshift:shop.most', rows: 1, changed: true },
    ]),
  );
  const [ann, ben] = await items();
  expect(ann).toEqual({
    user_id: { S: 'ann' },
    city: { S: 'Rome' },
    spent: { N: '12345678901234567890.0123456789' },
    tags: { M: { a: { L: [{ N: '1' }, { N: '2.5' }, { NULL: true }] }, b: { M: { c: { BOOL: true } } } } },
    updated: { S: '2026-01-02T10:00:00.000000Z' },
    expires: { N: String(Date.parse('2426-01-02T10:00:00Z') / 1000) },
    is_deleted: { BOOL: false },
    _load_id: expect.anything(),
    _loaded_at: expect.anything(),
    _arrival: expect.anything(),
    _generation: { N: '0' },
  });
  expect(ben).toMatchObject({ user_id: { S: 'ben' }, updated: { S: '2026-01-02T11:00:00.250000Z' } });
  expect(Object.keys(ben!)).not.toEqual(expect.arrayContaining(['spent']));
  expect(await cities()).toEqual([
    { city: 'Oslo', users: '1', names: 'ben' },
    { city: 'Rome', users: '2', names: 'ann,cat' },
  ]);
  expect(await most()).toEqual([{ most: '2' }]);
});

test('what is newer wins, what is deleted stays so, and the models in Redshift are of all that is there', async () => {
  const later = `${HEADER}ann,Oslo,1,,2026-01-03 10:00:00,false
ben,,,,2026-01-03 11:00:00,true
cat,Paris,9,,2026-01-01 12:00:00,false
`;
  const late = `${HEADER}ben,Bern,5,,2026-01-02 23:00:00,false
dan,Oslo,5,,2026-01-02 23:00:00,false
`;
  expect(await cloud.drop('profiles', 'profiles/2.csv', later)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await cloud.drop('profiles', 'profiles/3.csv', late)).toMatchObject({ status: 'SUCCEEDED' });

  const there = (await items()).map(({ user_id, city, _deleted }) => [user_id!.S, _deleted ? 'deleted' : city?.S]);
  expect(there).toEqual([
    ['ann', 'Oslo'],
    ['ben', 'deleted'],
    ['cat', 'Rome'],
    ['dan', 'Oslo'],
  ]);
  expect(await cities()).toEqual([
    { city: 'Oslo', users: '2', names: 'ann,dan' },
    { city: 'Rome', users: '1', names: 'cat' },
  ]);
  expect(await most()).toEqual([{ most: '1' }, { most: '2' }, { most: '2' }]);
});

test('a value that no item can hold fails the run before anything is published', async () => {
  const run = await cloud.drop(
    'profiles',
    'profiles/4.csv',
    `${HEADER}eve,Rome,1,"${'['.repeat(40)}${']'.repeat(40)}",2026-01-05 10:00:00,false\n`,
  );

  expect(run).toMatchObject({ status: 'FAILED', error: 'ModelFailed', message: expect.any(String) });
  expect(run.message).toContain(
    "Model profiles does not fit into the DynamoDB table profile-items: the row with user_id eve: column tags is nested deeper than DynamoDB's 32 levels. Nothing was published.",
  );
  expect(await cities()).toHaveLength(2);
});
