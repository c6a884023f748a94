/** A pipeline that a stream starts, compiled: its function, what that is told, what it may; and records put on a stream. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../lib/compiler';
import type { CompiledPipeline } from '../../lib/compiler/types';
import { append, definePipeline, hours, kinesis, merge, postgres, streamOf, text } from '../../lib/pipeline';
import { streamPlan } from '../../lib/tasks/stream';
import { signups, USERS_CODE } from '../fixtures/signups';
import { mistakes } from './compile';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-streams-'));
let compiled: CompiledPipeline;
beforeAll(async () => {
  writeFileSync(join(folder, 'users.ts'), USERS_CODE);
  compiled = await of();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const of = (spoil: (definition: ReturnType<typeof signups>) => void = () => {}) => {
  const definition = signups();
  spoil(definition);
  return compile(definePipeline(definition), { folder });
};

test('runs gather what is staged; live sinks are no part of them, and their tables are made', () => {
  const { definition, arrival, gather, dynamoTables, watch } = compiled;

  expect(arrival).toEqual({ keys: [{ wildcard: 'streams/signups/*.ndjson.gz' }] });
  expect(gather).toEqual({});
  expect(Object.keys(definition.States)).toEqual([
    'Admit',
    'Admitted?',
    'Skipped',
    'Extract',
    'Transform',
    'Load',
    'Check',
    'Publish',
    'Record',
  ]);
  const { Record, ...others } = definition.States as Record<string, object>;
  expect(JSON.stringify(others)).not.toContain('dynamoTable');
  // Who reads the definition knows of all tables.
  expect(Record).toHaveProperty('Arguments.Payload.live', [
    expect.objectContaining({ id: 'dynamoTable:users' }),
    expect.objectContaining({
      id: 'aggregate:by-country',
      table: 'by-country',
      columns: [
        { name: 'group', type: { type: 'text' }, nullable: false },
        { name: 'window', type: { type: 'text' }, nullable: false },
        { name: 'country', type: { type: 'text', length: 2 }, nullable: true },
        { name: 'signups', type: { type: 'bigint' }, nullable: false },
        { name: 'ages', type: { type: 'bigint' }, nullable: true },
      ],
    }),
  ]);
  expect(dynamoTables).toEqual([
    { table: 'users', partitionKey: { name: 'user_id', type: 'S' } },
    { table: 'by-country', partitionKey: { name: 'group', type: 'S' }, sortKey: { name: 'window', type: 'S' } },
  ]);
  expect(watch.spec.sinks).toEqual(['lake:signups', 'postgres:app.users']);
  // Each batch that was ever staged would be listed each hour.
  expect(watch.spec.inputs).toEqual([]);
});

test('the stream, and how its records come', async () => {
  expect(compiled.stream).toEqual({
    name: 'signups',
    retentionHours: 168,
    mapping: {
      batchSize: 500,
      windowSeconds: 5,
      parallel: 1,
      startFrom: 'TRIM_HORIZON',
      attempts: 10_000,
      tumblingSeconds: 60,
    },
    lateSeconds: 900,
  });
  const other = await of((it) => {
    it.trigger = streamOf('signups', {
      batch: 10,
      parallel: 4,
      startFrom: 'newest',
      publishEvery: hours(1),
      retention: hours(24),
      retry: { attempts: 3, maxAge: hours(2) },
    });
    it.aggregates = [];
    it.freshness = { within: hours(2) };
  });
  expect(other.stream).toEqual({
    name: 'signups',
    retentionHours: 24,
    mapping: { batchSize: 10, windowSeconds: 5, parallel: 4, startFrom: 'LATEST', attempts: 3, maxAgeSeconds: 7200 },
    lateSeconds: 7200,
  });
});

test('the function that takes records: its code, what it may, and what it is told', () => {
  const { beside, grants, ...spec } = compiled.functions.find(({ task }) => task === 'consume')!;

  expect(spec).toEqual({
    id: 'Consume',
    task: 'consume',
    userCode: { file: join(folder, 'users.ts'), of: 'users' },
    memoryMb: 1024,
    timeoutSeconds: 300,
    storageMb: 512,
    duckdb: false,
    environment: ['LANDING_BUCKET', 'WORK_BUCKET', 'LEDGER_TABLE'],
  });
  expect(grants).toEqual(
    expect.arrayContaining([
      { grant: 'readStream', stream: 'signups' },
      { grant: 'writeObjects', bucket: 'landing', paths: ['streams/signups/*'] },
      { grant: 'putItems', table: 'users' },
      { grant: 'putItems', table: 'by-country' },
      { grant: 'tellOfGivenUp' },
    ]),
  );
  const column = (name: string, type: object, more: object = {}) => ({
    name,
    type,
    nullable: true,
    key: false,
    ...more,
  });
  expect(streamPlan.parse(JSON.parse(beside!['stream.json']!))).toMatchObject({
    stream: 'signups',
    source: 'records',
    columns: [
      column('user_id', { type: 'text', length: 36 }, { nullable: false, key: true, from: 'login.uuid' }),
      column('received_at', { type: 'timestamp' }, { nullable: false }),
      column('registered_at', { type: 'timestamp' }, { from: 'registered.date' }),
      column('country', { type: 'text', length: 2 }),
      column('age', { type: 'integer' }),
      column('shard', { type: 'text', length: 40 }, { from: '_shard' }),
    ],
    dedupe: { by: ['user_id'], withinSeconds: 600 },
    late: { by: 'registered_at', allowSeconds: 3600 },
    receivedAt: 'received_at',
    prefix: 'streams/signups/',
    retentionHours: 168,
    rowFunction: { name: 'users', file: './users.ts', input: { name: 'records' } },
    live: [{ kind: 'dynamoTable', model: 'users', table: 'users', key: { partitionKey: 'user_id' } }],
    aggregates: {
      windowSeconds: 60,
      tables: [
        {
          table: 'by-country',
          model: 'records',
          by: ['country'],
          count: 'signups',
          values: [{ name: 'ages', how: 'sum', column: 'age' }],
        },
      ],
    },
  });
});

test('personal data is hashed by the key in its secret, and a live sink of the source has no user code', async () => {
  const { functions } = await of((it) => {
    it.sources.records.columns.country = text(2).pii('hash');
    it.sinks[0] = { ...it.sinks[0], model: 'records' };
  });
  const { userCode, grants, beside } = functions.find(({ task }) => task === 'consume')!;

  expect(userCode).toBeUndefined();
  expect(grants).toContainEqual({ grant: 'readSecrets', names: ['signups-pii'] });
  const plan = streamPlan.parse(JSON.parse(beside!['stream.json']!));
  expect(plan.piiSecret).toBe('signups-pii');
  expect(plan.live[0]!.columns.find(({ name }) => name === 'country')!.type).toEqual({ type: 'text', length: 64 });
});

test('records are put on a stream once everything else is published, round and round', async () => {
  const { definition, functions } = await of((it) => {
    it.sinks.push(kinesis({ model: 'users', stream: 'more', partitionBy: 'user_id', external: true }));
  });

  expect((definition.States.Publish as { Next?: string }).Next).toBe('Put');
  expect(definition.States.Put).toEqual({
    Type: 'Parallel',
    Comment: 'Records on streams, once everything else is published: each at least once',
    Branches: [
      {
        StartAt: 'Put kinesis:more',
        States: {
          'Put kinesis:more': {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Arguments: {
              FunctionName: `\${PutRecordsFunctionArn}`,
              Payload: {
                run: '{% $run %}',
                sink: expect.objectContaining({
                  kind: 'kinesis',
                  stream: 'more',
                  partitionBy: 'user_id',
                  model: 'users',
                }),
                manifests: '{% $manifests %}',
                checkpoint: '{% $exists($states.input.checkpoint) ? $states.input.checkpoint : null %}',
              },
            },
            TimeoutSeconds: 960,
            Retry: expect.any(Array),
            Output: '{% $states.result.Payload %}',
            Next: 'More kinesis:more?',
          },
          'More kinesis:more?': {
            Type: 'Choice',
            Comment: expect.any(String),
            Choices: [{ Condition: '{% $states.input.checkpoint != null %}', Next: 'Put kinesis:more' }],
            Default: 'Published kinesis:more',
          },
          'Published kinesis:more': { Type: 'Succeed', Output: '{% $states.input.published %}' },
        },
      },
    ],
    Assign: { published: '{% $append($published, $states.result) %}' },
    Output: '{% $states.result %}',
    Next: 'Record',
  });
  expect(functions.find(({ task }) => task === 'put-records')!.grants).toContainEqual({
    grant: 'putRecords',
    stream: 'more',
  });
});

test('a pipeline that does nothing but put records on a stream loads and publishes nothing', async () => {
  const { definition } = await of((it) => {
    it.trigger = { kind: 'cron', cron: '* * * * *', timezone: 'UTC' };
    Object.assign(it, feed());
  });

  expect(Object.keys(definition.States)).toEqual([
    'Admit',
    'Admitted?',
    'Skipped',
    'Extract',
    'Check',
    'Put',
    'Record',
  ]);
  expect((definition.States.Check as { Assign?: object }).Assign).toMatchObject({
    loaded: '{% [] %}',
    published: '{% [] %}',
  });
});

const feed = () => ({
  sources: {
    people: {
      kind: 'landedFiles',
      files: [{ glob: 'people/*.ndjson', format: { kind: 'ndjson' } }],
      columns: { id: text(10) },
      onDrift: 'fail',
      onBadRow: { maxRate: 0.05 },
      rangeMiB: 256,
      memoryMb: 2048,
    },
  },
  models: { ids: { kind: 'sql', text: 'SELECT id FROM people' } },
  sinks: [kinesis({ model: 'ids', stream: 'ids', partitionBy: 'id', external: true })],
  aggregates: [],
});

test('columns that a live sink or a stream is told of are those of its model', async () => {
  const wrong = of((it) => {
    it.sinks[0] = { ...it.sinks[0], write: merge('user_id', { newestBy: 'recieved_at' }) };
    it.sinks.push(kinesis({ model: 'users', stream: 'more', partitionBy: 'id', external: true }));
    it.sinks.push(postgres({ model: 'signups', table: 'app.signups', write: append() }));
  });

  expect(await mistakes(wrong)).toEqual([
    "sinks[0].write.newestBy is 'recieved_at': model 'users' has no such column. Did you mean 'received_at'?",
    "sinks[3].partitionBy is 'id': model 'users' has no such column. Known: user_id, received_at, country.",
  ]);
});

test('a live sink of the source is held against the source’s columns', async () => {
  const wrong = of((it) => {
    it.sinks[0] = {
      ...it.sinks[0],
      model: 'records',
      write: merge('user', { newestBy: 'country' }),
      key: { partitionKey: 'user' },
    };
  });

  expect(await mistakes(wrong)).toEqual([
    "sinks[0].write.keys is 'user': model 'records' has no such column. Known: user_id, received_at, registered_at, country, age, shard.",
  ]);
});
