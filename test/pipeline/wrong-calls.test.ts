/** Builders called as no editor would let pass: each is a mistake of the definition, with its field, the call and the right one. */
import * as pipeline from '../../lib/pipeline';
import { signups } from '../fixtures/signups';
import { mistakes, shop } from './definitions';

// biome-ignore lint/suspicious/noExplicitAny: what a test calls is wrong by intention
const p = pipeline as any;
type Make = () => unknown;

const KINDS: Readonly<Record<string, (made: unknown) => unknown>> = {
  check: (made) => ({ ...shop(), checks: [made] }),
  column: (made) => withSource(p.landedFiles({ ...files, columns: { id: made, note: p.text(20) } })),
  format: (made) => withSource(p.landedFiles({ ...files, format: made })),
  limits: (made) => withSource(p.landedFiles({ ...files, onBadRow: made })),
  source: (made) => ({ ...withSource(made), trigger: p.cron('0 1 * * *') }),
  login: (made) => withRequests({ auth: made }),
  paging: (made) => withRequests({ paginate: made }),
  rate: (made) => withRequests({ rateLimit: made }),
  model: (made) => ({ ...shop(), models: { lines: made } }),
  sink: (made) => ({ ...shop(), sinks: [made] }),
  write: (made) => ({ ...shop(), sinks: [p.redshift({ model: 'lines', table: 'shop.lines', write: made })] }),
  trigger: (made) => ({ ...shop(), trigger: made }),
  whole: (made) => ({ ...shop(), trigger: p.s3Arrival('orders/*.csv', { whole: made }) }),
  timeout: (made) => ({ ...shop(), timeout: made }),
  aggregate: (made) => ({ ...signups(), aggregates: [made] }),
};
const files = { glob: 'orders/*.csv', format: p.csv(), columns: { id: p.key.bigint(), note: p.text(20) } };
const withSource = (orders: unknown) => ({ ...shop(), sources: { orders } });
const withRequests = (options: object) => ({
  ...withSource(p.httpApi({ url: 'https://shop.example.com/orders', columns: files.columns, ...options })),
  trigger: p.cron('0 1 * * *'),
});

const found = (kind: string, make: Make) => mistakes(KINDS[kind]!(make()));

test.each<[string, Make, string]>([
  [
    'check',
    () => p.accepted('lines', 'note', 'paid'),
    "checks[0] is accepted('lines', 'note', 'paid'): its third argument (values) must be a list, not a text. Write accepted('lines', 'note', ['paid']).",
  ],
  [
    'check',
    () => p.accepted('lines', 'note', 'paid', 'open'),
    "checks[0] is accepted('lines', 'note', 'paid', 'open'): its third argument (values) must be a list, not a text. Write accepted('lines', 'note', ['paid', 'open']).",
  ],
  [
    'check',
    () => p.notNull('lines', 'id', 'note'),
    "checks[0] is notNull('lines', 'id', 'note'): its third argument (options) must be an object, not a text. Write notNull('lines', 'id'), notNull('lines', 'note').",
  ],
  [
    'check',
    () => p.notNull('lines', 'id', 'warn'),
    "checks[0] is notNull('lines', 'id', 'warn'): its third argument (options) must be an object, not a text. Write notNull('lines', 'id', { severity: 'warn' }).",
  ],
  [
    'check',
    () => p.unique('lines', 'id', 'note'),
    "checks[0] is unique('lines', 'id', 'note'): its third argument (options) must be an object, not a text. Write unique('lines', ['id', 'note']).",
  ],
  [
    'check',
    () => p.rowCount('lines', 1, 10),
    "checks[0] is rowCount('lines', 1, 10): its second argument (options) must be an object, not a number. Write rowCount('lines', { min: 1, max: 10 }).",
  ],
  [
    'check',
    () => p.between('lines', 'id', 0, 10),
    "checks[0] is between('lines', 'id', 0, 10): its third argument (options) must be an object, not a number. Write between('lines', 'id', { min: 0, max: 10 }).",
  ],
  [
    'check',
    () => p.between('lines', 'id', { min: new Date(0) }),
    "checks[0].min is \"1970-01-01T00:00:00.000Z\": a bound is a number, or a date or time as ISO text. Use e.g. 0, '2026-01-31' or '2026-01-31T12:00:00Z'.",
  ],
  [
    'check',
    () => p.freshness('lines', 'id', 26),
    "checks[0] is freshness('lines', 'id', 26): its third argument (options) must be an object, not a number. Write freshness('lines', 'id', { maxAge: hours(26) }).",
  ],
  [
    'check',
    () => p.freshness('lines', 'id', { maxAge: p.hours('26') }),
    "checks[0].maxAge is hours('26'): its argument (number) must be a number, not a text. Write e.g. hours(2).",
  ],
  [
    'check',
    () => p.foreignKey('lines', 'id', 'orders', 'id'),
    "checks[0] is foreignKey('lines', 'id', 'orders', 'id'): its third argument (references) must be an object, not a text. Write foreignKey('lines', 'id', { model: 'orders', columns: 'id' }).",
  ],
  [
    'check',
    () => p.foreignKey('lines', 'id', { model: 'orders' }),
    "checks[0].references.columns is missing: it must be here. Write e.g. foreignKey('order_lines', 'order_id', { model: 'orders', columns: 'order_id' }).",
  ],
  [
    'check',
    () => p.matches('lines', 'note'),
    "checks[0] is matches('lines', 'note'): its third argument (pattern) is missing. Write e.g. matches('customers', 'postcode', /^\\d{5}$/).",
  ],
  [
    'check',
    () => p.matches('lines', 'note', '/^\\d+$/'),
    "checks[0].pattern is '/^\\d+$/': the slashes stand around a regular expression, and are no part of a text. Write /^\\d{5}$/ without quotes.",
  ],
  [
    'check',
    () => p.volume('lines', 0.5),
    "checks[0] is volume('lines', 0.5): its second argument (options) must be an object, not a number. Write volume('lines', { within: 0.5 }).",
  ],
  [
    'check',
    () => p.distribution('lines', 'note', { nulls: 0.1 }),
    'checks[0].nulls is 0.1: what is expected are bounds, or earlier runs to compare with. Use e.g. { max: 0.01 } or { last: 7, within: 0.2 }.',
  ],
  [
    'check',
    () => p.notNull,
    "checks[0] is notNull: it is a function that is not called. Call it, e.g. notNull('orders', 'order_id').",
  ],
  [
    'write',
    () => p.merge({ keys: ['id'], newestBy: 'note' }),
    "sinks[0].write is merge({ keys: ['id'], newestBy: 'note' }): its first argument (keys) must be a name or a list of names, not an object. Write merge(['id'], { newestBy: 'note' }).",
  ],
  [
    'write',
    () => p.merge('id', 'note'),
    "sinks[0].write is merge('id', 'note'): its second argument (options) must be an object, not a text. Write merge(['id', 'note']).",
  ],
  [
    'write',
    () => p.merge(),
    "sinks[0].write is merge(): its first argument (keys) is missing. Write e.g. merge(['order_id', 'line'], { newestBy: 'updated_at' }).",
  ],
  [
    'write',
    () => p.scd2(),
    "sinks[0].write is scd2(): its first argument (keys) is missing. Write e.g. scd2('customer_id', { track: ['city', 'tier'] }).",
  ],
  [
    'write',
    () => p.scd2('id', { track: 'note' }),
    "sinks[0].write.track is 'note': it must be a list, not a text. Write e.g. track: ['note'].",
  ],
  [
    'write',
    () => p.replace('day'),
    "sinks[0].write is replace('day'): its argument (options) must be an object, not a text. Write replace({ interval: 'day' }).",
  ],
  ['write', () => p.append('id'), "sinks[0].write is append('id'): it takes no arguments. Write e.g. append()."],
  ['write', () => p.append, 'sinks[0].write is append: it is a function that is not called. Call it, e.g. append().'],
  [
    'sink',
    () => p.redshift('lines', 'shop.lines'),
    "sinks[0] is redshift('lines', 'shop.lines'): its argument (options) must be an object, not a text. Write e.g. redshift({ model: 'orders', table: 'shop.orders', write: merge('order_id') }).",
  ],
  [
    'sink',
    () => p.lake({ model: 'lines', table: 'lines', write: p.append() }),
    "sinks[0].partitionBy is missing: partitionBy is a list of columns. Use e.g. partitionBy: ['ordered_on'], or partitionBy: [] for a table that is one partition.",
  ],
  [
    'sink',
    () => p.lake({ model: 'lines', table: 'lines', write: p.append(), partitionBy: 'id' }),
    "sinks[0].partitionBy is 'id': partitionBy is a list of columns. Use e.g. partitionBy: ['ordered_on'], or partitionBy: [] for a table that is one partition.",
  ],
  [
    'sink',
    () => p.dynamoTable({ model: 'lines', table: 'lines', write: p.merge({}) }),
    "sinks[0].write is merge({}): its first argument (keys) must be a name or a list of names, not an object. Write e.g. merge(['order_id', 'line'], { newestBy: 'updated_at' }).",
  ],
  [
    'column',
    () => p.decimal('12,2').notNull(),
    "sources.orders.columns.id is decimal('12,2'): its first argument (precision) must be a number, not a text. Write decimal(12, 2).",
  ],
  [
    'column',
    () => p.decimal(12),
    'sources.orders.columns.id is decimal(12): its second argument (scale) is missing. Write decimal(12, 0).',
  ],
  [
    'column',
    () => p.key.text('64'),
    "sources.orders.columns.id is key.text('64'): its argument (length) must be a number, not a text. Write key.text(64).",
  ],
  [
    'column',
    () => p.key.json(),
    'sources.orders.columns.id is key.json(): a json column identifies no row, so it is no key. Write key.bigint(), key.text(32) or another key; CAST it in the SQL where you must.',
  ],
  [
    'column',
    () => p.bigint().notNull(false),
    'sources.orders.columns.id is notNull(false): it takes no arguments. Write .notNull(), or leave it out.',
  ],
  [
    'column',
    () => p.bigint().from(),
    "sources.orders.columns.id is '': a header has a name. Name it in from(…), or leave from out.",
  ],
  [
    'column',
    () => p.timestamp('Europe/Berlin'),
    "sources.orders.columns.id is timestamp('Europe/Berlin'): its argument (options) must be an object, not a text. Write timestamp({ timezone: 'Europe/Berlin' }).",
  ],
  [
    'column',
    () => p.timestamp({ timezon: 'Europe/Berlin' }),
    "sources.orders.columns.id.timezon is 'Europe/Berlin': there is no such option. Did you mean 'timezone'?",
  ],
  [
    'format',
    () => p.csv(';'),
    "sources.orders.files[0].format is csv(';'): its argument (options) must be an object, not a text. Write csv({ delimiter: ';' }).",
  ],
  [
    'format',
    () => p.jsonArray('data.items'),
    "sources.orders.files[0].format is jsonArray('data.items'): its argument (options) must be an object, not a text. Write jsonArray({ path: 'data.items' }).",
  ],
  [
    'format',
    () => p.fixedWidth(),
    'sources.orders.files[0].format is fixedWidth(): its argument (options) is missing. Write e.g. fixedWidth({ widths: { account: 10, holder: 30 } }).',
  ],
  [
    'format',
    () => p.ndjson,
    'sources.orders.files[0].format is ndjson: it is a function that is not called. Call it, e.g. ndjson().',
  ],
  [
    'source',
    () => p.landedFiles({ ...files, glob: 'orders/*.ndjson.gz' }),
    "sources.orders.files[0].format is csv(…): files of orders/*.ndjson.gz are ndjson() by their name, and this reads csv(). Use ndjson(), or, where the name is wrong, a glob without it: 'orders/*'. For several formats name each: files: { 'orders/*.ndjson.gz': ndjson(), … }.",
  ],
  [
    'source',
    () => p.landedFiles({ ...files, files: { 'orders/*.ndjson': p.ndjson() } }),
    "sources.orders.glob is 'orders/*.csv': glob and files both say which files are read. Put all into files: { 'orders/*.csv': csv(), … }.",
  ],
  [
    'limits',
    () => p.quarantine(0.01),
    'sources.orders.onBadRow is quarantine(0.01): its argument (limits) must be an object, not a number. Write quarantine({ maxRate: 0.01 }).',
  ],
  [
    'source',
    () => p.published('orders'),
    "sources.orders is published('orders'): its second argument (model) is missing. Write e.g. published('orders', 'order_lines').",
  ],
  [
    'login',
    () => p.apiKey('crm'),
    "sources.orders.auth is apiKey('crm'): its second argument (place) is missing. Write e.g. apiKey('crm', { header: 'x-api-key' }).",
  ],
  [
    'login',
    () => p.apiKey('crm', { header: 'x-api-key', query: 'key' }),
    "sources.orders.auth is apiKey('crm', { header: 'x-api-key', query: 'key' }): it says both header and query, and a key is sent in one of them. Write e.g. apiKey('crm', { header: 'x-api-key' }).",
  ],
  [
    'login',
    () => p.basic('reader', 'a password'),
    "sources.orders.auth is basic(…): it takes one argument. Write e.g. basic('crm').",
  ],
  [
    'paging',
    () => p.byPage(100),
    "sources.orders.paginate is byPage(100): its argument (options) must be an object, not a number. Write byPage({ size: 100, sizeParameter: 'limit' }).",
  ],
  [
    'rate',
    () => p.perSecond('20'),
    "sources.orders.rateLimit is perSecond('20'): its argument (number) must be a number, not a text. Write e.g. perSecond(20).",
  ],
  [
    'model',
    () => p.sql({ text: 'SELECT 1 AS id' }),
    "models.lines is sql({ text: 'SELECT 1 AS id' }): its first argument (file) must be a text, not an object. Write sql.text('SELECT 1 AS id').",
  ],
  [
    'model',
    () => p.sql.text(),
    "models.lines is sql.text(): its first argument (text) is missing. Write e.g. sql.text('SELECT * FROM orders').",
  ],
  [
    'model',
    () => p.rowFunction({ from: 'orders' }),
    "models.lines is rowFunction({ from: 'orders' }): its first argument (file) must be a text, not an object. Write e.g. rowFunction('./clean.ts', { from: 'orders', columns: { id: bigint() } }).",
  ],
  [
    'trigger',
    () => p.s3Arrival(['orders/*.csv', 'orders/*.txt']),
    "trigger is s3Arrival(['orders/*.csv', 'orders/*.txt']): its argument (pattern) must be a text, not a list. Write s3Arrival('orders/*.csv', 'orders/*.txt').",
  ],
  [
    'trigger',
    () => p.cron('0 1 * * *', 'Europe/Berlin'),
    "trigger is cron('0 1 * * *', 'Europe/Berlin'): its second argument (options) must be an object, not a text. Write cron('0 1 * * *', { timezone: 'Europe/Berlin' }).",
  ],
  [
    'trigger',
    () => p.after(p.definePipeline(shop())),
    "trigger is after({ name: 'shop', trigger: s3Arrival(…), sources: { orders: landedFiles(…) }, models: { lines…: its argument (pipeline) must be a text, not an object. Write after('shop').",
  ],
  [
    'timeout',
    () => p.minutes('5'),
    "timeout is minutes('5'): its argument (number) must be a number, not a text. Write e.g. minutes(5).",
  ],
])('a %s that is called in a wrong way is a mistake that shows the right call (%#)', (kind, make, expected) => {
  expect(found(kind, make)).toEqual([expected]);
});

/** What JavaScript passes along where something was forgotten or mixed up. */
const ANYTHING = [undefined, null, '', 'x', 0, 5, Number.NaN, true, [], ['a', 'b'], [null], {}, { a: 1 }, () => 1, /x/];
const BUILDERS: Readonly<Record<string, readonly string[]>> = {
  check: 'notNull unique rowCount accepted between sqlCheck freshness foreignKey matches distribution volume'.split(
    ' ',
  ),
  column: 'bigint integer decimal double text boolean date timestamp json'.split(' '),
  format: 'csv ndjson jsonArray fixedWidth parquet'.split(' '),
  limits: ['quarantine'],
  source: ['published', 'landedFiles', 'httpApi', 'mysql', 'postgresTable', 'dynamoDb', 'custom', 'streamRecords'],
  login: ['bearer', 'basic', 'apiKey', 'oauth2'],
  paging: ['byCursor', 'byPage', 'byLink'],
  rate: ['perSecond', 'perMinute'],
  model: ['sql', 'rowFunction', 'pyspark'],
  sink: ['redshift', 'postgres', 'lake', 'dynamoTable', 'keyspaces', 'kinesis'],
  aggregate: ['aggregate'],
  write: ['append', 'replace', 'merge', 'scd2'],
  trigger: ['s3Arrival', 'cron', 'after', 'streamOf'],
  whole: ['marker', 'fileCount', 'quiet'],
  timeout: ['seconds', 'minutes', 'hours'],
};

test.each(Object.entries(BUILDERS).flatMap(([kind, names]) => names.map((name) => [kind, name] as const)))(
  'whatever the %s %s() is given, it is a definition or a mistake of one, never an error of the program',
  (kind, name) => {
    const calls = [[], ...ANYTHING.flatMap((one) => [[one], ['x', one], ['x', 'x', one, one]])];
    for (const args of calls) {
      for (const line of found(kind, () => p[name](...args))) {
        expect(line).toMatch(/^[\w[\].]+( is .+)?: .+[.?]$/s);
      }
    }
  },
);

test('every builder that a pipeline may call is checked for how it is called', () => {
  const checked = [
    ...Object.values(BUILDERS).flat(),
    'definePipeline',
    'checkpoint',
    'BadRow',
    'PermanentError',
    'PipelineError',
  ];
  const builders = Object.keys(pipeline).filter((name) => typeof p[name] === 'function');

  expect(builders.filter((name) => !checked.includes(name))).toEqual([]);
});

test.each<[string, unknown, string]>([
  [
    'no object',
    [shop()],
    'definition is [{"name":"shop","trigger":{"kind":"s3Arrival","patterns":…: a pipeline is declared by one object. Use e.g. definePipeline({ name: \'orders\', trigger: …, sources: …, models: …, sinks: … }).',
  ],
  [
    'models in a list',
    { ...shop(), models: [p.sql.text('SELECT id FROM orders')] },
    "models is [sql(…)]: models are an object, a model for each name. Use e.g. models: { lines: sql('lines.sql') }.",
  ],
  [
    "a type of JavaScript's for a column",
    withSource(p.landedFiles({ ...files, columns: { id: Number, note: p.text(20) } })),
    'sources.orders.columns.id is Number: a column is made by bigint(), text(64), key.text(32), …. Call one of them.',
  ],
  [
    'an option that others have',
    { ...shop(), sinks: [p.redshift({ model: 'lines', table: 'shop.lines', write: p.merge('id'), mode: 'merge' })] },
    "sinks[0].mode is 'merge': there is no such option. It is part of the write mode: write: merge('order_id').",
  ],
  [
    'an option of the lake',
    { ...shop(), sinks: [p.postgres({ model: 'lines', table: 'shop.lines', write: p.append(), path: 'x' })] },
    "sinks[0].path is 'x': there is no such option. Tables of the lake are Parquet, in the bucket of the lake: leave it out.",
  ],
])('a definition with %s is told what belongs there', (_, definition, expected) => {
  expect(mistakes(definition)).toEqual([expected]);
});
