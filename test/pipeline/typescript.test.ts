/** Extractors and row functions are typed by contracts: what the editor shows red, `tsc` fails on. And what a definition refuses. */
import {
  type AnyRow,
  BadRow,
  bigint,
  checkpoint,
  custom,
  date,
  decimal,
  type Extractor,
  json,
  key,
  type Planner,
  type RowFunction,
  rowFunction,
  sql,
  text,
  timestamp,
} from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

const columns = {
  currency: key.text(3),
  day: date().notNull(),
  rate: decimal(12, 6).notNull(),
  source: text().from('src'),
};
const rates = custom('./rates.ts', { secrets: ['rates-api'], columns });
const clean = rowFunction('./clean.ts', {
  from: 'orders',
  columns: { id: key.bigint(), email: text(100), at: timestamp(), doc: json() },
});
const orders = { id: key.bigint(), total: decimal(12, 2), email: text(), at: timestamp() };

describe('an extractor', () => {
  test('that yields rows, lists of rows and checkpoints is green; times may be dates or text, decimals numbers or text', () => {
    const extract: Extractor<typeof rates, { page: number }> = async function* (context) {
      await context.secret('rates-api');
      const { page } = context.checkpoint ?? { page: 1 };
      yield { currency: 'EUR', day: new Date(0), rate: 1, src: null };
      yield [{ currency: context.partition.id, day: '2026-01-31', rate: '1.2', src: undefined }];
      yield checkpoint({ page: page + 1 });
      if (context.signal.aborted) return checkpoint({ page });
    };
    const plan: Planner<typeof rates> = async ({ secret }) => {
      await secret('rates-api');
      return [{ id: 'EUR', weight: 1 }];
    };
    const byColumns: Extractor<typeof columns> = () => [{ currency: 'EUR', day: '2026-01-31', rate: 1n, src: '' }];

    expect([extract, plan, byColumns].map((one) => typeof one)).toEqual(['function', 'function', 'function']);
  });

  test('is red for a missing column, a wrong type, NULL in a column that has none, an unknown secret, a checkpoint of another shape', () => {
    // @ts-expect-error rate is missing
    const missing: Extractor<typeof rates> = async function* () {
      yield { currency: 'EUR', day: new Date(0), src: null };
    };
    // @ts-expect-error the column is read from src
    const misnamed: Extractor<typeof rates> = async function* () {
      yield { currency: 'EUR', day: new Date(0), rate: 1, source: null };
    };
    // @ts-expect-error a boolean is no text
    const wrong: Extractor<typeof rates> = async function* () {
      yield { currency: true, day: new Date(0), rate: 1, src: null };
    };
    // @ts-expect-error a key is never null
    const empty: Extractor<typeof rates> = async function* () {
      yield { currency: null, day: new Date(0), rate: 1, src: null };
    };
    const secret: Extractor<typeof rates> = async function* (context) {
      // @ts-expect-error the source names no such secret
      yield { currency: String((await context.secret('crm')).code), day: '', rate: 1, src: null };
    };
    // @ts-expect-error a page is a number
    const position: Extractor<typeof rates, { page: number }> = async function* () {
      yield checkpoint({ page: 'two' });
    };

    expect([missing, misnamed, wrong, empty, secret, position]).toHaveLength(6);
  });
});

describe('a row function', () => {
  test('gets rows of its input, and returns rows of its own contract, several, or none', () => {
    const clean1: RowFunction<typeof orders, typeof clean> = ({ id, email, at, total }) => {
      if (email === null) return null;
      const doc: { total: string | null } = { total };
      return email === '' ? [] : { id: id + 1n, email: email.trim(), at, doc };
    };
    const clean2: RowFunction<AnyRow, typeof clean> = async (row) => {
      if (typeof row.id !== 'bigint') throw new BadRow('no id');
      return [{ id: row.id, email: String(row.email), at: new Date(), doc: '{}' }];
    };

    expect([typeof clean1, typeof clean2]).toEqual(['function', 'function']);
  });

  test('is red for columns that are not there, on either side', () => {
    // @ts-expect-error orders has no such column
    const given: RowFunction<typeof orders, typeof clean> = ({ id, mail }) => ({
      id,
      email: mail,
      at: null,
      doc: null,
    });
    // @ts-expect-error doc is missing
    const returned: RowFunction<typeof orders, typeof clean> = ({ id, email, at }) => ({ id, email, at });
    // @ts-expect-error a number is no text
    const typed: RowFunction<typeof orders, typeof clean> = ({ id, at }) => ({ id, email: 1, at, doc: null });

    expect([given, returned, typed]).toHaveLength(3);
  });
});

test.each([
  [
    { file: 'extract' },
    "sources.orders.file is 'extract': it names a TypeScript file beside pipeline.ts. Use e.g. custom('./extract.ts', { … }).",
  ],
  [
    { concurrency: 99 },
    'sources.orders.concurrency is 99: 1 to 40 partitions are extracted at once. Use e.g. concurrency: 10.',
  ],
  [
    { partitions: [{ id: 'a/b' }] },
    "sources.orders.partitions.[0].id is 'a/b': an id has letters, digits, _, - and ., at most 100: it is part of S3 keys. Rename it, and give what it was as a member.",
  ],
  [
    { secrets: ['A secret!'] },
    "sources.orders.secrets.[0]: it is the name of a secret, in kebab-case, never the secret itself. Keep the secret in Secrets Manager as stepwell/crm-api, and write 'crm-api' here.",
  ],
  [{ secret: 'crm' }, "sources.orders.secret is 'crm': there is no such option. Did you mean 'secrets'?"],
  [{ cursor: '' }, 'sources.orders.cursor is {"column":""}: a column has a name. Use e.g. cursor: \'updated_at\'.'],
])('custom(%j) is refused', (options, expected) => {
  const { file = './extract.ts', ...rest } = options as { file?: string };
  const definition = {
    ...shop(),
    sources: { orders: custom(file, { columns: { id: bigint(), note: text() }, ...rest }) },
  };

  expect(
    mistakes(definition).map((line) => line.replace(/partitions\[/, 'partitions.[').replace(/secrets\[/, 'secrets.[')),
  ).toContain(expected);
});

test('sources of your own code may be in different networks, as each has a function of its own', () => {
  const network = { subnetIds: ['subnet-1a'], securityGroupIds: ['sg-1a'] };
  const one = custom('./a.ts', { columns: { id: bigint(), note: text() }, network });
  const other = custom('./b.ts', { columns: { id: bigint() } });

  expect(mistakes({ ...shop(), sources: { orders: one, others: other } })).toEqual([]);
});

test.each([
  [
    { file: 'clean.sql' },
    "models.lines.file is 'clean.sql': it names a TypeScript file beside pipeline.ts. Use e.g. rowFunction('./clean.ts', { … }).",
  ],
  [{ columm: 'x' }, "models.lines.columm is 'x': there is no such option. Did you mean 'columns'?"],
  [{ columns: {} }, 'models.lines.columns is {}: a contract has at least one column. Declare the columns of the file.'],
])('rowFunction(%j) is refused', (options, expected) => {
  const made = { ...rowFunction('./clean.ts', { from: 'orders', columns: { id: bigint() } }), ...options };

  expect(mistakes({ ...shop(), models: { lines: made } })).toContain(expected);
});

test('a model that is made by nothing says by what', () => {
  expect(mistakes({ ...shop(), models: { lines: { kind: 'python' }, more: sql.text('') } })).toEqual([
    "models.lines.kind is 'python': a model is made by sql(), rowFunction() or pyspark(). Use sql('model.sql'), sql.text('SELECT …') or rowFunction('./clean.ts', { … }).",
    "models.more.text is '': there is no SQL. Use sql('model.sql') or sql.text('SELECT …').",
  ]);
});
