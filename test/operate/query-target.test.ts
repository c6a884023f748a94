import { queryTarget } from '../../lib/operate/query-target';
import type { Pipeline } from '../../lib/pipeline';

const sink = (kind: string, table: string) => ({ kind, table, model: 'm' }) as unknown as Pipeline['sinks'][number];
const PIPELINES = [
  { name: 'citizens', sinks: [sink('postgres', 'registry.people'), sink('lake', 'people')] },
  { name: 'orders', sinks: [sink('postgres', 'shop.orders'), sink('redshift', 'shop.orders')] },
  { name: 'sales', sinks: [sink('redshift', 'shop.orders_daily')] },
];
const target = (sql: string, given: Parameters<typeof queryTarget>[2] = {}) => {
  const found = queryTarget(sql, PIPELINES, given);
  return found && `${found.database} as ${found.pipeline}`;
};

test.each([
  ['SELECT * FROM registry.people', {}, 'aurora as citizens'],
  ['SELECT * FROM shop.orders', {}, 'redshift as orders'],
  ['SELECT * FROM "Shop" . "orders" o', {}, 'redshift as orders'],
  ['SELECT * FROM shop.orders_daily', {}, 'redshift as sales'],
  ['SELECT * FROM shop.orders', { database: 'aurora' }, 'aurora as orders'],
  ['SELECT * FROM shop.orders', { pipeline: 'sales' }, 'redshift as sales'],
  ['SELECT 1', {}, 'redshift as orders'],
  ['SELECT 1', { database: 'aurora' }, 'aurora as citizens'],
  ['SELECT 1', { database: 'redshift', pipeline: 'citizens' }, undefined],
] as const)('%s %j goes to %s', (sql, given, expected) => {
  expect(target(sql, given)).toBe(expected);
});
