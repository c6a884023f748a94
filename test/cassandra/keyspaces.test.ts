/**
 * Sinks of Amazon Keyspaces, on a real Apache Cassandra: whatever loads come, in whichever order, again, anew, late or killed half way, the
 * table is what the plain model says, as of the databases; and what a person reads of it.
 */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { type Client, errors, types } from 'cassandra-driver';
import * as fc from 'fast-check';
import { keyspacesLiveSink } from '../../lambdas/consume/keyspaces-sink';
import type { LiveRow } from '../../lambdas/consume/live-sink';
import { stageForKeyspaces } from '../../lambdas/load-keyspaces/stage';
import { publishKeyspaces } from '../../lambdas/publish-keyspaces/publish';
import { quoteText, sqlType } from '../../lambdas/shared/duckdb';
import { cassandraAddress, clientOf } from '../../lambdas/shared/keyspaces/connect';
import { tableWriter } from '../../lambdas/shared/keyspaces/write-row';
import { Pace } from '../../lambdas/shared/pace';
import { LEASE_MS } from '../../lambdas/shared/table-lock';
import type { RowTexts } from '../../lambdas/shared/unfit';
import { findCassandra } from '../../lib/local/cassandra/jars';
import type { ColumnType, KeyspacesSink, ManifestRef, OutputColumn, Run, WriteMode } from '../../lib/tasks/common';
import { CQL_BOOKKEEPING, cqlType } from '../../lib/tasks/keyspaces';
import type { Published } from '../../lib/tasks/publish';
import { COLUMNS, day, type Item, KEYS, Model, runOf, type Step, show, steps } from '../exactly-once/write-modes';
import { startTestCassandra, type TestCassandra } from '../fixtures/cassandra';
import { type Staging, startStaging, WORK } from '../lambdas/staging';

const RUNS = Number(process.env.RUNS ?? 1);
const withCassandra = findCassandra() ? describe : describe.skip;
const MERGE: WriteMode = { mode: 'merge', keys: ['id'], newestBy: 'at' };

withCassandra('a table of Cassandra', () => {
  let cassandra: TestCassandra;
  let staging: Staging;
  let attempts = 0;
  let tables = 0;
  /** Locks of attempts that were killed run out before the next step. */
  let now = Date.now();

  beforeAll(async () => {
    [cassandra, staging] = await Promise.all([startTestCassandra(), startStaging()]);
    await define("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await staging.dynamoDb.send(
      new CreateTableCommand({
        TableName: 'ledger',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
  });
  afterAll(async () => {
    await staging?.close();
    await cassandra?.stop();
  });

  const define = (statement: string) => cassandra.client.execute(statement, [], { prepare: false });

  async function newTable(
    sink: Partial<KeyspacesSink> & Pick<KeyspacesSink, 'columns' | 'write'>,
  ): Promise<KeyspacesSink> {
    const table = `rows${tables++}`;
    const key = sink.key ?? { partitionKey: ['id'], clusteringKey: [] };
    const columns = [...sink.columns, ...CQL_BOOKKEEPING].map(({ name, type }) => `"${name}" ${cqlType(type)}`);
    const primary = [`(${key.partitionKey.join(', ')})`, ...key.clusteringKey].join(', ');
    await define(`CREATE TABLE shop.${table} (${columns.join(', ')}, PRIMARY KEY (${primary}))`);
    return {
      kind: 'keyspaces',
      id: `keyspaces:shop.${table}`,
      model: 'orders',
      evolve: false,
      keyspace: 'shop',
      table,
      key,
      ...sink,
    };
  }

  const column = (name: string, type: ColumnType): OutputColumn => ({ name, type, nullable: true });
  const versioned = [
    column('id', { type: 'bigint' }),
    column('note', { type: 'text' }),
    column('at', { type: 'timestamp' }),
    column('gone', { type: 'boolean' }),
  ];
  const at = (hour: number) => `2026-01-05T${String(hour).padStart(2, '0')}:00:00.000000Z`;
  const row = (id: number, note: string | null, hour: number, gone: string | null = null): RowTexts => ({
    id: String(id),
    note,
    at: at(hour),
    gone,
  });
  const of = (arrival: string, load = arrival, generation = 0) => ({ arrival, load, generation });
  const notes = async (sink: KeyspacesSink) =>
    (await cassandra.rows(`SELECT id, note, stepwell_deleted FROM shop.${sink.table}`))
      .map((one) => `${one.id} ${one.stepwell_deleted ? 'deleted' : one.note}`)
      .sort();

  describe('one row', () => {
    test('an older version that comes later changes nothing, a newer one does, and the same one again is there already', async () => {
      const sink = await newTable({ columns: versioned, write: MERGE });
      const writer = tableWriter(cassandra.client, sink);
      const write = async (...given: Parameters<typeof writer.write>) => (await writer.write(...given)).changed;

      expect(await write(row(1, 'second', 2), of('b'))).toBe(true);
      expect(await write(row(1, 'first', 1), of('c'))).toBe(false);
      expect(await write(row(1, 'second', 2), of('b'))).toBe(true);
      // On a tie the later arrival wins, whichever comes first.
      expect(await write(row(1, 'tie, earlier', 2), of('a'))).toBe(false);
      expect(await write(row(1, 'tie, later', 2), of('d'))).toBe(true);
      expect(await notes(sink)).toEqual(['1 tie, later']);
      expect(await write(row(1, null, 3), of('a'))).toBe(true);
      expect(await notes(sink)).toEqual(['1 null']);
    });

    test('a deletion stays, whatever older comes after it, and something newer may come back', async () => {
      const sink = await newTable({ columns: versioned, write: { ...MERGE, deletedBy: 'gone' } as WriteMode });
      const writer = tableWriter(cassandra.client, sink);

      await writer.write(row(1, 'there', 1), of('a'));
      await writer.write(row(1, 'deleted', 3, 'true'), of('b'));
      await writer.write(row(1, 'late', 2), of('c'));
      expect(await notes(sink)).toEqual(['1 deleted']);
      const [kept] = await cassandra.rows(`SELECT note, at FROM shop.${sink.table}`);
      expect(kept).toEqual({ note: null, at: null });
      await writer.write(row(1, 'again', 4), of('d'));
      expect(await notes(sink)).toEqual(['1 again']);
    });

    test('many writers of one row leave the newest, in any order', async () => {
      const sink = await newTable({ columns: versioned, write: MERGE });
      const writer = tableWriter(cassandra.client, sink, { wait: async () => {} });
      const hours = Array.from({ length: 8 }, (_, hour) => hour);
      const outcomes = await Promise.allSettled(
        hours.map((hour) => writer.write(row(1, `v${hour}`, hour), of(`${hour}`))),
      );
      // Who lost each time is told so, and its task tries again.
      for (const [hour, outcome] of outcomes.entries()) {
        if (outcome.status === 'rejected') await writer.write(row(1, `v${hour}`, hour), of(`${hour}`));
      }
      expect(await notes(sink)).toEqual(['1 v7']);
    });

    test('a write whose answer is lost is found done, and one that was not done is done', async () => {
      const sink = await newTable({ columns: versioned, write: MERGE });
      const lost: string[] = [];
      const execute = async (statement: string, values: unknown[]) => {
        const isWrite = /^(INSERT|UPDATE)/.test(statement);
        if (isWrite && lost.length === 0) {
          lost.push('before');
          throw new errors.OperationTimedOutError('lost', 'host');
        }
        const result = await cassandra.client.execute(statement, values);
        if (isWrite && lost.length === 1) {
          lost.push('after');
          throw new errors.ResponseError(types.responseErrorCodes.writeTimeout, 'the answer of a replica is missing');
        }
        return result;
      };
      const writer = tableWriter({ execute } as unknown as Client, sink, { wait: async () => {} });

      expect(await writer.write(row(1, 'once', 1), of('a'))).toEqual({ changed: true, attempts: 3 });
      expect(lost).toEqual(['before', 'after']);
      expect(await notes(sink)).toEqual(['1 once']);
    });

    test('rows expire as their column says, with their keys, and a later version may live shorter', async () => {
      const columns = [column('id', { type: 'bigint' }), column('until', { type: 'timestamp' })];
      const sink = await newTable({ columns, write: { mode: 'merge', keys: ['id'] }, ttl: 'until' });
      const writer = tableWriter(cassandra.client, sink);
      const left = async (id: number) =>
        (await cassandra.rows(`SELECT ttl(stepwell_version) AS left FROM shop.${sink.table} WHERE id = ${id}`)).map(
          (one) => one.left as number | null,
        );
      const inAnHour = new Date(Date.now() + 3_600_000).toISOString();

      await writer.write({ id: '1', until: inAnHour }, of('a'));
      expect((await left(1))[0]).toBeGreaterThan(1_800);
      await writer.write({ id: '2', until: null }, of('a'));
      expect(await left(2)).toEqual([null]);
      // Over a century from now: what Cassandra keeps at most.
      await writer.write({ id: '3', until: '2126-01-01T00:00:00.000000Z' }, of('a'));
      expect((await left(3))[0]).toBeGreaterThan(600_000_000);
      await writer.write({ id: '1', until: '2020-01-01T00:00:00.000000Z' }, of('b'));
      while ((await left(1)).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
      await writer.write({ id: '1', until: null }, of('c'));
      expect(await left(1)).toEqual([null]);
    });

    test('a host that is down, and a table that is not there, are told with what to do', async () => {
      const sink = await newTable({ columns: versioned, write: MERGE });
      // Nobody listens on port 1.
      const down = clientOf(cassandraAddress('127.0.0.1:1'));
      const nowhere = tableWriter(down, sink, { wait: async () => {} });
      await expect(nowhere.write(row(1, 'a', 1), of('a'))).rejects.toMatchObject({
        name: 'KeyspacesUnavailable',
        message: expect.stringMatching(
          /^Cassandra at 127\.0\.0\.1:1 does not answer: .*ECONNREFUSED.* Locally: is Cassandra up \(npm run cassandra\).* Then redrive the run/,
        ),
      });
      await down.shutdown();
      const gone = tableWriter(cassandra.client, { ...sink, table: 'gone' });
      await expect(gone.write(row(1, 'a', 1), of('a'))).rejects.toMatchObject({
        name: 'StatementFailed',
        message: expect.stringMatching(/refused a row of the table shop\.gone: .* Deploy the pipeline, then redrive/),
      });
    });
  });

  describe('live', () => {
    const live = (sink: KeyspacesSink, client: Client | undefined, told: string[] = []) =>
      keyspacesLiveSink(sink, { client, pace: new Pace(Date.now), now: Date.now, warn: (line) => told.push(line) });
    const record = (id: number, note: string, hour: number, sequence: number): LiveRow => ({
      row: row(id, note, hour),
      sequence: String(sequence),
      receivedAt: Date.parse(at(hour)),
    });

    test('records in any order and more than once leave the newest of each key, beside what runs write', async () => {
      const sink = await newTable({ columns: versioned, write: MERGE });
      const { write } = live(sink, cassandra.client);

      const batch = [record(1, 'b', 2, 11), record(1, 'a', 1, 9), record(2, 'b', 5, 12), record(1, 'b, later', 2, 100)];
      expect(await write(batch)).toEqual({ failed: [] });
      expect(await write([record(1, 'a', 1, 9), record(2, 'a', 4, 8)])).toEqual({ failed: [] });
      expect(await write(batch)).toEqual({ failed: [] });
      expect(await notes(sink)).toEqual(['1 b, later', '2 b']);
      // As a run does that makes the table anew from where all records are kept.
      const run = tableWriter(cassandra.client, sink);
      expect(await run.write(row(1, 'old', 1), of(`${at(23)}#1`, 'rebuilt'))).toMatchObject({ changed: false });
      expect(await run.write(row(2, 'same', 5), of(`${at(23)}#1`, 'rebuilt'))).toMatchObject({ changed: true });
    });

    test('what fails is told record by record, and nothing is written, and said once, where there is no Cassandra', async () => {
      const sink = await newTable({ columns: versioned, write: MERGE });
      const { failed } = await live({ ...sink, table: 'gone' }, cassandra.client).write([
        record(1, 'a', 1, 1),
        record(1, 'b', 2, 2),
        record(2, 'c', 3, 3),
      ]);
      expect(failed.map(({ sequence }) => sequence).sort()).toEqual(['1', '2', '3']);
      expect(failed[0]!.reason).toMatch(/^StatementFailed: Cassandra refused a row of the table shop\.gone/);

      const told: string[] = [];
      const off = live(sink, undefined, told);
      for (let batch = 0; batch < 2; batch++) expect(await off.write([record(1, 'a', 1, 1)])).toEqual({ failed: [] });
      expect(told).toEqual([expect.stringContaining(`Nothing is written to ${sink.id}: no Cassandra is there.`)]);
      expect(await notes(sink)).toEqual([]);
    });
  });

  describe('a load', () => {
    const publisher = () => ({
      ledger: { client: staging.dynamoDb, table: 'ledger' },
      attempt: `attempt-${attempts++}`,
      now: () => now,
    });

    async function stage(run: Run, sink: KeyspacesSink, selects: readonly string[]): Promise<ManifestRef> {
      const manifests = [await staging.stage('orders', { orders: { columns: sink.columns, selects } })];
      const loaded = await stageForKeyspaces(
        { run, sink, manifests },
        { s3: staging.s3, workBucket: WORK, attempt: `stage-${attempts++}`, chunkItems: 4 },
      );
      return loaded.manifest!;
    }

    async function publish(
      run: Run,
      sink: KeyspacesSink,
      staged: ManifestRef,
      { client = cassandra.client, looks = Number.POSITIVE_INFINITY } = {},
    ): Promise<Published> {
      for (let checkpoint = null; ; ) {
        let left = looks;
        const output = await publishKeyspaces(
          { run, sink, staged, checkpoint },
          { ...publisher(), client, s3: staging.s3, workBucket: WORK, remainingMs: () => (left-- > 0 ? 900_000 : 0) },
        );
        if (output.published) return output.published;
        checkpoint = JSON.parse(JSON.stringify(output.checkpoint));
      }
    }

    /** Cassandra for an attempt that is killed at its nth write of a row. */
    function mortal(nth: number): Client {
      const execute = async (statement: string, ...rest: never[]) => {
        if (/^(INSERT|UPDATE)/.test(statement) && --nth <= 0) throw new Error('killed');
        return cassandra.client.execute(statement, ...rest);
      };
      return { execute } as unknown as Client;
    }

    const values = (items: readonly Item[]): string[] => {
      const literal = (value: unknown) => (value === null ? 'NULL' : quoteText(String(value)));
      const names = ['id', 'region', 'note', 'other', 'version', 'gone'] as const;
      const select = COLUMNS.map(({ name, type }) => `CAST(${name} AS ${sqlType(type)}) AS ${name}`).join(', ');
      const tuples = items.map((one) => `(${names.map((name) => literal(one[name])).join(', ')})`);
      return items.length === 0 ? [] : [`SELECT ${select} FROM (VALUES ${tuples.join(', ')}) t(${names.join(', ')})`];
    };

    const MODES: [string, KeyspacesSink['write']][] = [
      ['merge by newestBy', { mode: 'merge', keys: KEYS, newestBy: 'version' }],
      ['merge by arrival with deletions', { mode: 'merge', keys: KEYS, deletedBy: 'gone' }],
      ['merge by newestBy with deletions', { mode: 'merge', keys: KEYS, newestBy: 'version', deletedBy: 'gone' }],
      ['replace', { mode: 'replace' }],
    ];
    test.each(MODES)('%s: the table is what the model says', async (_name, write) => {
      const deaths = fc.array(fc.constantFrom(0, 0, 1, 3, 8), { minLength: 7, maxLength: 7 });
      const looks = fc.constantFrom(Number.POSITIVE_INFINITY, 3, 10);
      await fc.assert(
        fc.asyncProperty(steps(write), deaths, looks, async (sequence, dying, looks) => {
          const sink = await newTable({
            columns: COLUMNS,
            write,
            key: { partitionKey: ['id'], clusteringKey: ['region'] },
          });
          const key = (one: Item) => `${one.id} ${one.region}`;
          const distinct: Step[] = sequence.map((step) => ({
            ...step,
            rows: step.rows.filter((one, index) => step.rows.findIndex((other) => key(other) === key(one)) === index),
          }));
          const model = new Model(write);
          for (const [execution, step] of distinct.entries()) {
            model.publish(step);
            now += 2 * LEASE_MS;
            const run = runOf(sink.table, step, execution);
            const staged = await stage(run, sink, values(step.rows));
            if (dying[execution]! > 0)
              await publish(run, sink, staged, { client: mortal(dying[execution]!) }).catch(() => {});
            for (let time = 0; time < step.times; time++) await publish(run, sink, staged, { looks });
          }
          const found = (await cassandra.rows(`SELECT * FROM shop.${sink.table}`))
            .filter((one) => one.stepwell_deleted !== true)
            .map(({ id, region, note, other, version, gone }) => {
              const time = version === null ? null : (version as Date).toISOString().replace('T', ' ').slice(0, 19);
              return show({ id: Number(id), region, note, other, version: time, gone } as Item);
            });
          expect(found.sort()).toEqual(model.table());
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });

    test('every type of column is what it was', async () => {
      const columns = [
        column('id', { type: 'bigint' }),
        column('whole', { type: 'integer' }),
        column('exact', { type: 'decimal', precision: 38, scale: 10 }),
        column('near', { type: 'double' }),
        column('word', { type: 'text' }),
        column('yes', { type: 'boolean' }),
        column('on_day', { type: 'date' }),
        column('at', { type: 'timestamp' }),
        column('doc', { type: 'json' }),
      ];
      const sink = await newTable({ columns, write: { mode: 'merge', keys: ['id'] } });
      const texts: (string | null)[][] = [
        [
          '9223372036854775807',
          '-2147483648',
          '1234567890123456789012345678.0123456789',
          '0.1',
          'é "quoted" \n',
          'true',
          '0001-01-01',
          '1969-12-31 23:59:59.999',
          '{"a":[1,2.50,null]}',
        ],
        [
          '-9007199254740993',
          '2147483647',
          '-0.0000000001',
          '-inf',
          '',
          'false',
          '9999-12-31',
          '2026-01-05 14:00:00.123456',
          '"text"',
        ],
        ['0', null, null, null, null, null, null, null, null],
      ];
      const select = (row: (string | null)[]) =>
        `SELECT ${columns.map(({ name, type }, index) => `CAST(${row[index] === null ? 'NULL' : quoteText(row[index]!)} AS ${sqlType(type)}) AS ${name}`).join(', ')}`;
      const run = runOf(sink.table, { load: 0, generation: 0, rows: [] }, 0);
      expect(await publish(run, sink, await stage(run, sink, [texts.map(select).join(' UNION ALL ')]))).toMatchObject({
        rows: 3,
        changed: true,
      });

      const found = await cassandra.rows(`SELECT * FROM shop.${sink.table}`);
      const shown = found.map((one) =>
        columns.map(({ name }) =>
          one[name] instanceof Date ? (one[name] as Date).toISOString() : one[name] === null ? null : String(one[name]),
        ),
      );
      expect(shown.sort()).toEqual(
        [
          [...texts[0]!.slice(0, 7), '1969-12-31T23:59:59.999Z', '{"a":[1,2.50,null]}'],
          // Milliseconds are what Cassandra keeps.
          [
            '-9007199254740993',
            '2147483647',
            '-0.0000000001',
            '-Infinity',
            '',
            'false',
            '9999-12-31',
            '2026-01-05T14:00:00.123Z',
            '"text"',
          ],
          texts[2]!,
        ].sort(),
      );
      expect(found[0]).toMatchObject({
        stepwell_version: expect.any(String),
        stepwell_loaded_at: new Date(run.startedAt),
      });
    });

    test('a row of a megabyte fits, and what Keyspaces would refuse is said before anything is written', async () => {
      const columns = [
        column('id', { type: 'text' }),
        column('day', { type: 'text' }),
        column('note', { type: 'text' }),
      ];
      const sink = await newTable({
        columns,
        write: { mode: 'replace' },
        key: { partitionKey: ['id'], clusteringKey: ['day'] },
      });
      const select = (id: string, ofDay: string, note: string) =>
        `SELECT ${id} AS id, ${ofDay} AS day, ${note} AS note`;
      const load = async (...selects: string[]) => {
        const run = runOf(sink.table, { load: attempts, generation: 0, rows: [] }, attempts);
        const staged = stage(run, sink, [selects.join(' UNION ALL ')]);
        return staged
          .then((one) => publish(run, sink, one))
          .then(
            ({ rows }) => `${rows} written`,
            (error: Error) => `${error.name}: ${error.message}`,
          );
      };
      expect(await load(select("'a'", "'b'", "repeat('x', 1047500)"))).toBe('1 written');
      const [stored] = await cassandra.rows(`SELECT note FROM shop.${sink.table}`);
      expect(String(stored!.note)).toHaveLength(1_047_500);
      expect([
        await load(select("'a'", "'b'", "repeat('é', 524288)")),
        await load(select("'a'", "''", "'c'")),
        await load(select('CAST(NULL AS VARCHAR)', "'b'", "'c'")),
        await load(select("repeat('a', 2049)", "'b'", "'c'")),
        await load(select("'a'", "repeat('b', 851)", "'c'")),
        await load(select("'a'", "'b'", "'c'"), select("'a'", "'b'", "'d'")),
      ]).toEqual([
        expect.stringMatching(
          /the row with id a, day b: is a row of \d+ bytes, and Amazon Keyspaces takes 1048576 at most/,
        ),
        expect.stringContaining('column day is an empty text, which cannot be a key.'),
        expect.stringContaining('the row with id NULL, day b: column id is NULL, and a row has a key.'),
        expect.stringContaining('column id is a key of 2049 bytes, and Amazon Keyspaces takes 2048 at most.'),
        expect.stringContaining('column day is a key of 851 bytes, and Amazon Keyspaces takes 850 at most.'),
        expect.stringContaining(
          `ModelFailed: Model orders does not fit into the Keyspaces table shop.${sink.table}: 2 rows have the key a / b, and Cassandra has one row for a key. Nothing was published.`,
        ),
      ]);
    });

    test('a generation that is over writes nothing more, and takes nothing from the one after it', async () => {
      const sink = await newTable({
        columns: COLUMNS,
        write: { mode: 'merge', keys: KEYS },
        key: { partitionKey: ['id'], clusteringKey: ['region'] },
      });
      const item = (id: number, note: string): Item => ({
        id,
        region: 'a',
        note,
        other: null,
        version: day(0),
        gone: null,
      });
      const [old, again] = [0, 1].map((generation) => runOf(sink.table, { load: 0, generation, rows: [] }, generation));
      const first = await stage(old!, sink, values([item(1, 'old'), item(2, 'old')]));
      await publish(old!, sink, first);
      const corrected = await stage(again!, sink, values([item(1, 'new')]));

      expect(await publish(again!, sink, corrected)).toMatchObject({ rows: 1, changed: true });
      expect(await publish(old!, sink, first)).toMatchObject({ rows: 1, changed: false });
      expect(await notes(sink)).toEqual(['1 new']);
    });
  });
});
