import fc from 'fast-check';
import { placeName, targetName, uuidOf } from '../../../lambdas/lineage/names';
import type { LineagePlace, LineageTarget } from '../../../lib/tasks/lineage';
import { SURROUNDINGS } from './told';

test.each<[LineageTarget, string, string]>([
  [{ kind: 'redshift', schema: 'shop', table: 'orders' }, 'redshift://stepwell.eu-central-1:5439', 'dev.shop.orders'],
  [
    { kind: 'postgres', schema: 'shop', table: 'orders' },
    'postgres://db.cluster-1.eu-central-1.rds.amazonaws.com:5432',
    'stepwell.shop.orders',
  ],
  [{ kind: 'lake', database: 'orders', table: 'lines' }, 's3://lake-1', 'orders/lines'],
  [{ kind: 'dynamoTable', table: 'profiles' }, 'arn:aws:dynamodb:eu-central-1:111122223333', 'table/profiles'],
])('the table %j is %s %s', (target, namespace, name) => {
  expect(targetName(target, SURROUNDINGS)).toMatchObject({ namespace, name, type: 'TABLE' });
});

const of = { pipeline: 'orders', source: 'rows', namespace: 'stepwell' };

test.each<[LineagePlace, string | undefined, string, string]>([
  [{ kind: 'landing', prefix: 'clicks/eu' }, undefined, 's3://landing-1', 'clicks/eu'],
  [{ kind: 'landing', prefix: '' }, undefined, 's3://landing-1', '/'],
  [
    { kind: 'http', url: 'https://api.example.com/v1/cities/{partition.id}?units=metric' },
    undefined,
    'https://api.example.com',
    'v1/cities/{partition.id}',
  ],
  [{ kind: 'http', url: 'https://api.example.com' }, undefined, 'https://api.example.com', '/'],
  [
    { kind: 'database', engine: 'mysql', secret: 'db', table: 'sales' },
    'mysql://db.example.com:3306/shop',
    'mysql://db.example.com:3306',
    'shop.sales',
  ],
  [
    { kind: 'database', engine: 'mysql', secret: 'db', table: 'old.sales' },
    'mysql://db:3306/shop',
    'mysql://db:3306',
    'old.sales',
  ],
  [
    { kind: 'database', engine: 'mysql', secret: 'db', table: 'sales' },
    'postgres://db:5432/shop',
    'postgres://db:5432',
    'shop.public.sales',
  ],
  [
    { kind: 'database', engine: 'mysql', secret: 'db', table: 'old.sales' },
    'postgres://db:5432/shop',
    'postgres://db:5432',
    'shop.old.sales',
  ],
  [
    { kind: 'database', engine: 'postgres', secret: 'db' },
    'postgres://db:5432/shop',
    'postgres://db:5432',
    'shop.query:rows',
  ],
  [{ kind: 'dynamoDb', table: 'products' }, undefined, 'arn:aws:dynamodb:eu-central-1:111122223333', 'table/products'],
  [{ kind: 'custom' }, undefined, 'stepwell', 'orders.rows'],
])('the source %j of %s is %s %s', (place, origin, namespace, name) => {
  expect(placeName(place, { ...of, origin }, SURROUNDINGS)).toMatchObject({ namespace, name });
});

test('a database is not named by a run that has not read it, nor a pipeline before that publishes nothing', () => {
  expect(
    placeName({ kind: 'database', engine: 'mysql', secret: 'db', table: 'sales' }, of, SURROUNDINGS),
  ).toBeUndefined();
  expect(placeName({ kind: 'published', targets: [] }, of, SURROUNDINGS)).toBeUndefined();
});

test('ids are UUIDs of version 5, the same for the same name', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(uuidOf(one)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(uuidOf(one) === uuidOf(other)).toBe(one === other);
    }),
  );
});
