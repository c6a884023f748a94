/** How each builder is called: what its arguments may be, an example of it, and what people write in place of it. */
import { type Signature, written } from './wrong-call';

type Arguments = readonly unknown[];

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const areTexts = (values: Arguments): boolean => values.length > 0 && values.every(isText);
const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** A call as it would be written. */
const call = (name: string, ...args: Arguments): string => `${name}(${args.map(written).join(', ')})`;

const bounds = (min: unknown, max: unknown): object => (max === undefined ? { min } : { min, max });
const isSeverity = (value: unknown): boolean => value === 'error' || value === 'warn';

const model = { model: 'text' } as const;
const column = { ...model, column: 'text' } as const;
const options = { options: 'object?' } as const;

/** Several columns that were named one after the other, in place of a list. */
const listed =
  (name: string) =>
  (...keys: Arguments): string | false =>
    areTexts(keys) && keys.length > 1 && call(name, keys);

export const CHECKS = {
  notNull: {
    example: "notNull('orders', 'order_id')",
    takes: { ...column, ...options },
    meant: (of: unknown, one: unknown, ...rest: Arguments) => {
      if (isText(one) && rest.length === 1 && isSeverity(rest[0]))
        return call('notNull', of, one, { severity: rest[0] });
      const several = Array.isArray(one) ? one : [one, ...rest];
      return areTexts(several) && several.length > 1 && several.map((each) => call('notNull', of, each)).join(', ');
    },
  },
  unique: {
    example: "unique('orders', ['shop', 'order_id'])",
    takes: { ...model, columns: 'names', ...options },
    meant: (of: unknown, ...columns: Arguments) =>
      isText(of) &&
      areTexts(columns) &&
      (isSeverity(columns[1]) ? call('unique', of, columns[0], { severity: columns[1] }) : call('unique', of, columns)),
  },
  rowCount: {
    example: "rowCount('orders', { min: 1 })",
    takes: { ...model, options: 'object' },
    meant: (of: unknown, min: unknown, max: unknown) =>
      isText(of) && isNumber(min) && call('rowCount', of, bounds(min, max)),
  },
  accepted: {
    example: "accepted('orders', 'status', ['paid', 'refunded'])",
    takes: { ...column, values: 'list', ...options },
    meant: (of: unknown, one: unknown, ...values: Arguments) =>
      areTexts([of, one]) && values.length > 0 && values.every(isScalar) && call('accepted', of, one, values),
  },
  between: {
    example: "between('orders', 'amount', { min: 0 })",
    takes: { ...column, options: 'object' },
    meant: (of: unknown, one: unknown, min: unknown, max: unknown) => {
      const [from, to] = Array.isArray(min) ? min : [min, max];
      return areTexts([of, one]) && isScalar(from) && call('between', of, one, bounds(from, to));
    },
  },
  sqlCheck: { example: "sqlCheck('orders', 'amount >= 0')", takes: { ...model, condition: 'text', ...options } },
  freshness: {
    example: "freshness('sales', 'updated_at', { maxAge: hours(26) })",
    takes: { ...column, options: 'object' },
    meant: (of: unknown, one: unknown, age: unknown) =>
      areTexts([of, one]) && isNumber(age) && `freshness(${written(of)}, ${written(one)}, { maxAge: hours(${age}) })`,
  },
  foreignKey: {
    example: "foreignKey('order_lines', 'order_id', { model: 'orders', columns: 'order_id' })",
    takes: { ...model, columns: 'names', references: 'object', ...options },
    members: { model: 'text', columns: 'names' },
    takesApart: 'references',
    meant: (of: unknown, columns: unknown, other: unknown, others: unknown) =>
      areTexts([of, other]) && call('foreignKey', of, columns, { model: other, columns: others ?? columns }),
  },
  matches: {
    example: "matches('customers', 'postcode', /^\\d{5}$/)",
    takes: { ...column, pattern: 'pattern', ...options },
  },
  distribution: {
    example: "distribution('orders', 'amount', { mean: { min: 20, max: 200 } })",
    takes: { ...column, options: 'object' },
  },
  volume: {
    example: "volume('orders', { last: 7, within: 0.5 })",
    takes: { ...model, options: 'object' },
    meant: (of: unknown, within: unknown) =>
      isText(of) && isNumber(within) && within > 0 && within <= 1 && call('volume', of, { within }),
  },
} satisfies Readonly<Record<string, Signature>>;

const nothing = (example: string): Signature => ({ example, takes: {} });
const number = (example: string): Signature => ({ example, takes: { number: 'number' } });

export const COLUMNS = {
  bigint: nothing('bigint()'),
  integer: nothing('integer()'),
  double: nothing('double()'),
  boolean: nothing('boolean()'),
  date: nothing('date()'),
  json: nothing('json()'),
  decimal: {
    example: 'decimal(12, 2)',
    takes: { precision: 'number', scale: 'number' },
    meant: (precision: unknown, scale: unknown) => {
      const digits = [precision, ...(scale === undefined ? [] : [scale])].join(',').split(',').map(Number);
      if (digits.length === 1) digits.push(0);
      return digits.length === 2 && digits.every(Number.isInteger) && digits[0]! > 0 && call('decimal', ...digits);
    },
  },
  text: {
    example: 'text(64)',
    takes: { length: 'number?' },
    meant: (length: unknown) => {
      const digits = typeof length === 'object' && length !== null ? Object.values(length)[0] : length;
      return Number(digits) > 0 && call('text', Number(digits));
    },
  },
  notNull: { ...nothing('notNull()'), meant: () => '.notNull(), or leave it out' },
  key: {
    ...nothing('key()'),
    meant: () => 'key.bigint(), key.text(32) or another key; CAST it in the SQL where you must',
  },
  timestamp: {
    example: "timestamp({ timezone: 'Europe/Berlin' })",
    takes: options,
    knows: ['timezone'],
    meant: (timezone: unknown) => isText(timezone) && call('timestamp', { timezone }),
  },
} satisfies Readonly<Record<string, Signature>>;

export const WRITES = {
  append: nothing('append()'),
  replace: {
    example: "replace({ interval: 'ordered_at' })",
    takes: options,
    meant: (interval: unknown) => isText(interval) && call('replace', { interval }),
  },
  merge: {
    example: "merge(['order_id', 'line'], { newestBy: 'updated_at' })",
    takes: { keys: 'names', ...options },
    meant: (...keys: Arguments) => {
      const [given] = keys;
      const { keys: named, key, ...rest }: Record<string, unknown> = typeof given === 'object' ? { ...given } : {};
      return isText(named ?? key) || Array.isArray(named ?? key)
        ? call('merge', named ?? key, ...(Object.keys(rest).length > 0 ? [rest] : []))
        : listed('merge')(...keys);
    },
  },
  scd2: {
    example: "scd2('customer_id', { track: ['city', 'tier'] })",
    takes: { keys: 'names', ...options },
    members: { track: 'list?' },
    meant: listed('scd2'),
  },
} satisfies Readonly<Record<string, Signature>>;

export const SINKS = {
  redshift: sink('redshift', "table: 'shop.orders'"),
  postgres: sink('postgres', "table: 'shop.orders'"),
  lake: {
    example: "lake({ model: 'orders', table: 'orders', write: append(), partitionBy: ['ordered_on'] })",
    takes: { options: 'object' },
  },
  dynamoTable: sink('dynamoTable', "table: 'orders'"),
  keyspaces: sink('keyspaces', "table: 'shop.orders'"),
  kinesis: {
    example: "kinesis({ model: 'orders', stream: 'orders', partitionBy: 'order_id' })",
    takes: { options: 'object' },
  },
  aggregate: {
    example: "aggregate({ by: ['country'], window: minutes(1), count: 'signups', table: 'signups_by_country' })",
    takes: { options: 'object' },
  },
} satisfies Readonly<Record<string, Signature>>;

function sink(name: string, table: string): Signature {
  return { example: `${name}({ model: 'orders', ${table}, write: merge('order_id') })`, takes: { options: 'object' } };
}

export const TRIGGERS = {
  s3Arrival: {
    example: "s3Arrival('orders/*.csv')",
    takes: { pattern: 'text?' },
    andMore: true,
    meant: (patterns: unknown) => Array.isArray(patterns) && areTexts(patterns) && call('s3Arrival', ...patterns),
  },
  marker: { example: "marker('_SUCCESS')", takes: { file: 'text' } },
  fileCount: number('fileCount(24)'),
  quiet: {
    example: 'quiet(minutes(10))',
    takes: { after: 'object' },
    meant: (after: unknown) => isNumber(after) && `quiet(minutes(${after}))`,
  },
  cron: {
    example: "cron('0 1 * * *', { timezone: 'Europe/Berlin' })",
    takes: { expression: 'text', ...options },
    meant: (expression: unknown, timezone: unknown) =>
      isText(expression) && isText(timezone) && call('cron', expression, { timezone }),
  },
  after: {
    example: "after('orders')",
    takes: { pipeline: 'text' },
    meant: (pipeline: unknown) => {
      const name = (pipeline as { name?: unknown } | null | undefined)?.name;
      return isText(name) && typeof pipeline === 'object' && call('after', name);
    },
  },
  streamOf: {
    example: "streamOf('users', { batch: 500, window: seconds(5) })",
    takes: { stream: 'text', ...options },
    meant: (stream: unknown, batch: unknown) =>
      isText(stream) && isNumber(batch) && call('streamOf', stream, { batch }),
  },
  seconds: number('seconds(30)'),
  minutes: number('minutes(5)'),
  hours: number('hours(2)'),
} satisfies Readonly<Record<string, Signature>>;

export const MODELS = {
  sql: {
    example: "sql('orders.sql')",
    takes: { file: 'text', ...options },
    meant: (given: unknown) => {
      const { text, file } = (given ?? {}) as { text?: unknown; file?: unknown };
      return isText(text) ? call('sql.text', text) : isText(file) && call('sql', file);
    },
  },
  text: { example: "sql.text('SELECT * FROM orders')", takes: { text: 'text', ...options } },
  pyspark: {
    example: "pyspark('people.py', { from: 'registry', columns: { region: text(20) } })",
    takes: { file: 'text', options: 'object' },
  },
  rowFunction: {
    example: "rowFunction('./clean.ts', { from: 'orders', columns: { id: bigint() } })",
    takes: { file: 'text', options: 'object' },
  },
} satisfies Readonly<Record<string, Signature>>;

export const SOURCES = {
  csv: {
    example: "csv({ delimiter: ';' })",
    takes: options,
    meant: (delimiter: unknown) => isText(delimiter) && delimiter.length === 1 && call('csv', { delimiter }),
  },
  ndjson: nothing('ndjson()'),
  parquet: nothing('parquet()'),
  jsonArray: {
    example: "jsonArray({ path: 'data.items' })",
    takes: options,
    meant: (path: unknown) => isText(path) && call('jsonArray', { path }),
  },
  fixedWidth: {
    example: 'fixedWidth({ widths: { account: 10, holder: 30 } })',
    takes: { options: 'object' },
  },
  quarantine: {
    example: 'quarantine({ maxRate: 0.01 })',
    takes: { limits: 'object' },
    meant: (limit: unknown) =>
      isNumber(limit) && call('quarantine', limit > 0 && limit < 1 ? { maxRate: limit } : { maxCount: limit }),
  },
  published: { example: "published('orders', 'order_lines')", takes: { pipeline: 'text', model: 'text' } },
  streamRecords: {
    example: 'streamRecords({ columns: { user_id: key.text(36) } })',
    takes: { options: 'object' },
  },
} satisfies Readonly<Record<string, Signature>>;

const secret = (example: string): Signature => ({ example, takes: { secret: 'text' }, isSecret: true });

export const REQUESTS = {
  bearer: secret("bearer('crm')"),
  basic: secret("basic('crm')"),
  apiKey: {
    example: "apiKey('crm', { header: 'x-api-key' })",
    takes: { secret: 'text', place: 'object' },
    knows: ['header', 'query'],
    breaks: (_: unknown, { header, query }: { header?: unknown; query?: unknown }) =>
      (header === undefined) === (query === undefined)
        ? `it says ${header === undefined ? 'neither' : 'both'} header ${header === undefined ? 'nor' : 'and'} query, and a key is sent in one of them`
        : undefined,
    meant: (name: unknown, header: unknown) => isText(name) && isText(header) && call('apiKey', name, { header }),
  },
  oauth2: {
    example: "oauth2('crm', { tokenUrl: 'https://login.example.com/token' })",
    takes: { secret: 'text', options: 'object' },
    isSecret: true,
    meant: (name: unknown, tokenUrl: unknown) => isText(tokenUrl) && call('oauth2', name, { tokenUrl }),
  },
  byCursor: {
    example: "byCursor('meta.next')",
    takes: { next: 'text', ...options },
    meant: (next: unknown, parameter: unknown) => isText(parameter) && call('byCursor', next, { parameter }),
  },
  byPage: {
    example: "byPage({ size: 100, sizeParameter: 'limit' })",
    takes: options,
    meant: (size: unknown) => isNumber(size) && call('byPage', { size, sizeParameter: 'limit' }),
  },
  byLink: { example: "byLink('paging.next')", takes: { next: 'text?' } },
  perSecond: number('perSecond(20)'),
  perMinute: number('perMinute(60)'),
} satisfies Readonly<Record<string, Signature>>;
