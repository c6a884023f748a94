import fc from 'fast-check';
import { describeFinding, lint } from '../../lib/asl';
import type { Retrier, State, TaskState } from '../../lib/asl/types';
import { scopes } from '../../lib/asl/walk';
import { compile } from '../../lib/compiler';
import { compileMachine } from '../../lib/local/stepfunctions/machine';
import * as p from '../../lib/pipeline';
import { PERMANENT_ERRORS } from '../../lib/tasks/errors';
import { compileModels } from './compile';

const folder = __dirname;
const tasksOf = (states: readonly State[]): TaskState[] =>
  states.filter((state): state is TaskState => state.Type === 'Task');

test('a small pipeline compiles to this document', async () => {
  const pipeline = p.definePipeline({
    name: 'shop-eu',
    description: 'Orders of the shop',
    trigger: p.s3Arrival('orders/**/*.csv', 'orders/today.ndjson'),
    sources: {
      orders: p.landedFiles({
        files: { 'orders/**/*.csv': p.csv({ delimiter: ';' }), 'orders/today.ndjson': p.ndjson() },
        columns: {
          id: p.key.bigint(),
          shop: p.text(8).from('Shop name'),
          total: p.decimal(12, 2),
          day: p.date().notNull(),
        },
        onDrift: 'evolve',
        onBadRow: p.quarantine({ maxRate: 0.01, maxCount: 100 }),
      }),
    },
    models: {
      lines: p.sql.text('SELECT id, upper(shop) AS shop, total, day FROM orders'),
      totals: p.sql.text('SELECT shop, sum(total) AS total FROM lines GROUP BY shop'),
    },
    sinks: [
      p.redshift({ model: 'totals', table: 'shop.totals', write: p.merge('shop'), distKey: 'shop' }),
      p.postgres({ model: 'lines', table: 'shop.lines', write: p.append() }),
      p.lake({ model: 'lines', table: 'lines', write: p.append(), partitionBy: ['day'] }),
    ],
    checks: [p.rowCount('lines', { min: 1 }), p.sqlCheck('totals', 'total >= 0', { severity: 'warn' })],
    retry: { attempts: 5, interval: p.seconds(3), backoffRate: 1.5, maxInterval: p.minutes(2) },
    timeout: p.minutes(90),
    alerts: { email: ['data@example.com'], quarantineRate: 0.1 },
  });

  expect(brief(await compile(pipeline, { folder }))).toMatchSnapshot();
  expect(await compile(pipeline, { folder })).toEqual(await compile(pipeline, { folder }));
});

/** Without prose, and without what every Task repeats: the test below looks at that. */
function brief(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(brief);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'Comment')
      .map(([name, member]) => [
        name,
        name === 'Retry'
          ? (member as Retrier[]).map(({ ErrorEquals, MaxAttempts }) => `${ErrorEquals[0]}: ${MaxAttempts}`)
          : brief(member),
      ]),
  );
}

test('each Task has a timeout, and says first for which errors no retry can help, then how often and how long to wait', async () => {
  const { definition } = await compileModels({ a: 'SELECT id FROM orders', b: 'SELECT count(*) AS n FROM a' });

  const tasks = tasksOf(scopes(definition).flatMap(({ machine }) => Object.values(machine.States)));
  expect(tasks.length).toBeGreaterThan(6);
  for (const { TimeoutSeconds, Retry } of tasks) {
    expect(TimeoutSeconds).toBeGreaterThan(0);
    expect(Retry![0]).toMatchObject({ ErrorEquals: [...PERMANENT_ERRORS], MaxAttempts: 0 });
    expect(Retry![1]).toMatchObject({
      ErrorEquals: expect.arrayContaining(['Lambda.TooManyRequestsException']),
      MaxAttempts: 8,
    });
    expect(Retry!.at(-1)).toEqual({
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 2,
      BackoffRate: 2,
      MaxDelaySeconds: 60,
      MaxAttempts: 3,
      JitterStrategy: 'FULL',
    });
  }
});

test("a function's grants name its pipeline up to a delimiter, so that they do not reach a pipeline whose name begins alike", async () => {
  const { functions } = await compileModels({ a: 'SELECT id FROM orders' });

  const texts = functions.flatMap(({ grants }) =>
    grants.flatMap((grant) => ('keys' in grant ? grant.keys : 'paths' in grant ? grant.paths : [])),
  );
  const reaching = texts.filter(
    (text) =>
      text.includes('shop') &&
      new RegExp(`^${text.replaceAll('*', '.*')}$`).test(text.replace('shop', 'shop-eu').replaceAll('*', 'x')),
  );
  expect(reaching).toEqual([]);
  expect(texts).toEqual(expect.arrayContaining(['statement#stepwell/shop/*', 'object#shop#*', 'runs/shop/*']));
});

const name = (prefix: string) => fc.stringMatching(/^[a-z0-9_]{1,6}$/).map((text) => `${prefix}_${text}`);
const columnType = fc.constantFrom(
  p.bigint,
  p.integer,
  p.double,
  p.boolean,
  p.date,
  p.timestamp,
  () => p.text(12),
  () => p.text(),
  () => p.decimal(10, 2),
  p.json,
);
const SQL = [
  (from: string) => `SELECT * FROM ${from}`,
  (from: string) => `SELECT id, upper(k) AS k FROM ${from} WHERE id > 1`,
  (from: string) => `SELECT k, count(*) AS id FROM ${from} GROUP BY k`,
  (from: string) => `WITH w AS (SELECT id, k FROM ${from}) SELECT DISTINCT id, k FROM w`,
  (from: string, other: string) => `SELECT a.id, b.k FROM ${from} a JOIN ${other} b USING (id)`,
];
const pipelines = fc
  .record({
    name: fc.stringMatching(/^[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,5}){0,2}$/).filter((text) => text !== 'foundation'),
    sources: fc.uniqueArray(
      fc.record({ name: name('s'), extra: fc.dictionary(name('c'), columnType, { maxKeys: 4 }), csv: fc.boolean() }),
      { minLength: 1, maxLength: 3, selector: (one) => one.name },
    ),
    models: fc.uniqueArray(
      fc.record({
        name: name('m'),
        sql: fc.nat(),
        from: fc.nat(),
        other: fc.nat(),
        sink: fc.constantFrom('redshift', 'postgres', 'lake'),
        write: fc.nat(2),
      }),
      { minLength: 1, maxLength: 5, selector: (one) => one.name },
    ),
    checks: fc.boolean(),
    retry: fc.option(fc.record({ attempts: fc.nat(9), interval: fc.integer({ min: 1, max: 30 }).map(p.seconds) }), {
      nil: undefined,
    }),
    drift: fc.constantFrom('fail', 'evolve', 'ignore'),
  })
  .map(({ name: pipelineName, sources, models, checks, retry, drift }) => {
    const used: string[] = [];
    const sqls = models.map(({ name: model, sql, from, other }, index) => {
      const known = [...sources.map((one) => one.name), ...models.slice(0, index).map((one) => one.name)];
      return [
        model,
        p.sql.text(SQL[sql % SQL.length]!(known[from % known.length]!, known[other % known.length]!)),
      ] as const;
    });
    // What no other model names is read by one that counts it.
    const counts = sources.map(
      (one) => [`count_${one.name}`, p.sql.text(`SELECT count(*) AS id, max(k) AS k FROM ${one.name}`)] as const,
    );
    const sinks = [...models, ...counts.map(([model]) => ({ name: model, sink: 'postgres', write: 0 }))].map(
      ({ name: model, sink, write }) => {
        used.push(model);
        const modes = [p.append(), p.replace(), p.merge('id', { newestBy: 'k' })];
        if (sink === 'lake')
          return p.lake({
            model,
            table: model,
            write: [p.append(), p.replace()][write % 2]!,
            partitionBy: write === 1 ? ['k'] : [],
          });
        return sink === 'redshift'
          ? p.redshift({ model, table: `t.${model}`, write: modes[write]!, distKey: 'id' })
          : p.postgres({ model, table: `t.${model}`, write: modes[write]! });
      },
    );
    return {
      name: pipelineName,
      trigger: p.s3Arrival('**'),
      sources: Object.fromEntries(
        sources.map((one) => [
          one.name,
          p.landedFiles({
            glob: `${one.name}/*`,
            format: one.csv ? p.csv() : p.ndjson(),
            onDrift: drift as 'fail',
            columns: {
              id: p.key.bigint(),
              k: p.text(9),
              ...Object.fromEntries(Object.entries(one.extra).map(([column, make]) => [column, make()])),
            },
          }),
        ]),
      ),
      models: Object.fromEntries([...sqls, ...counts]),
      sinks,
      ...(checks
        ? {
            checks: used.flatMap((model) => [
              p.notNull(model, 'id'),
              p.rowCount(model, { min: 1 }),
              p.sqlCheck(model, 'id > 0'),
            ]),
          }
        : {}),
      ...(retry === undefined ? {} : { retry }),
    };
  });

test('any valid pipeline compiles to a state machine without findings that Step Functions takes', async () => {
  await fc.assert(
    fc.asyncProperty(pipelines, async (definition) => {
      const compiled = await compile(p.definePipeline(definition as never), { folder });

      expect(lint(compiled.definition).map(describeFinding)).toEqual([]);
      compileMachine(compiled.definition);
      const substitutions = new Set(
        [...JSON.stringify(compiled.definition).matchAll(/\$\{(\w+)FunctionArn\}/g)].map(([, id]) => id),
      );
      const invoked = compiled.functions
        .map(({ id }) => id)
        .filter((id) => !['ReportFailure', 'RedshiftStatementFinished'].includes(id));
      expect([...substitutions].sort()).toEqual(invoked.sort());
    }),
    { numRuns: 15 },
  );
});
