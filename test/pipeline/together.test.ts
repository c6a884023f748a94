import {
  append,
  bigint,
  csv,
  definePipeline,
  keyspaces,
  lake,
  landedFiles,
  merge,
  postgres,
  redshift,
  type Sink,
  s3Arrival,
  sql,
} from '../../lib/pipeline';
import { refuseClashes } from '../../lib/pipeline/together';

const placed = (name: string, folder: string, ...sinks: readonly Sink<'rows'>[]) => ({
  folder: `state-machines/${folder}`,
  pipeline: definePipeline({
    name,
    trigger: s3Arrival('a/*.csv'),
    sources: { lines: landedFiles({ glob: 'a/*.csv', format: csv(), columns: { id: bigint() } }) },
    models: { rows: sql.text('SELECT id FROM lines') },
    sinks,
  }),
});
const inRedshift = (table: `${string}.${string}`) => redshift({ model: 'rows', table, write: append() });
const inPostgres = (table: `${string}.${string}`) => postgres({ model: 'rows', table, write: append() });
const inLake = lake({ model: 'rows', table: 'rows', write: append(), partitionBy: ['id'] });

const clashesOf = (...pipelines: readonly ReturnType<typeof placed>[]): string => {
  try {
    refuseClashes(pipelines);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test('a table of one database that two pipelines write is refused: both pipelines, the table, the rule, the remedy', () => {
  expect(
    clashesOf(
      placed('orders', 'orders', inRedshift('shop.lines'), inPostgres('shop.orders')),
      placed('returns', 'copy', inRedshift('shop.lines'), inPostgres('shop.orders')),
    ),
  ).toBe(`Pipeline 'returns' has 2 mistakes:
  - sinks[0].table is 'shop.lines': pipeline 'orders' (state-machines/orders) and pipeline 'returns' (state-machines/copy) write the same redshift table, and only the pipeline that creates a table may write it. Give one of them another table, or write it from one pipeline.
  - sinks[1].table is 'shop.orders': pipeline 'orders' (state-machines/orders) and pipeline 'returns' (state-machines/copy) write the same postgres table, and only the pipeline that creates a table may write it. Give one of them another table, or write it from one pipeline.`);
});

test('a keyspace is of one pipeline, whose stack makes it', () => {
  const inKeyspaces = (table: `${string}.${string}`) => keyspaces({ model: 'rows', table, write: merge('id') });
  expect(
    clashesOf(
      placed('orders', 'orders', inKeyspaces('shop.lines')),
      placed('returns', 'returns', inKeyspaces('shop.rows')),
    ),
  ).toBe(`Pipeline 'returns' has a mistake:
  - sinks[0].table is 'shop.rows': pipeline 'orders' (state-machines/orders) and pipeline 'returns' (state-machines/returns) write the same keyspace, which one stack makes. Give one of them another keyspace.`);
  expect(clashesOf(placed('a', 'a', inKeyspaces('sea.rows')), placed('b', 'b', inKeyspaces('shop.rows')))).toBe('');
});

test('two pipelines of one name are refused with both folders', () => {
  expect(clashesOf(placed('orders', 'orders', inLake), placed('orders', 'copy', inLake))).toBe(
    `Pipeline 'orders' has a mistake:
  - name is 'orders': the pipelines in state-machines/orders and state-machines/copy have the same name, which names a stack, a state machine and a database user. Rename one of them.`,
  );
});

test('an untouched copy is told its name and its tables at once', () => {
  const message = clashesOf(
    placed('orders', 'orders', inRedshift('shop.orders')),
    placed('orders', 'copy', inRedshift('shop.orders')),
  );

  expect(message).toMatch(/2 mistakes:\n {2}- name is 'orders'.*\n {2}- sinks\[0\]\.table is 'shop\.orders'/);
});

test('one table name in two databases, in two schemas or in two lakes is no clash', () => {
  expect(
    clashesOf(
      placed('a', 'a', inRedshift('shop.orders'), inLake),
      placed('b', 'b', inPostgres('shop.orders'), inLake),
      placed('c', 'c', inRedshift('crm.orders'), inLake),
    ),
  ).toBe('');
});
