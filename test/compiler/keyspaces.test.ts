import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile as compilePipeline } from '../../lib/compiler';
import { definePipeline, keyspaces, merge, replace } from '../../lib/pipeline';
import { streamPlan } from '../../lib/tasks/stream';
import { signups, USERS_CODE } from '../fixtures/signups';
import { compileModels, mistakes } from './compile';

const MODEL = { m: 'SELECT id, note, day, price, placed, doc, ok, placed AS expires FROM orders' };
const compile = (options: object, models: Record<string, string> = MODEL) =>
  compileModels(models, { sinks: [keyspaces({ model: 'm', table: 'shop.items', ...options } as never)] });

test('the table has the key and the types of CQL, and publishing goes round until there is no checkpoint', async () => {
  const { keyspacesTables, definition, functions } = await compile({
    key: { partitionKey: ['id', 'day'], clusteringKey: ['placed'] },
    write: merge(['id', 'day', 'placed']),
    ttl: 'expires',
  });

  expect(keyspacesTables).toEqual([
    {
      keyspace: 'shop',
      table: 'items',
      partitionKey: [
        { name: 'id', type: 'bigint' },
        { name: 'day', type: 'date' },
      ],
      clusteringKey: [{ name: 'placed', type: 'timestamp' }],
      columns: [
        { name: 'note', type: 'text' },
        { name: 'price', type: 'decimal' },
        { name: 'doc', type: 'text' },
        { name: 'ok', type: 'boolean' },
        { name: 'expires', type: 'timestamp' },
        { name: 'stepwell_version', type: 'text' },
        { name: 'stepwell_loaded_at', type: 'timestamp' },
        { name: 'stepwell_deleted', type: 'boolean' },
      ],
      ttlSeconds: 630_720_000,
    },
  ]);
  const { Branches } = definition.States.Publish as unknown as { Branches: { States: Record<string, object> }[] };
  expect(Object.keys(Branches[0]!.States)).toEqual([
    'Publish keyspaces:shop.items',
    'More keyspaces:shop.items?',
    'Published keyspaces:shop.items',
  ]);
  const { grants } = functions.find(({ task }) => task === 'publish-keyspaces')!;
  expect(grants).toContainEqual({ grant: 'writeKeyspace', keyspace: 'shop', table: 'items' });
  expect(functions.map(({ task }) => task)).toContain('load-keyspaces');
});

test.each([
  [
    { key: { partitionKey: 'nr', clusteringKey: 'doc' }, write: replace() },
    ["sinks[0].key is 'nr'", "sinks[0].key is 'doc': a json column"],
  ],
  [{ write: merge('ok') }, ["sinks[0].key is 'ok': a boolean column cannot be a key"]],
  [{ write: merge('id'), ttl: 'price' }, ["sinks[0].ttl is 'price': a decimal column cannot be the time when a row"]],
  [{ write: merge('id'), ttl: 'until' }, ["sinks[0].ttl is 'until': model 'm' has no such column"]],
  [
    { write: merge(['id', 'placed']), ttl: 'placed' },
    ["sinks[0].ttl is 'placed': a column of the key has the same value"],
  ],
])('%j', async (options, expected) => {
  expect(await mistakes(compile(options))).toEqual(expected.map((one) => expect.stringContaining(one)));
});

test('columns that a table of Keyspaces cannot have, or not so many', async () => {
  const named = (columns: string) =>
    mistakes(compile({ write: merge('id') }, { m: `SELECT id, ${columns} FROM orders` }));
  expect(await named(`note AS n, note AS stepwell_version`)).toEqual([
    expect.stringContaining("sinks[0].model is 'n': a column of Keyspaces has 2 to 48 lower-case letters"),
    expect.stringContaining("sinks[0].model is 'stepwell_version': Stepwell has a column of that name"),
  ]);
  const many = Array.from({ length: 223 }, (_, index) => `note AS note_${index}`).join(', ');
  expect(await named(many)).toEqual([
    expect.stringContaining("sinks[0].model is 'm': it has 224 columns, and Keyspaces sets 225 at most at once"),
  ]);
});

test('of a stream it may be live: the function of the stream is told of it and may write it, and the runs write nothing of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-keyspaces-'));
  writeFileSync(join(folder, 'users.ts'), USERS_CODE);
  const definition = signups();
  const write = merge('user_id', { newestBy: 'received_at' });
  const sinks = [...definition.sinks, keyspaces({ model: 'users', table: 'app.users', write, live: true })];
  const compiled = await compilePipeline(definePipeline({ ...definition, sinks } as never), { folder });
  rmSync(folder, { recursive: true, force: true });

  expect(compiled.keyspacesTables).toMatchObject([{ keyspace: 'app', table: 'users' }]);
  const { Record, ...others } = compiled.definition.States;
  expect(JSON.stringify(others)).not.toContain('keyspaces:app.users');
  // In a local cloud it may be off, which the run then says.
  expect(Record).toMatchObject({
    Arguments: { Payload: { live: expect.arrayContaining([expect.objectContaining({ id: 'keyspaces:app.users' })]) } },
  });
  const consume = compiled.functions.find(({ task }) => task === 'consume')!;
  expect(consume.grants).toContainEqual({ grant: 'writeKeyspace', keyspace: 'app', table: 'users' });
  const plan = streamPlan.parse(JSON.parse(consume.beside!['stream.json']!));
  expect(plan.live.map(({ id }) => id)).toContain('keyspaces:app.users');
  expect(compiled.functions.map(({ task }) => task)).not.toContain('publish-keyspaces');
});
