import { BatchExecuteStatementCommand } from '@aws-sdk/client-redshift-data';
import { loadRedshift } from '../../../lambdas/load-redshift/load';
import { publishRedshift } from '../../../lambdas/publish/publish-redshift';
import { publishModel } from '../../../lambdas/publish/redshift-model';
import { alterTables } from '../../../lambdas/shared/redshift';
import { wideningDdl } from '../../../lambdas/shared/redshift-target';
import type { Manifest, OutputColumn, RedshiftSink, Run, WriteMode } from '../../../lib/tasks/common';
import type { Loaded } from '../../../lib/tasks/load';
import { COLUMNS, REDSHIFT_SINK, RUN } from '../fixtures';
import { COPY_ROLE, type RedshiftCloud, startRedshiftCloud, type TaskResult } from '../redshift';

let cloud: RedshiftCloud;
let tests = 0;
let sink: RedshiftSink;

beforeAll(async () => {
  cloud = await startRedshiftCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  tests += 1;
  sink = { ...REDSHIFT_SINK, id: `redshift:analytics.orders_${tests}`, table: `orders_${tests}` };
});

function runOf(n: number, more: Partial<Run> = {}): Run {
  return {
    ...RUN,
    runId: `run-${n}`,
    executionArn: `${RUN.executionArn}-${tests}-${n}`,
    loadKey: `orders:${tests}-${n}`,
    loadId: `load${n}`,
    arrival: `2026-01-0${n}T00:00:00.000Z#0`,
    ...more,
  };
}

let parts = 0;
/** A staged part: rows as DuckDB values. */
async function staged(values: string, columns: OutputColumn[] = COLUMNS, types = TYPES): Promise<Manifest> {
  parts += 1;
  const names = columns.map(({ name }) => name);
  const select = names.map((name, index) => `CAST(${name} AS ${types[index]}) AS ${name}`).join(', ');
  const part = await cloud.putParquet(
    `runs/orders/${parts}.parquet`,
    `SELECT ${select} FROM (VALUES ${values}) t(${names.join(', ')})`,
  );
  return { step: 'extract', partition: '0', datasets: { order_lines: { rows: part.rows, columns, parts: [part] } } };
}
const TYPES = ['BIGINT', 'VARCHAR', 'DECIMAL(12,2)', 'TIMESTAMP', 'VARCHAR', 'VARCHAR'];

async function load(
  run: Run,
  manifests: Manifest[],
  into = sink,
  redshift = cloud.statements.redshift,
): Promise<TaskResult> {
  const task = await cloud.waitingTask();
  await loadRedshift(
    { run, sink: into, manifests: [], taskToken: task.token },
    {
      ...cloud.statements,
      redshift,
      workBucket: 'work',
      copyRoleArn: COPY_ROLE,
      readManifests: async () => manifests,
      putOnce: async (key, body) => {
        await cloud.putText(key, body);
      },
    },
  );
  return completed(task.result);
}

async function publish(run: Run, manifests: Manifest[], into = sink): Promise<unknown> {
  const loaded = await load(run, manifests, into);
  if (!('output' in loaded)) return loaded;
  const task = await cloud.waitingTask();
  await publishRedshift({ run, sink: into, loaded: loaded.output as Loaded, taskToken: task.token }, cloud.statements);
  const published = await completed(task.result);
  return 'output' in published ? published.output : published;
}

/** Delivers events as they come until the task has ended. */
async function completed(result: () => Promise<TaskResult>): Promise<TaskResult> {
  let ended = false;
  const answer = result().finally(() => {
    ended = true;
  });
  for (; !ended; await new Promise((resolve) => setTimeout(resolve, 2))) {
    for (let event = cloud.events.shift(); event; event = cloud.events.shift()) await cloud.deliver(event);
  }
  return answer;
}

const table = (columns = 'order_id, email') =>
  cloud.query(`SELECT ${columns} FROM analytics.${sink.table} ORDER BY 1, 2`);

test('rows with every type and NULL come to the table as they are, JSON as SUPER', async () => {
  const manifest = await staged(
    `(9007199254740993, 'a "b" 😀', 12.30, '2026-01-01 10:00:00.123456', '{"a":[1,null]}'), (2, NULL, NULL, NULL, NULL)`,
  );

  const published = await publish(runOf(1), [manifest]);

  expect(published).toEqual({ sink: sink.id, rows: 2, changed: true });
  expect(
    await table('order_id::varchar, email, total, ordered_at, JSON_SERIALIZE(details), _load_id, _arrival'),
  ).toEqual([
    ['2', '', '', '', '', 'load1', '2026-01-01T00:00:00.000Z#0'],
    [
      '9007199254740993',
      'a "b" 😀',
      '12.30',
      '2026-01-01 10:00:00.123456',
      '{"a":[1,null]}',
      'load1',
      '2026-01-01T00:00:00.000Z#0',
    ],
  ]);
});

test('of several rows with one key the newest wins, and a tie is decided the same way each time', async () => {
  const first = await staged("(1,'a',1,'2026-01-02',NULL), (1,'b',1,'2026-01-03',NULL), (2,'x',1,NULL,NULL)");
  const second = await staged("(1,'d',1,'2026-01-03',NULL), (2,'y',1,NULL,NULL)");

  const published = await publish(runOf(1), [first, second]);

  expect(published).toEqual({ sink: sink.id, rows: 2, changed: true });
  expect(await table()).toEqual([
    ['1', 'd'],
    ['2', 'y'],
  ]);
});

test('a merge keeps what is newer in the table, by newestBy first and then by arrival', async () => {
  await publish(runOf(2), [
    await staged("(1,'old',1,'2026-01-05',NULL), (2,'old',1,'2026-01-05',NULL), (3,'old',1,NULL,NULL)"),
  ]);

  await publish(runOf(3), [
    await staged(
      "(1,'older',1,'2026-01-01',NULL), (2,'same time',1,'2026-01-05',NULL), (3,'now known',1,'2026-01-01',NULL)",
    ),
  ]);
  await publish(runOf(1), [
    await staged("(2,'late file',1,'2026-01-05',NULL), (3,NULL,1,NULL,NULL), (4,'new',1,NULL,NULL)"),
  ]);

  expect(await table()).toEqual([
    ['1', 'old'],
    ['2', 'same time'],
    ['3', 'now known'],
    ['4', 'new'],
  ]);
});

test('append keeps every row once, also when another run publishes the same load', async () => {
  sink = { ...sink, write: { mode: 'append' } };
  const manifest = await staged("(1,'a',1,NULL,NULL), (1,'a',1,NULL,NULL)");
  await publish(runOf(1), [manifest]);

  const again = await publish({ ...runOf(1), runId: 'other', executionArn: 'arn:other' }, [manifest]);

  expect(again).toEqual({ sink: sink.id, rows: 2, changed: false });
  expect(await table()).toHaveLength(2);
});

test('replace holds the last file alone, and a late older file does not put it back', async () => {
  sink = { ...sink, write: { mode: 'replace' } };
  await publish(runOf(1), [await staged("(1,'a',1,NULL,NULL)")]);
  await publish(runOf(3), [await staged("(3,'c',1,NULL,NULL), (4,'d',1,NULL,NULL)")]);

  const late = await publish(runOf(2), [await staged("(2,'b',1,NULL,NULL)")]);

  expect(late).toEqual({ sink: sink.id, rows: 0, changed: true });
  expect(await table()).toEqual([
    ['3', 'c'],
    ['4', 'd'],
  ]);
});

test.each(['append', 'merge', 'replace'] as const)('reprocessing replaces the load: %s', async (mode) => {
  sink = { ...sink, write: mode === 'merge' ? { mode, keys: ['order_id'] } : { mode } };
  await publish(runOf(1), [await staged("(1,'a',1,NULL,NULL), (2,'gone',1,NULL,NULL)")]);

  const run = runOf(1, { generation: 1, executionArn: `arn:reprocess-${mode}`, runId: 'again' });
  const published = await publish(run, [await staged("(1,'corrected',1,NULL,NULL)")]);
  const stale = await publish(runOf(1, { executionArn: `arn:zombie-${mode}` }), [
    await staged("(1,'a zombie',1,NULL,NULL)"),
  ]);

  expect(published).toEqual({ sink: sink.id, rows: 1, changed: true });
  expect(stale).toMatchObject({ changed: false });
  expect(await table()).toEqual([['1', 'corrected']]);
});

test('evolving adds a nullable column to the table; parts without it have NULL there', async () => {
  sink = { ...sink, evolve: true };
  const coupon = { name: 'coupon', type: { type: 'text' as const }, nullable: true };
  await publish(runOf(1), [await staged("(1,'a',1,NULL,NULL)")]);

  const manifests = [
    await staged("(2,'b',1,NULL,NULL,'SAVE10')", [...COLUMNS, coupon]),
    await staged("(3,'c',1,NULL,NULL)"),
  ];
  await publish(runOf(2), manifests);
  await publish(runOf(3), [await staged("(4,'d',1,NULL,NULL,'X')", [...COLUMNS, coupon])]);

  expect(await table('order_id, email, coupon')).toEqual([
    ['1', 'a', ''],
    ['2', 'b', 'SAVE10'],
    ['3', 'c', ''],
    ['4', 'd', 'X'],
  ]);
});

test('of two first loads side by side, the one that brings a column along finds it in the table that the other has made', async () => {
  sink = { ...sink, evolve: true };
  const coupon = { name: 'coupon', type: { type: 'text' as const }, nullable: true };
  const { redshift } = cloud.statements;
  let made = false;
  // the other load has its table made after this one has looked, and before this one makes its own
  const interrupted = {
    ...redshift,
    client: Object.assign(Object.create(redshift.client), {
      send: async (command: BatchExecuteStatementCommand) => {
        if (command instanceof BatchExecuteStatementCommand && !made) {
          made = true;
          await load(runOf(1), [await staged("(1,'a',1,NULL,NULL)")]);
        }
        return redshift.client.send(command);
      },
    }),
  };

  const wide = [await staged("(2,'b',1,NULL,NULL,'SAVE10')", [...COLUMNS, coupon])];
  expect(await load(runOf(2), wide, sink, interrupted)).toHaveProperty('output');
  await publish(runOf(2), wide);

  expect(made).toBe(true);
  expect(await table('order_id, email, coupon')).toEqual([['2', 'b', 'SAVE10']]);
});

test('a model that has a new column since its table was made widens it; Redshift is asked for its columns no oftener', async () => {
  const [id, email] = COLUMNS as [OutputColumn, OutputColumn];
  const before: RedshiftSink = { ...sink, columns: [id], write: { mode: 'append' }, sortKey: [] };
  const after = { ...before, columns: [id, email] };
  const send = jest.spyOn(cloud.statements.redshift.client, 'send');
  const asked = () =>
    send.mock.calls.filter(([{ input }]) => String((input as { Sql?: string }).Sql).includes('information_schema'))
      .length;

  await publish(runOf(1), [await staged('(1)', [id])], before);
  expect(asked()).toBe(1);
  await publish(runOf(2), [await staged('(2)', [id])], before);
  expect(asked()).toBe(1);
  await publish(runOf(3), [await staged("(3, 'c')", [id, email])], after);
  expect(asked()).toBe(2);
  await publish(runOf(4), [await staged("(4, 'd')", [id, email])], after);

  expect(asked()).toBe(2);
  expect(await table()).toEqual([
    ['1', ''],
    ['2', ''],
    ['3', 'c'],
    ['4', 'd'],
  ]);
  send.mockRestore();
});

test.each<[string, WriteMode, string[][]]>([
  [
    'merge',
    { mode: 'merge', keys: ['order_id'] },
    [
      ['1', 'c'],
      ['2', 'd'],
    ],
  ],
  [
    'scd2',
    { mode: 'scd2', keys: ['order_id'], newestBy: 'ordered_at' },
    [
      ['1', 'b'],
      ['1', 'c'],
      ['1', ''],
      ['2', 'd'],
    ],
  ],
])('so does a model that runs in Redshift (%s)', async (_mode, write, expected) => {
  const source = sink;
  sink = { ...source, id: `${source.id}_now`, model: 'now', table: `${source.table}_now`, write };
  const modelRun = async (n: number, values: string, names: string[]) => {
    await publish(runOf(n), [await staged(values)], source);
    const task = await cloud.waitingTask();
    const input = { name: 'order_lines', schema: source.schema, table: source.table, columns: names };
    const columns = COLUMNS.filter(({ name }) => names.includes(name));
    const model = { name: 'now', sql: ['SELECT * FROM order_lines'], inputs: [input] };
    await publishModel({ run: runOf(n), sink: { ...sink, columns }, model, taskToken: task.token }, cloud.statements);
    return completed(task.result);
  };

  const told = [
    await modelRun(1, "(1,'a',1,'2026-01-01',NULL)", ['order_id', 'ordered_at']),
    await modelRun(2, "(1,'b',1,'2026-01-02',NULL)", ['order_id', 'ordered_at', 'email']),
    await modelRun(3, "(1,'c',1,'2026-01-03',NULL), (2,'d',1,'2026-01-03',NULL)", ['order_id', 'ordered_at', 'email']),
  ];

  expect(told).toEqual(told.map(() => ({ output: expect.objectContaining({ changed: true }) })));
  expect(await table()).toEqual(expected);
});

test('a load without rows makes the table and publishes nothing', async () => {
  const empty: Manifest = {
    step: 'extract',
    partition: '0',
    datasets: { order_lines: { rows: 0, columns: COLUMNS, parts: [] } },
  };

  expect(await publish(runOf(1), [empty])).toEqual({ sink: sink.id, rows: 0, changed: true });
  expect(await table()).toEqual([]);
});

test('fewer rows than the manifests name are never published', async () => {
  const manifest = await staged("(1,'a',1,NULL,NULL)");
  const lying = { ...manifest, datasets: { order_lines: { ...manifest.datasets.order_lines!, rows: 2 } } };

  expect(await publish(runOf(1), [lying])).toEqual({
    error: 'RowsDoNotReconcile',
    cause: `Redshift: the publication into analytics.${sink.table}: the staging table does not hold the rows that the manifests name, so nothing was published.`,
  });
  expect(await table()).toEqual([]);
});

test('a value that does not fit fails the load in words', async () => {
  const manifest = await staged(`(1,'${'é'.repeat(201)}',1,NULL,NULL)`);

  const failed = await load(runOf(1), [manifest]);

  expect(failed).toEqual({
    error: 'StatementFailed',
    cause: expect.stringMatching(
      new RegExp(
        `^Redshift refused the load into the staging table of analytics.${sink.table}: Spectrum Scan Error: The length of the data column email is longer ` +
          'than the length defined in the table. Table: 400, Data: 402, File name: https://.*\\.parquet. \\(Statement .*\\.\\)$',
      ),
    ),
  });
});

test('a part that has another length than its manifest says is not loaded', async () => {
  const manifest = await staged("(1,'a',1,NULL,NULL)");
  const dataset = manifest.datasets.order_lines!;
  const lying = {
    ...manifest,
    datasets: { order_lines: { ...dataset, parts: [{ ...dataset.parts[0]!, length: dataset.parts[0]!.length + 1 }] } },
  };

  expect(await load(runOf(1), [lying])).toMatchObject({ error: 'StatementFailed' });
});

test('a missing grant on the schema is told as such', async () => {
  const manifest = await staged("(1,'a',1,NULL,NULL)");

  expect(await load(runOf(1), [manifest], { ...sink, schema: 'public_reports' })).toMatchObject({
    error: 'StatementFailed',
    cause: expect.stringMatching(/public_reports/),
  });
});

describe('more new columns at once than a batch has statements', () => {
  const many: OutputColumn[] = Array.from({ length: 90 }, (_, index) => ({
    name: `extra_${index + 1}`,
    type: { type: 'integer' },
    nullable: true,
  }));
  const wider = async (id: number) =>
    staged(
      `(${[id, "'a'", 1, 'NULL', 'NULL', ...many.map((_, index) => index + 1)].join(', ')})`,
      [...COLUMNS, ...many],
      [...TYPES.slice(0, 5), ...many.map(() => 'INTEGER')],
    );

  test.each<[string, WriteMode]>([
    ['a merge', { mode: 'merge', keys: ['order_id'] }],
    ['a history, whose own table has them as well', { mode: 'scd2', keys: ['order_id'] }],
  ])('come to the table of %s, before the rows', async (_, write) => {
    sink = { ...sink, write };
    await publish(runOf(1), [await staged("(1,'a',1,NULL,NULL)")]);
    const gained: RedshiftSink = { ...sink, columns: [...sink.columns, ...many] };

    const published = await publish(runOf(2), [await wider(2)], gained);

    expect(published).toEqual({ sink: sink.id, rows: 1, changed: true });
    expect(await table('order_id, extra_1, extra_90')).toEqual([
      ['1', '', ''],
      ['2', '1', '90'],
    ]);
  });

  test('come with an input that brings them along', async () => {
    sink = { ...sink, evolve: true };
    await publish(runOf(1), [await staged("(1,'a',1,NULL,NULL)")]);

    const published = await publish(runOf(2), [await wider(2)]);

    expect(published).toEqual({ sink: sink.id, rows: 1, changed: true });
    expect(await table('order_id, extra_1, extra_90')).toEqual([
      ['1', '', ''],
      ['2', '1', '90'],
    ]);
  });

  test('wait for nobody: a table that others use is tried again', async () => {
    await publish(runOf(1), [await staged("(1,'a',1,NULL,NULL)")]);
    const gained: RedshiftSink = { ...sink, columns: [...sink.columns, ...many] };
    const impatient = (sqls: readonly string[]) => alterTables(cloud.redshift, sqls, 1);

    await cloud.whileLocked(`analytics.${sink.table}`, async () => {
      await expect(impatient(wideningDdl(gained, 'stepwell_orders', { existing: [] }).slice(0, 2))).rejects.toThrow(
        /^Redshift has not run ALTER TABLE .* and 1 more within 1 seconds, as others use the table\.$/,
      );
    });
  });
});

test('parts of more sets of columns than a batch has statements are refused, with what to do', async () => {
  sink = { ...sink, evolve: true };
  const manifests = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      staged(
        `(${index}, 'a', 1, NULL, NULL, 1)`,
        [...COLUMNS, { name: `only_${index}`, type: { type: 'integer' }, nullable: true }],
        [...TYPES.slice(0, 5), 'INTEGER'],
      ),
    ),
  );

  await expect(load(runOf(1), manifests)).rejects.toThrow(
    /^Redshift takes at most 40 statements in a batch, and this load needs 4\d, one COPY for each set of columns .* Name the columns that belong in the contract, set newColumns: 'ignore' for others, and deploy; then load the files anew/,
  );
});
