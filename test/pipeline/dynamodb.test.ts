import * as p from '../../lib/pipeline';
import { dynamoDbConfig } from '../../lib/tasks/extract-rows';

const define = (options: object) =>
  p.definePipeline({
    name: 'products',
    trigger: p.cron('0 1 * * *'),
    sources: { items: p.dynamoDb({ table: 'products', columns: { sku: p.key.text(20) }, ...options } as never) },
    models: { products: p.sql.text('SELECT sku FROM items') },
    sinks: [p.postgres({ model: 'products', table: 'shop.products', write: p.merge('sku') })],
  });

test('a table needs a name and a contract alone', () => {
  const { config } = p.dynamoDb({ table: 'products', columns: { sku: p.key.text(20) } });
  expect(dynamoDbConfig.parse(config)).toEqual({
    kind: 'dynamoDb',
    table: 'products',
    segments: 4,
    consistentRead: true,
  });
  expect(() => define({})).not.toThrow();
});

test.each([
  ['a table that cannot be', { table: 'a b' }, 'a table has 3 to 255 letters'],
  ['no segment', { segments: 0 }, 'a scan has 1 to 1000 segments. Use e.g. segments: 4.'],
  ['a cursor', { cursor: { column: 'changed_at' } }, 'a scan reads the whole table'],
  ['partitions of its own', { partitions: [{ id: 'a', values: {} }] }, 'Use segments'],
  ['a misspelt option', { segmens: 2 }, "there is no such option. Did you mean 'segments'?"],
])('%s is refused', (_, options, message) => {
  expect(() => define(options)).toThrow(message);
});
