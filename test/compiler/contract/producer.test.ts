/** What a pipeline puts on a stream, and the contract of the pipeline that reads it. */
import { compileTogether } from '../../../lib/compiler';
import { producerMistakes } from '../../../lib/compiler/contract';
import {
  append,
  bigint,
  type Column,
  csv,
  definePipeline,
  json,
  key,
  kinesis,
  lake,
  landedFiles,
  s3Arrival,
  sql,
  streamOf,
  streamRecords,
  text,
  timestamp,
} from '../../../lib/pipeline';
import type { ColumnType, OutputColumn } from '../../../lib/tasks/common';

const feed = (columns: Readonly<Record<string, Column>>, select: string) =>
  definePipeline({
    name: 'feed',
    trigger: s3Arrival('feed/*.csv'),
    sources: { lines: landedFiles({ glob: 'feed/*.csv', format: csv(), columns }) },
    models: { people: sql.text(`select ${select} from lines`) },
    sinks: [kinesis({ model: 'people', stream: 'users', partitionBy: 'user_id' })],
  });

const users = definePipeline({
  name: 'users',
  trigger: streamOf('users'),
  sources: {
    records: streamRecords({
      columns: {
        user_id: key.text(36),
        visits: bigint().notNull(),
        city: text().from('location.city'),
        seen_at: timestamp(),
      },
    }),
  },
  models: { everyone: sql.text('select user_id, visits, city from records') },
  sinks: [lake({ model: 'everyone', table: 'everyone', write: append(), partitionBy: ['city'] })],
});

const compiled = (columns: Readonly<Record<string, Column>>, select: string) =>
  compileTogether([feed(columns, select), users].map((pipeline) => ({ pipeline, folder: __dirname })));

const LINE = { id: key.text(36), visits: bigint(), place: json() };

test('A producer puts records by the contract of the stream, whose version they carry', async () => {
  const [producer, reader] = await compiled(LINE, 'id as user_id, visits, place as location');

  const { contract, functions } = reader!;
  expect(contract).toMatchObject({ registry: 'stepwell-users', name: 'users' });
  expect(contract!.versions).toEqual([contract!.current]);
  expect(functions.find(({ task }) => task === 'consume')!.grants).toContainEqual({ grant: 'readSchemaVersions' });
  const put = JSON.stringify(producer!.definition);
  expect(put).toContain(JSON.stringify(contract!.current));
  expect(producer!.functions.find(({ task }) => task === 'put-records')!.grants).toContainEqual({
    grant: 'findSchemaVersion',
    registry: 'stepwell-users',
    name: 'users',
  });
});

test('A producer that the contract cannot read is a mistake at synth', async () => {
  await expect(compiled(LINE, 'id as user_id, cast(visits as varchar) as visits, id as location')).rejects.toThrow(
    [
      "Pipeline 'feed' has 2 mistakes:",
      "  - sinks[0].model is 'people': its column 'visits' is text(20), and column 'visits' is bigint, by the contract of the stream 'users' (pipeline 'users'). Cast it in the model, or widen the column in the contract.",
      "  - sinks[0].model is 'people': its column 'location' is text(36), and column 'city' (from 'location.city') is read from within it, by the contract of the stream 'users' (pipeline 'users'). Let the model have 'location' as JSON, or read the column from its own name.",
    ].join('\n'),
  );
});

test('A column that the contract needs is missed', async () => {
  await expect(compiled(LINE, 'id as user_id')).rejects.toThrow(
    "it has no column 'visits', and column 'visits' is needed, by the contract of the stream 'users' (pipeline 'users'). Let the model have it as bigint, or make it nullable in the contract.",
  );
});

const decimal = (precision: number, scale: number): ColumnType => ({ type: 'decimal', precision, scale });

test.each<[ColumnType, ColumnType, boolean]>([
  [{ type: 'text' }, { type: 'text', length: 5 }, true],
  [{ type: 'text', length: 6 }, { type: 'text', length: 5 }, false],
  [{ type: 'bigint' }, { type: 'text' }, true],
  [{ type: 'json' }, { type: 'text' }, false],
  [{ type: 'integer' }, { type: 'bigint' }, true],
  [{ type: 'bigint' }, { type: 'integer' }, false],
  [{ type: 'integer' }, decimal(12, 2), true],
  [{ type: 'bigint' }, decimal(20, 2), false],
  [decimal(10, 2), decimal(12, 2), true],
  [decimal(12, 3), decimal(12, 2), false],
  [{ type: 'double' }, decimal(12, 2), false],
  [decimal(12, 2), { type: 'double' }, true],
  [{ type: 'date' }, { type: 'timestamp' }, true],
  [{ type: 'timestamp' }, { type: 'date' }, false],
  [{ type: 'integer' }, { type: 'boolean' }, false],
  [{ type: 'boolean' }, { type: 'json' }, true],
])('%j as %j', (from, as, isRead) => {
  const contract = {
    stream: 'users',
    pipeline: 'users',
    columns: [{ name: 'a', type: as, nullable: true, key: false }],
    onDrift: 'ignore' as const,
  };
  const columns: OutputColumn[] = [{ name: 'a', type: from, nullable: true }];

  expect(producerMistakes({ model: 'rows', columns }, contract, 'sinks[0]').length === 0).toBe(isRead);
});

test('A contract without room for new members is told of them', () => {
  const contract = { stream: 'users', pipeline: 'users', columns: [], onDrift: 'quarantine' as const };
  const columns: OutputColumn[] = [{ name: 'a', type: { type: 'text' }, nullable: true }];

  expect(producerMistakes({ model: 'rows', columns }, contract, 'sinks[0]')).toMatchObject([
    { rule: "its column 'a' is one too many, by the contract of the stream 'users' (pipeline 'users')" },
  ]);
});
