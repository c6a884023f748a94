/** Pipelines whose tables can be made anew: what they compile to, and what must be declared for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFinding, lint } from '../../lib/asl';
import { compileTogether } from '../../lib/compiler';
import {
  append,
  type Column,
  cron,
  definePipeline,
  dynamoTable,
  httpApi,
  json,
  key,
  kinesis,
  lake,
  merge,
  minutes,
  type Pipeline,
  postgres,
  published,
  rowFunction,
  scd2,
  sql,
  streamOf,
  streamRecords,
  text,
  timestamp,
} from '../../lib/pipeline';
import { refuseClashes } from '../../lib/pipeline/together';
import { USERS_CODE } from '../fixtures/signups';

const feed = (rows = 'SELECT id, doc, received_at FROM answers', write: object = append()): Pipeline =>
  definePipeline({
    name: 'feed',
    trigger: cron('*/5 * * * *'),
    sources: {
      answers: httpApi({
        url: 'https://example.com/people',
        columns: { id: text(40).notNull(), doc: json(), received_at: timestamp().notNull() },
      }),
    },
    models: { raw: sql.text(rows) },
    sinks: [
      postgres({ model: 'raw', table: 'kept.raw', write: write as ReturnType<typeof append> }),
      kinesis({ model: 'raw', stream: 'people', partitionBy: 'id' }),
    ],
  });

interface Options {
  readonly seen?: string;
  readonly columns?: Record<string, Column>;
  readonly receivedAt?: string;
  readonly partitionBy?: [string, ...string[]];
  readonly newestBy?: string;
}

const people = ({
  seen = 'SELECT id, received_at, CAST(received_at AS DATE) AS received_on FROM records',
  columns = {},
  receivedAt = 'received_at',
  partitionBy = ['received_on'],
  newestBy = 'received_at',
}: Options = {}): Pipeline =>
  definePipeline({
    name: 'people',
    trigger: streamOf('people'),
    sources: {
      records: streamRecords({
        columns: { id: key.text(40), received_at: timestamp().notNull(), ...columns },
        dedupe: { by: 'id', within: minutes(10) },
        ...(receivedAt === '' ? {} : { receivedAt }),
        rebuildFrom: published('feed', 'raw'),
      }),
    },
    models: { seen: sql.text(seen) },
    sinks: [
      dynamoTable({ model: 'records', table: 'people', write: merge('id', { newestBy: 'received_at' }), live: true }),
      lake({ model: 'seen', table: 'seen', write: append(), partitionBy }),
      postgres({ model: 'seen', table: 'app.people', write: merge('id', newestBy === '' ? {} : { newestBy }) }),
    ],
  });

const folder = mkdtempSync(join(tmpdir(), 'stepwell-rebuild-'));
beforeAll(() => writeFileSync(join(folder, 'users.ts'), USERS_CODE));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function compiled(...pipelines: Pipeline[]) {
  refuseClashes(pipelines.map((pipeline) => ({ folder: pipeline.name, pipeline })));
  const all = await compileTogether(pipelines.map((pipeline) => ({ pipeline, folder })));
  return all[pipelines.findIndex(({ name }) => name === 'people')]!;
}

test('a run may begin with a rebuild, and then writes live tables as well', async () => {
  const { definition, functions, postgres: database } = await compiled(people(), feed());

  expect(lint(definition).map(describeFinding)).toEqual([]);
  expect(definition.StartAt).toBe('Rebuild?');
  expect(Object.keys(definition.States).slice(0, 5)).toEqual(['Rebuild?', 'Settle', 'Read raw', 'All read?', 'Admit']);
  const branches = (state: string) =>
    (definition.States[state] as unknown as { Branches: { StartAt: string }[] }).Branches.map(({ StartAt }) => StartAt);
  expect(branches('Load')).toEqual(['Load lake:seen', 'Load postgres:app.people', 'Load dynamoTable:people?']);
  expect(branches('Publish').at(-1)).toBe('Publish dynamoTable:people?');
  expect(database?.reads).toEqual([
    expect.objectContaining({
      pipeline: 'feed',
      schema: 'kept',
      table: 'raw',
      primaryKey: [],
      orderedBy: 'received_at',
    }),
  ]);
  const tasks = functions.map(({ task }) => task);
  expect(tasks).toEqual(expect.arrayContaining(['rebuild', 'load-dynamodb', 'publish-dynamodb', 'consume']));
});

test('who reads the records judges them by the code of the stream’s function, and may read the key of its hashes', async () => {
  const definition = people({ columns: { mail: text(100).pii('hash') } });
  const { functions } = await compiled(
    {
      ...definition,
      models: {
        ...definition.models,
        users: rowFunction('./users.ts', { from: 'records', columns: { id: key.text(40), received_at: timestamp() } }),
      },
      sinks: [{ ...definition.sinks[0]!, model: 'users' }, ...definition.sinks.slice(1)],
    } as Pipeline,
    feed('SELECT id, doc, CAST(doc AS VARCHAR) AS mail, received_at FROM answers'),
  );

  const [consume, rebuild] = ['consume', 'rebuild'].map((kind) => functions.find(({ task }) => task === kind)!);
  expect(rebuild!.userCode).toEqual({ file: expect.stringMatching(/users\.ts$/), of: 'users' });
  expect(rebuild!.userCode).toEqual(consume!.userCode);
  expect(rebuild!.beside).toEqual(consume!.beside);
  expect(rebuild!.grants).toContainEqual({ grant: 'readSecrets', names: ['people-pii'] });
});

test('a pipeline alone has no rebuild, since nobody knows the other table', async () => {
  const definition = definePipeline({
    name: 'alone',
    trigger: streamOf('alone'),
    sources: { records: streamRecords({ columns: { id: key.text(40) } }) },
    models: { seen: sql.text('SELECT id FROM records') },
    sinks: [postgres({ model: 'seen', table: 'app.alone', write: append() })],
  });
  const [alone] = await compileTogether([{ pipeline: definition, folder: __dirname }]);

  expect(alone!.definition.StartAt).toBe('Admit');
});

test.each<[string, () => Pipeline[], RegExp]>([
  [
    'no column says when a record was received',
    () => [people({ receivedAt: '' }), feed()],
    /sources.records.receivedAt is missing: .*nothing says when they were. Name the column/,
  ],
  [
    'a column that only Kinesis knows',
    () => [people({ columns: { place: text(40).from('_sequence') } }), feed()],
    /sources.records.columns.place is '_sequence': only Kinesis knows it/,
  ],
  [
    'an appended model without the time of receipt',
    () => [
      people({ seen: 'SELECT id, CAST(received_at AS DATE) AS received_on FROM records', newestBy: 'received_on' }),
      feed(),
    ],
    /sinks\[1\].model is 'seen': it has no column received_at, .* Let 'seen' give received_at/,
  ],
  [
    'a merge that does not know the newest',
    () => [people({ newestBy: '' }), feed()],
    /sinks\[2\].write.newestBy is missing: a rebuild brings old records again/,
  ],
  [
    'partitions of something else than days',
    () => [people({ partitionBy: ['id'] }), feed()],
    /sinks\[1\].partitionBy is 'id': a rebuild swaps the partitions of whole days/,
  ],
  [
    'a raw table that keeps states, not records',
    () => [people(), feed(undefined, scd2('id'))],
    /rebuildFrom .*does not keep all rows: its write mode is scd2/,
  ],
])('refused, with the remedy: %s', async (_, pipelines, message) => {
  await expect((async () => compiled(...pipelines()))()).rejects.toThrow(message);
});
