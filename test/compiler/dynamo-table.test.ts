import { dynamoTable, merge, replace } from '../../lib/pipeline';
import { compileModels, mistakes } from './compile';

const MODEL = { m: 'SELECT id, note, day, price, placed, doc, ok, placed AS expires FROM orders' };
const compile = (options: object) =>
  compileModels(MODEL, { sinks: [dynamoTable({ model: 'm', table: 'items', ...options } as never)] });

test('the table has the key in its types, and publishing goes round until there is no checkpoint', async () => {
  const { dynamoTables, definition, functions } = await compile({
    key: ['id', 'day'],
    write: replace(),
    ttl: 'expires',
  });

  expect(dynamoTables).toEqual([
    {
      table: 'items',
      partitionKey: { name: 'id', type: 'N' },
      sortKey: { name: 'day', type: 'S' },
      ttl: 'expires',
    },
  ]);
  const { Branches } = definition.States.Publish as unknown as { Branches: { States: Record<string, object> }[] };
  expect(Object.entries(Branches[0]!.States).map(([name, state]) => [name, (state as { Type: string }).Type])).toEqual([
    ['Publish dynamoTable:items', 'Task'],
    ['More dynamoTable:items?', 'Choice'],
    ['Published dynamoTable:items', 'Succeed'],
  ]);
  const { grants } = functions.find(({ task }) => task === 'publish-dynamodb')!;
  expect(grants).toContainEqual({ grant: 'writeTable', table: 'items' });
});

test.each([
  [{ key: ['nr', 'doc'], write: replace() }, ["sinks[0].key is 'nr'", "sinks[0].key is 'doc': a json column"]],
  [{ write: merge('ok') }, ["sinks[0].key is 'ok': a boolean column cannot be a key"]],
  [{ write: merge('id'), ttl: 'price' }, ["sinks[0].ttl is 'price': a decimal column cannot be the time when an item"]],
  [{ write: merge('id'), ttl: 'until' }, ["sinks[0].ttl is 'until': model 'm' has no such column"]],
  [
    { write: merge('id', { newestBy: 'placed' }), ttl: 'placed' },
    ["sinks[0].ttl is 'placed': it is kept as whole seconds there"],
  ],
])('%j', async (options, expected) => {
  expect(await mistakes(compile(options))).toEqual(expected.map((one) => expect.stringContaining(one)));
});
