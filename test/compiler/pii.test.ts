import { compile } from '../../lib/compiler';
import { csv, definePipeline, key, landedFiles, merge, redshift, s3Arrival, sql, text } from '../../lib/pipeline';

const compiled = (hash: boolean, more: object = {}) =>
  compile(
    definePipeline({
      name: 'shop',
      trigger: s3Arrival('orders/*.csv'),
      sources: {
        orders: landedFiles({
          glob: 'orders/*.csv',
          format: csv(),
          columns: { id: hash ? key.bigint().pii('hash') : key.bigint(), phone: text(20).pii('mask') },
        }),
      },
      models: { lines: sql.text('SELECT id, phone FROM orders') },
      sinks: [redshift({ model: 'lines', table: 'shop.lines', write: merge('id') })],
      ...more,
    }),
    { folder: __dirname },
  );
const secretsOf = ({ functions }: Awaited<ReturnType<typeof compiled>>) =>
  functions.flatMap(({ task, grants }) =>
    grants.flatMap((one) => (one.grant === 'readSecrets' ? [[task, ...one.names]] : [])),
  );

test('models and targets have the text that stands for a value, and only the task that hashes may read the key', async () => {
  const shop = await compiled(true);
  const extract = JSON.stringify(shop.definition.States.Extract);

  expect(extract).toContain('{"name":"id","type":{"type":"bigint"},"nullable":false,"key":true,"pii":"hash"}');
  expect(extract).toContain('"piiSecret":"shop-pii"');
  expect(JSON.stringify(shop.definition.States.Load)).toContain(
    '"columns":[{"name":"id","type":{"type":"text","length":64},"nullable":true},{"name":"phone","type":{"type":"text","length":3},"nullable":true}]',
  );
  expect(secretsOf(shop)).toEqual([['extract-files', 'shop-pii']]);
});

test('masks need no key; the pipeline may name the secret', async () => {
  expect(secretsOf(await compiled(false))).toEqual([]);
  expect(JSON.stringify((await compiled(false)).definition)).not.toContain('piiSecret');
  expect(secretsOf(await compiled(true, { pii: { secret: 'customers' } }))).toEqual([['extract-files', 'customers']]);
});
