/** What belongs in a field, with an example of it: for values of another shape, which the shape itself can only say are wrong. */
import { NO_OPTIONS } from './sources/options';

/** A rule and its remedy. */
type Belongs = readonly [rule: string, remedy: string];

const CURSOR: Belongs = [
  "a cursor names a column, or is { column, initialValue, lag } with initialValue a time as '2026-01-01T00:00:00Z'",
  "Use e.g. cursor: 'updated_at', or cursor: { column: 'updated_at', lag: hours(1) }.",
];
const AT_ONCE: Belongs = ['partitions at once are a whole number from 1 to 40', 'Use e.g. concurrency: 10.'];
const LISTED: Belongs = [
  'partitions are a list of objects that each have an id, a text, beside members that are text, numbers, booleans or null',
  "Use e.g. partitions: [{ id: 'paris', city: 'Paris' }, { id: 'rome', city: 'Rome' }].",
];
const SECRET: Belongs = [
  'a source names its secret; the login itself is the JSON in Secrets Manager',
  "Use e.g. secret: 'shop-db', and put host, port, username, password and dbname into stepwell/shop-db.",
];

const OF_ALL_SOURCES: Readonly<Record<string, Belongs>> = {
  columns: [
    'columns are an object, a column for each name',
    'Use e.g. columns: { id: key.bigint(), note: text(200) }.',
  ],
  cursor: CURSOR,
  memoryMb: ['memoryMb is a whole number, 512 to 10,240', 'Use e.g. memoryMb: 2048.'],
  network: [
    'a network is subnets and security groups that are there, each a list of ids',
    "Use e.g. network: { subnetIds: ['subnet-0a1b2c3d'], securityGroupIds: ['sg-0a1b2c3d'] }.",
  ],
  onBadRow: ['limits are made by quarantine()', 'Use e.g. onBadRow: quarantine({ maxRate: 0.01 }).'],
  tolerate: ['a share is a number from 0 to 1', 'Use e.g. tolerate: 0.1 for one in ten.'],
};

const DATABASE: Readonly<Record<string, Belongs>> = {
  secret: SECRET,
  table: ["a source reads one table, named as 'sales' or 'shop.sales'", 'For several, make a source of each.'],
  query: ['a query is one SELECT, as text', "Use e.g. query: 'SELECT id, total FROM sales'."],
  partitionBy: ['ranges are cut by one column', "Use e.g. partitionBy: 'id', partitions: 8."],
  partitions: ['partitions is the number of ranges of partitionBy', "Use e.g. partitionBy: 'id', partitions: 8."],
  [NO_OPTIONS]: ['it takes one object', "Use e.g. mysql({ secret: 'shop-db', table: 'sales', columns: { … } })."],
};

const OF_SOURCE: Readonly<Record<string, Readonly<Record<string, Belongs>>>> = {
  httpApi: {
    url: ['an address is text', "Use e.g. url: 'https://api.example.com/v1/orders'."],
    query: ['each parameter is a text, a number or a boolean', "Use e.g. query: { limit: 100, status: 'paid' }."],
    headers: ['headers are texts by their names', "Use e.g. headers: { accept: 'application/json' }."],
    auth: [
      'a login is made by bearer(), apiKey(), oauth2() or basic(), which take the name of a secret',
      "Use e.g. auth: bearer('crm-api'), or apiKey('crm-api', { header: 'x-api-key' }).",
    ],
    rows: ['rows is the path to the list in the answer', "Use e.g. rows: 'data.items', or leave it out."],
    paginate: [
      'paging is made by byCursor(), byPage() or byLink()',
      "Use e.g. paginate: byCursor('meta.next'), or byPage({ size: 100, sizeParameter: 'limit' }).",
    ],
    rateLimit: ['a rate is made by perSecond() or perMinute()', 'Use e.g. rateLimit: perSecond(20).'],
    timeout: ['how long a request may take is made by seconds() or minutes()', 'Use e.g. timeout: seconds(30).'],
    retry: [
      "a request's retry has attempts and nothing else; waits between them grow by themselves, or are as Retry-After says",
      'Use e.g. retry: { attempts: 3 }.',
    ],
    partitions: LISTED,
    concurrency: AT_ONCE,
    [NO_OPTIONS]: [
      'it takes one object',
      "Use e.g. httpApi({ url: 'https://api.example.com/v1/orders', columns: { … } }).",
    ],
  },
  mysql: DATABASE,
  postgres: {
    ...DATABASE,
    [NO_OPTIONS]: [
      'it takes one object',
      "Use e.g. postgresTable({ secret: 'shop-db', table: 'sales', columns: { … } }).",
    ],
  },
  dynamoDb: {
    table: ['a table is named by its name in DynamoDB', "Use e.g. table: 'products'."],
    segments: ['segments is the number of partitions that scan side by side', 'Use e.g. segments: 4.'],
    consistentRead: [
      'consistentRead is true or false',
      'Use consistentRead: false for half the price, or leave it out.',
    ],
    partitions: ['its partitions are the segments of the scan', 'Use e.g. segments: 4.'],
    [NO_OPTIONS]: ['it takes one object', "Use e.g. dynamoDb({ table: 'products', columns: { … } })."],
  },
  custom: {
    file: ['the first argument is the file of the extractor', "Use e.g. custom('./extract.ts', { columns: { … } })."],
    secrets: ['secrets is a list of names', "Use e.g. secrets: ['rates-api']."],
    partitions: LISTED,
    concurrency: AT_ONCE,
    [NO_OPTIONS]: ['behind the file comes an object', "Use e.g. custom('./extract.ts', { columns: { … } })."],
  },
  landedFiles: {
    files: [
      'files is an object with a format for each glob',
      "Use e.g. files: { 'orders/*.csv': csv() }, or glob: 'orders/*.csv' and format: csv().",
    ],
    [NO_OPTIONS]: [
      'it takes one object',
      "Use e.g. landedFiles({ glob: 'orders/*.csv', format: csv(), columns: { … } }).",
    ],
  },
};

const OF_FILES: Readonly<Record<string, Belongs>> = {
  glob: ['a glob is text', "Use e.g. glob: 'orders/*.csv', or a list of such."],
  nullText: [
    'one text stands for NULL, beside the empty field',
    "Use e.g. nullText: 'NULL'; for others use nullif() in SQL.",
  ],
  fields: [
    'widths are an object: a number of characters for each name',
    'Use e.g. widths: { account: 10, holder: 30 }.',
  ],
};

const OF_PIPELINE: Readonly<Record<string, Belongs>> = {
  name: ['a pipeline has a name, in kebab-case', "Use e.g. name: 'daily-orders'."],
  description: ['a description is text', 'Put it in quotes.'],
  sources: ['sources are an object, a source for each name', 'Use e.g. sources: { orders: landedFiles({ … }) }.'],
  models: ['models are an object, a model for each name', "Use e.g. models: { lines: sql('lines.sql') }."],
  sinks: [
    'sinks are a list',
    "Use e.g. sinks: [redshift({ model: 'lines', table: 'shop.lines', write: merge('id') })].",
  ],
  checks: ['checks are a list', "Use e.g. checks: [notNull('lines', 'id')]."],
  pii: ['pii names the secret whose key hashes', "Use e.g. pii: { secret: 'shop-pii' }."],
  retry: [
    'retry is of attempts, interval, backoffRate and maxInterval',
    'Use e.g. retry: { attempts: 3, interval: seconds(2) }.',
  ],
  timeout: ['a duration is made by seconds(), minutes() or hours()', 'Use e.g. timeout: hours(2).'],
  alerts: ['alerts says who is told', "Use e.g. alerts: { email: ['data@example.com'] }."],
  'alerts.email': ['alerts has a list of addresses', "Use e.g. alerts: { email: ['data@example.com'] }."],
  'alerts.slack': [
    'a channel is named by its workspace and its own id',
    "Use e.g. slack: { workspace: 'T0123ABCD', channel: 'C0123ABCD' }; for an incoming webhook, webhook: { secret: 'team-chat' }.",
  ],
  'alerts.webhook': [
    'a webhook names the secret that holds its address',
    'Use e.g. webhook: { secret: \'team-chat\' }, and put {"url": "https://…"} into stepwell/team-chat.',
  ],
  'trigger.cron': ['a schedule is a crontab of five fields, as text', "Use e.g. cron('0 1 * * *')."],
  'trigger.pipeline': ['after() takes the name of one other pipeline', "Use e.g. after('daily-orders')."],
  'trigger.stream': ['streamOf() takes the name of one stream', "Use e.g. streamOf('users')."],
  aggregates: [
    'aggregates are a list',
    "Use e.g. aggregates: [aggregate({ by: ['country'], window: minutes(1), count: 'signups', table: 'signups' })].",
  ],
  'trigger.patterns': [
    's3Arrival() takes globs, each a text of its own',
    "Use e.g. s3Arrival('orders/*.csv', 'orders/*.ndjson').",
  ],
};

/** `path` as it is in the definition, `kind` of the source that it is in. */
export function whatBelongs(path: readonly PropertyKey[], kind: string | undefined): Belongs | undefined {
  const names = path.filter((step) => typeof step !== 'number').map(String);
  const [first = '', second = ''] = names;
  if (first === 'models' && names.length > 2) return OF_ALL_SOURCES[String(path[2])];
  const isWhole = path.length === 1 || ['retry', 'timeout', 'alerts', 'pii'].includes(first);
  if (first !== 'sources' || isWhole)
    return OF_PIPELINE[`${first}.${second}`] ?? (isWhole ? OF_PIPELINE[first] : undefined);
  if (names.length < 3) return undefined;
  const option = optionOf(path);
  // Below: a glob, or its format.
  if (option === 'files' && path.length > 3) return OF_FILES[String(path.at(-1))];
  return OF_SOURCE[kind ?? '']?.[option] ?? OF_ALL_SOURCES[option];
}

/** Members that a builder makes of an option under another name. */
const WRITTEN_AS: Readonly<Record<string, string>> = { timeoutSeconds: 'timeout', attempts: 'retry' };

/** Of a path in a source, the option that a person has written: builders of row sources put theirs under `config`. */
const optionOf = (path: readonly PropertyKey[]): string => {
  const member = String(path[2] === 'config' ? path[3] : path[2]);
  return path[2] === 'config' ? (WRITTEN_AS[member] ?? member) : member;
};

/** A path in a definition as it was written. */
export const asWritten = (path: readonly PropertyKey[]): readonly PropertyKey[] => {
  if (path[0] !== 'sources') return path;
  if (path[2] === 'config' && path[3] === 'attempts') return [...path.slice(0, 2), 'retry', 'attempts'];
  if (path[2] === 'config' && path.length > 3) return [...path.slice(0, 2), optionOf(path), ...path.slice(4)];
  return path[2] === 'partitions' ? path.filter((step, index) => index !== 4 || step !== 'values') : path;
};

/** Options that others have for the same thing, and what it is here. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pipeline: {
    schedule: "Use trigger: cron('0 1 * * *').",
    schedule_interval: "Use trigger: cron('0 1 * * *').",
    cron: "Use trigger: cron('0 1 * * *').",
    start_date: 'Past intervals are run by npx stepwell run <pipeline> --interval <start>/<end>.',
    startDate: 'Past intervals are run by npx stepwell run <pipeline> --interval <start>/<end>.',
    catchup: "It is an option of the schedule: cron('0 1 * * *', { catchUp: 'all' }).",
    catchUp: "It is an option of the schedule: cron('0 1 * * *', { catchUp: 'all' }).",
    ...Object.fromEntries(
      ['max_active_runs', 'maxActiveRuns', 'maxActive', 'concurrency', 'queue'].map((name) => [
        name,
        "Use overlap: { policy: 'queue', maxActive: 1 }.",
      ]),
    ),
    retries: 'Use retry: { attempts: 3 }.',
    retry_delay: 'Use retry: { attempts: 3, interval: seconds(30) }.',
    retryDelay: 'Use retry: { attempts: 3, interval: seconds(30) }.',
    email: "Use alerts: { email: ['data@example.com'] }.",
    email_on_failure: "Use alerts: { email: ['data@example.com'] }.",
    dependsOn: "Use trigger: after('orders').",
    depends_on: "Use trigger: after('orders').",
    dag_id: "Use name: 'daily-orders'.",
    dagId: "Use name: 'daily-orders'.",
    id: "Use name: 'daily-orders'.",
    tasks:
      'There are none to declare: sources, models, sinks and checks say what is done, and names in SQL in which order.',
    source: 'Use sources: { orders: … }, with a name for each.',
    model: 'Use models: { lines: … }, with a name for each.',
    sink: 'Use sinks: […].',
    sla: "Use deadline: { by: '06:00', timezone: 'Europe/Berlin' }.",
  },
  cron: {
    tz: "Use timezone: 'Europe/Berlin'.",
    catchup: "Use catchUp: 'all'.",
    overlap: "It is an option of the pipeline, beside the trigger: overlap: 'queue'.",
    startDate: 'Leave it out: past intervals are run by npx stepwell run <pipeline> --interval <start>/<end>.',
  },
  source: {
    retry: 'A task is tried again as the pipeline says: definePipeline({ retry: { attempts: 3 } }).',
    retries: 'A task is tried again as the pipeline says: definePipeline({ retry: { attempts: 3 } }).',
    timeout:
      'What one function cannot read goes on in the next; definePipeline({ timeout: hours(2) }) is of the whole run.',
    schedule: "A source has none: the pipeline's trigger starts its runs, as cron('0 1 * * *').",
  },
  httpApi: {
    params: 'Use query: { limit: 100 }.',
    parameters: 'Use query: { limit: 100 }.',
    endpoint: 'Use url, the whole address.',
    baseUrl: 'Use url, the whole address.',
    method: 'Requests are GET. For others, write an extractor: custom(…).',
    body: 'Requests are GET, without a body. For others, write an extractor: custom(…).',
    data: 'Requests are GET, without a body. For others, write an extractor: custom(…).',
    secret: "Use auth, which says how it is sent: auth: bearer('crm-api').",
    token: "Keep it in Secrets Manager, and use auth: bearer('crm-api').",
    apiKey: "Keep it in Secrets Manager, and use auth: apiKey('crm-api', { header: 'x-api-key' }).",
    pagination: "Use paginate: byCursor('meta.next').",
    path: "Use rows: 'data.items'.",
    retries: 'Use retry: { attempts: 3 }.',
    attempts: 'Use retry: { attempts: 3 }.',
    timeoutSeconds: 'Use timeout: seconds(30).',
    requestsPerSecond: 'Use rateLimit: perSecond(20).',
    network: 'Requests go out from outside any VPC. For an API in one, write an extractor: custom(…) has network.',
  },
  database: {
    sql: "Use query: 'SELECT id, total FROM sales'.",
    tables: 'Make a source of each table.',
    concurrency: 'All ranges are read side by side, up to 40: use partitions.',
    segments: "Use partitionBy: 'id', partitions: 8.",
    where: "Use query: 'SELECT … FROM … WHERE …'.",
    incremental: "Use cursor: 'updated_at'.",
    ...Object.fromEntries(
      ['host', 'port', 'user', 'username', 'password', 'database', 'dbname', 'connection', 'ssl', 'url'].map((name) => [
        name,
        "It is part of the login: put it into the secret in Secrets Manager, and use secret: 'shop-db'.",
      ]),
    ),
  },
  dynamoDb: {
    region: "Tables are read in the pipeline's own account and region.",
    index: 'The table itself is scanned. For an index, write an extractor: custom(…).',
    filter: 'Every item is read: filter in the SQL of a model.',
  },
  streamOf: {
    name: "The name comes first: streamOf('users', { … }).",
    batchSize: 'Use batch: 500.',
    batchWindow: 'Use window: seconds(5).',
    parallelization: 'Use parallel: 2.',
    shards: 'The stream is on demand: Kinesis makes shards as they are needed.',
    startingPosition: "Use startFrom: 'oldest' or 'newest'.",
    maxAge: 'It is part of retry: retry: { maxAge: hours(24) }.',
    attempts: 'It is part of retry: retry: { attempts: 100 }.',
    schema: 'The columns of streamRecords() are the contract.',
  },
  streamRecords: {
    stream: "It is the trigger's: streamOf('users').",
    schema: 'The columns are the contract: its JSON Schema is made of them.',
    format: 'Records are JSON objects: leave it out.',
    watermark: "Use late: { by: 'registered_at', allow: hours(1) }.",
    deduplicate: "Use dedupe: { by: 'user_id', within: minutes(10) }.",
  },
  landedFiles: {
    prefix: "Use glob: 'orders/*.csv', or 'orders/**/*.csv' for the folders below it as well.",
    path: "Use glob: 'orders/*.csv'.",
    key: "Use glob: 'orders/2026.csv'.",
    pattern: "Use glob: 'orders/*.csv'.",
    bucket: 'Files are those of the landing bucket: leave it out.',
    ...Object.fromEntries(
      ['delimiter', 'header', 'quote', 'nullText', 'decimal', 'thousands', 'dateFormat', 'timestampFormat'].map(
        (name) => [name, `It is part of the format: csv({ ${name}: … }).`],
      ),
    ),
    cursor: 'Name the dates in the glob instead: clicks/{yyyy}/{MM}/{dd}/*.csv.',
    partitions: 'Large files are cut into ranges by themselves, of rangeMiB.',
    network: 'Files are read from S3, outside any VPC: leave it out.',
  },
  csv: {
    encoding: 'Files are UTF-8: leave it out, and convert others before they land.',
    compression: "gzip is seen from a file's first bytes: leave it out.",
    escape: 'A quote within a quoted field is doubled: leave it out.',
    sep: "Use delimiter: ';'.",
    separator: "Use delimiter: ';'.",
    seperator: "Use delimiter: ';'.",
    columns: 'Columns are an option of the source, beside format.',
    names: 'Columns are an option of the source, beside format.',
  },
  custom: {
    plan: 'It is an export of the file: export const plan: Planner<typeof rates> = ….',
    extract: 'It is the default export of the file.',
    env: 'What is no secret can stand in the file itself; secrets are named in secrets.',
    file: "The file comes first: custom('./extract.ts', { … }).",
  },
  pii: {
    key: "Keep it in Secrets Manager, as the member key of stepwell/shop-pii, and use pii: { secret: 'shop-pii' }.",
  },
  rowFunction: {
    input: "Use from: 'orders'.",
    source: "Use from: 'orders'.",
    retry: 'A task is tried again as the pipeline says: definePipeline({ retry: { attempts: 3 } }).',
    batchSize: 'Rows come one by one; batches of parts run side by side by themselves.',
  },
  cursor: {
    since: "Use initialValue: '2026-01-01T00:00:00Z'.",
    start: "Use initialValue: '2026-01-01T00:00:00Z'.",
    initial: "Use initialValue: '2026-01-01T00:00:00Z'.",
  },
  sink: {
    ...Object.fromEntries(
      ['mode', 'writeMode', 'strategy', 'upsert', 'keys', 'primaryKey', 'uniqueKey', 'mergeKeys'].map((name) => [
        name,
        "It is part of the write mode: write: merge('order_id').",
      ]),
    ),
    name: "Use table: 'shop.orders'.",
    schema: "It is part of the table's name: table: 'shop.orders'.",
    source:
      "Use model: 'orders'. Of a source that is written as it is, make a model: sql.text('SELECT * FROM orders').",
    from: "Use model: 'orders'. Of a source that is written as it is, make a model: sql.text('SELECT * FROM orders').",
    columns: 'Columns are those that the model selects: leave it out.',
    ...Object.fromEntries(
      ['partition', 'partitions', 'partitionedBy', 'partitionKey'].map((name) => [
        name,
        "Tables of the lake are partitioned: lake({ partitionBy: ['day'] }).",
      ]),
    ),
    ...Object.fromEntries(
      ['path', 'location', 'bucket', 'format'].map((name) => [
        name,
        'Tables of the lake are Parquet, in the bucket of the lake: leave it out.',
      ]),
    ),
    ...Object.fromEntries(
      ['database', 'cluster', 'workgroup', 'secret', 'host'].map((name) => [
        name,
        'Where it is written is known, as the stack Stepwell-Foundation has made it: leave it out.',
      ]),
    ),
  },
  alerts: {
    emails: "Use email: ['data@example.com'].",
    on: "Use for, with each: email: [{ to: 'oncall@example.com', for: ['error'] }].",
    success: "Use email: [{ to: 'data@example.com', for: ['success'] }].",
    ...Object.fromEntries(
      ['teams', 'mattermost', 'discord', 'pagerduty', 'url'].map((name) => [
        name,
        "Use webhook: { secret: 'team-chat' }, with its address in the secret; format: 'teams' or 'json' for what is not Slack's.",
      ]),
    ),
  },
  mailbox: { on: "Use for: ['error'].", email: "Use to: 'oncall@example.com'." },
  webhook: {
    url: 'Put it into the secret, as {"url": "https://…"}, and name that: secret: \'team-chat\'.',
    on: "Use for: ['error'].",
  },
  slack: {
    on: "Use for: ['error'].",
    webhook: "Use webhook: { secret: 'team-chat' } beside email and slack.",
    url: "Use webhook: { secret: 'team-chat' } beside email and slack, with the address in the secret.",
  },
  retry: { retries: 'Use attempts: 3.', delay: 'Use interval: seconds(5).' },
  network: {
    vpcId: 'Subnets say which VPC it is: leave it out.',
    subnets: 'Use subnetIds.',
    securityGroups: 'Use securityGroupIds.',
  },
  'paginate.page': {
    start: 'Use first: 0.',
    pageSize: "Use size: 100, sizeParameter: 'limit'.",
    limit: "Use size: 100, sizeParameter: 'limit'.",
  },
};

const SINKS = ['redshift', 'postgres', 'lake', 'dynamoTable', 'keyspaces', 'kinesis'];

/** For an option that is not there: what is meant, where others call it so. `of`: the kind of a source, or the field. */
export const meantBy = (option: string, of: string, isSource: boolean): string | undefined => {
  if (!isSource && SINKS.includes(of)) return ELSEWHERE.sink?.[option];
  const own = of === 'mysql' || of === 'postgres' ? 'database' : of;
  return ELSEWHERE[own]?.[option] ?? (isSource ? ELSEWHERE.source?.[option] : undefined);
};
