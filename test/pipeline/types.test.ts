/**
 * What the editor shows red (`tsc` fails on an `@ts-expect-error` that is not needed), `definePipeline` refuses too. Columns are not
 * among it: what a model has, only its SQL can tell, so the compiler checks them.
 */
import {
  accepted,
  append,
  between,
  csv,
  definePipeline,
  key,
  lake,
  landedFiles,
  merge,
  notNull,
  postgres,
  quarantine,
  redshift,
  replace,
  rowCount,
  s3Arrival,
  scd2,
  sql,
  text,
  unique,
} from '../../lib/pipeline';

const columns = { id: key.bigint(), note: text(20) };
const orders = landedFiles({ glob: 'orders/*.csv', format: csv(), columns });
const right = {
  name: 'shop',
  trigger: s3Arrival('orders/*.csv'),
  sources: { orders },
  models: { lines: sql.text('SELECT id, note FROM orders'), ids: sql.text('SELECT id FROM orders') },
} as const;
const sinks = [redshift({ model: 'lines', table: 'shop.lines', write: append() })];

test('what is right is green: models of sinks and checks are those that are declared', () => {
  const definition = definePipeline({
    ...right,
    sinks: [
      redshift({ model: 'lines', table: 'shop.lines', write: merge(['id'], { newestBy: 'id' }), sortKey: ['id'] }),
      postgres({ model: 'ids', table: 'shop.ids', write: replace() }),
      lake({ model: 'ids', table: 'ids', write: append(), partitionBy: [] }),
      postgres({ model: 'lines', table: 'shop.line_history', write: scd2('id', { track: ['note'] }) }),
    ],
    checks: [
      notNull('lines', 'id'),
      unique('ids', ['id']),
      rowCount('ids', { min: 1 }),
      between('ids', 'id', { max: 5 }),
    ],
  });

  expect(definition.validated).toBe(true);
});

test.each<[string, () => unknown]>([
  [
    'a sink of no model',
    // @ts-expect-error
    () => definePipeline({ ...right, sinks: [redshift({ model: 'line', table: 'a.b', write: append() })] }),
  ],
  // @ts-expect-error
  ['a check of no model', () => definePipeline({ ...right, sinks, checks: [notNull('line', 'id')] })],
  // @ts-expect-error
  ['a check of a source', () => definePipeline({ ...right, sinks, checks: [rowCount('orders', { min: 1 })] })],
  // @ts-expect-error
  ['a misspelt option of the pipeline', () => definePipeline({ ...right, sinks, alert: {} })],
  // @ts-expect-error
  ['no sinks', () => definePipeline({ ...right })],
  // @ts-expect-error
  ['no pattern', () => definePipeline({ ...right, sinks, trigger: s3Arrival() })],
  // @ts-expect-error
  ['a number for a duration', () => definePipeline({ ...right, sinks, timeout: 60 })],
  // @ts-expect-error
  ['a misspelt option of retry', () => definePipeline({ ...right, sinks, retry: { attempt: 3 } })],
  [
    'a table without a schema',
    // @ts-expect-error
    () => definePipeline({ ...right, sinks: [postgres({ model: 'ids', table: 'b', write: append() })] }),
  ],
  [
    'merge into the lake',
    () =>
      // @ts-expect-error
      definePipeline({ ...right, sinks: [lake({ model: 'ids', table: 'b', write: merge('id'), partitionBy: [] })] }),
  ],
  [
    'scd2 into the lake',
    () =>
      // @ts-expect-error
      definePipeline({ ...right, sinks: [lake({ model: 'ids', table: 'b', write: scd2('id'), partitionBy: [] })] }),
  ],
  [
    'scd2 without a key',
    // @ts-expect-error
    () => definePipeline({ ...right, sinks: [redshift({ model: 'ids', table: 'a.b', write: scd2([]) })] }),
  ],
  [
    'scd2 that tracks nothing',
    () =>
      // @ts-expect-error
      definePipeline({ ...right, sinks: [redshift({ model: 'ids', table: 'a.b', write: scd2('id', { track: [] }) })] }),
  ],
  [
    'a misspelt option of replace',
    () =>
      definePipeline({
        ...right,
        // @ts-expect-error
        sinks: [redshift({ model: 'ids', table: 'a.b', write: replace({ intervall: 'id' }) })],
      }),
  ],
  [
    'an option that another sink has',
    () =>
      // @ts-expect-error
      definePipeline({ ...right, sinks: [postgres({ model: 'ids', table: 'a.b', write: append(), sortKey: ['id'] })] }),
  ],
  [
    'merge without a key',
    // @ts-expect-error
    () => definePipeline({ ...right, sinks: [redshift({ model: 'ids', table: 'a.b', write: merge([]) })] }),
  ],
  [
    'a misspelt option of merge',
    () =>
      definePipeline({
        ...right,
        // @ts-expect-error
        sinks: [redshift({ model: 'ids', table: 'a.b', write: merge('id', { newest: 'id' }) })],
      }),
  ],
  // @ts-expect-error
  ['rowCount without bounds', () => definePipeline({ ...right, sinks, checks: [rowCount('ids', {})] })],
  // @ts-expect-error
  ['between without bounds', () => definePipeline({ ...right, sinks, checks: [between('ids', 'id', {})] })],
  // @ts-expect-error
  ['accepted without values', () => definePipeline({ ...right, sinks, checks: [accepted('ids', 'id', [])] })],
  [
    'a severity that is none',
    // @ts-expect-error
    () => definePipeline({ ...right, sinks, checks: [notNull('ids', 'id', { severity: 'info' })] }),
  ],
  // @ts-expect-error
  ['a source without columns', () => source(landedFiles({ glob: 'orders/*.csv', format: csv() }))],
  // @ts-expect-error
  ['a glob without a format', () => source(landedFiles({ glob: 'orders/*.csv', columns }))],
  // @ts-expect-error
  ['files and a format', () => source(landedFiles({ files: { 'orders/*.csv': csv() }, format: csv(), columns }))],
  [
    'a text for a column',
    // @ts-expect-error
    () => source(landedFiles({ glob: 'orders/*.csv', format: csv(), columns: { id: 'bigint' } })),
  ],
  [
    'a misspelt option of csv',
    // @ts-expect-error
    () => source(landedFiles({ glob: 'orders/*.csv', format: csv({ delimeter: ';' }), columns })),
  ],
  [
    'an onDrift that is none',
    // @ts-expect-error
    () => source(landedFiles({ glob: 'orders/*.csv', format: csv(), columns, onDrift: 'add' })),
  ],
  [
    'no limit of bad rows',
    // @ts-expect-error
    () => source(landedFiles({ glob: 'orders/*.csv', format: csv(), columns, onBadRow: quarantine({}) })),
  ],
])('%s is red in the editor, and refused', (_, define) => {
  expect(define).toThrow(/^Pipeline 'shop' has /);
});

const source = (one: typeof orders) => definePipeline({ ...right, sources: { orders: one }, sinks });
