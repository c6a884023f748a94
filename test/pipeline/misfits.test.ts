/** Options of another shape than a builder takes: none is dropped, and none is told by a name that nobody has written. */

import * as pipeline from '../../lib/pipeline';
import { minutes, perSecond, seconds } from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

// As plain JavaScript sees them.
// biome-ignore lint/suspicious/noExplicitAny: what a test makes of them is wrong by intention
const { cron, csv, custom, dynamoDb, httpApi, key, landedFiles, mysql, text } = pipeline as any;
const columns = { id: key.bigint(), note: text(20) };
const of = (source: unknown) => mistakes({ ...shop(), trigger: cron('0 1 * * *'), sources: { orders: source } });
const api = (options: object) => of(httpApi({ url: 'https://api.example.com/orders', columns, ...options }));

const RATE = 'a rate is made by perSecond() or perMinute(). Use e.g. rateLimit: perSecond(20).';
const RETRY =
  "a request's retry has attempts and nothing else; waits between them grow by themselves, or are as Retry-After says. Use e.g. retry: { attempts: 3 }.";
const TIMEOUT = 'how long a request may take is made by seconds() or minutes(). Use e.g. timeout: seconds(30).';

test.each<[object, string]>([
  [{ rateLimit: 20 }, `sources.orders.rateLimit is 20: ${RATE}`],
  [{ rateLimit: { perSecond: 20 } }, `sources.orders.rateLimit is {"perSecond":20}: ${RATE}`],
  [{ rateLimit: '20/s' }, `sources.orders.rateLimit is '20/s': ${RATE}`],
  [{ rateLimit: null }, `sources.orders.rateLimit is null: ${RATE}`],
  [{ rateLimit: perSecond(0) }, 'sources.orders.rateLimit is 0: a rate is more than 0. Use e.g. perSecond(10).'],
  [{ retry: 3 }, `sources.orders.retry is 3: ${RETRY}`],
  [{ retry: {} }, `sources.orders.retry is {}: ${RETRY}`],
  [{ retry: { attempts: '3' } }, `sources.orders.retry is {"attempts":"3"}: ${RETRY}`],
  [{ retry: { retries: 3 } }, `sources.orders.retry is {"retries":3}: ${RETRY}`],
  [
    { retry: { attempts: 3, interval: seconds(2) } },
    `sources.orders.retry is {"attempts":3,"interval":{"seconds":2}}: ${RETRY}`,
  ],
  [
    { retry: { attempts: 0 } },
    'sources.orders.retry.attempts is 0: a request is tried 1 to 10 times. Use e.g. retry: { attempts: 3 }.',
  ],
  [{ timeout: 30 }, `sources.orders.timeout is 30: ${TIMEOUT}`],
  [{ timeout: '30s' }, `sources.orders.timeout is '30s': ${TIMEOUT}`],
  [{ timeout: { minutes: 1 } }, `sources.orders.timeout is {"minutes":1}: ${TIMEOUT}`],
  [
    { timeout: minutes(10) },
    "sources.orders.timeout is 600 s: a request may take up to 300 seconds: several must fit into a function's 15 minutes. Use e.g. timeout: seconds(30), and smaller pages.",
  ],
  [{ attempts: 3 }, 'sources.orders.attempts is 3: there is no such option. Use retry: { attempts: 3 }.'],
  [{ timeoutSeconds: 3 }, 'sources.orders.timeoutSeconds is 3: there is no such option. Use timeout: seconds(30).'],
  [
    { query: { since: null } },
    `sources.orders.query is {"since":null}: each parameter is a text, a number or a boolean. Use e.g. query: { limit: 100, status: 'paid' }.`,
  ],
  [
    { method: 'POST' },
    "sources.orders.method is 'POST': there is no such option. Requests are GET. For others, write an extractor: custom(…).",
  ],
  [
    { partitions: 4 },
    "sources.orders.partitions is 4: partitions are a list of objects that each have an id, a text, beside members that are text, numbers, booleans or null. Use e.g. partitions: [{ id: 'paris', city: 'Paris' }, { id: 'rome', city: 'Rome' }].",
  ],
  [
    { partitions: [{ id: 'a', tags: ['x'] }] },
    `sources.orders.partitions[0].tags is ["x"]: partitions are a list of objects that each have an id, a text, beside members that are text, numbers, booleans or null. Use e.g. partitions: [{ id: 'paris', city: 'Paris' }, { id: 'rome', city: 'Rome' }].`,
  ],
])('httpApi(%j) is refused in the words of whoever wrote it', (options, expected) => {
  expect(api(options)).toEqual([expected]);
});

test.each<[object, string]>([
  [
    { rows: '$.data.items' },
    "rows is '$.data.items': a path has names, dots and [0], and begins without $ and /. Write 'data.items'.",
  ],
  [
    { rows: '/data/items' },
    "rows is '/data/items': a path has names, dots and [0], and begins without $ and /. Write 'data.items'.",
  ],
  [
    { columns: { id: key.bigint().from('$.main.id') } },
    "columns.id is bigint(): a path has names, dots and [0], and begins without $ and /. Write .from('main.id').",
  ],
  [
    { columns: { 'main.id': key.bigint() } },
    "columns.main.id: a name has lower-case letters, digits and _, and begins with a letter. Write e.g. main_id: text().from('main.id').",
  ],
  [
    { url: `https://api.example.com/$${'{partition.id}'}` },
    `url is 'https://api.example.com/$${'{partition.id}'}': the $ before a brace would stay where it is: this is no template of JavaScript. Write 'https://api.example.com/{partition.id}'.`,
  ],
  [{ query: { on: '{ds}' } }, "query.on is '{ds}': {ds} stands for no value. Write {interval.start:date}."],
  [
    { query: { on: '{interval.start:YYYY-MM-DD}' } },
    "query.on is '{interval.start:YYYY-MM-DD}': {interval.start:YYYY-MM-DD} names no format. Formats are iso, date, unix, unixMs: {interval.start:date} is 2026-01-31.",
  ],
  [
    { query: { p: '{page}' } },
    "query.p is '{page}': {page} stands for no value. Pages are turned by paginate, e.g. byPage({ parameter: 'page' }).",
  ],
  [
    { auth: pipeline.bearer('stepwell/crm') },
    "auth.secret is 'stepwell/crm': it is the name of a secret, in kebab-case, never the secret itself. Write 'crm': in Secrets Manager it is stepwell/crm.",
  ],
  [{ paginate: pipeline.byPage({ start: 0 } as never) }, 'paginate.start is 0: there is no such option. Use first: 0.'],
])('%j of an API is told as it is to be written', (options, expected) => {
  expect(api(options)).toEqual([`sources.orders.${expected}`]);
});

test('what is right passes', () => {
  expect(api({ rateLimit: perSecond(20), retry: { attempts: 5 }, timeout: seconds(90), query: { a: 1 } })).toEqual([]);
});

test('a login in the definition is refused, and not shown again', () => {
  const all = [
    ...api({ auth: { token: 'abc-4711' } }),
    ...api({ token: 'abc-4711' }),
    ...of(mysql({ secret: { user: 'reader', password: 'abc-4711' }, table: 'sales', columns })),
    ...of(mysql({ secret: 'db', table: 'sales', columns, password: 'abc-4711' })),
  ];

  expect(all).toHaveLength(4);
  expect(all.join('\n')).not.toContain('4711');
  expect(all[0]).toContain('sources.orders.auth: a login is made by bearer()');
  expect(all[3]).toBe(
    "sources.orders.password: there is no such option. It is part of the login: put it into the secret in Secrets Manager, and use secret: 'shop-db'.",
  );
});

test.each<[string, () => unknown, string]>([
  [
    'a retry of a database',
    () => mysql({ secret: 'db', table: 'sales', columns, retry: { attempts: 3 } }),
    'sources.orders.retry is {"attempts":3}: there is no such option. A task is tried again as the pipeline says: definePipeline({ retry: { attempts: 3 } }).',
  ],
  [
    'a timeout of a scan',
    () => dynamoDb({ table: 'products', columns, timeout: seconds(5) }),
    'sources.orders.timeout is 5 s: there is no such option. What one function cannot read goes on in the next; definePipeline({ timeout: hours(2) }) is of the whole run.',
  ],
  [
    'a retry of files',
    () => landedFiles({ glob: 'a/*.csv', format: csv(), columns, retry: 3 }),
    'sources.orders.retry is 3: there is no such option. A task is tried again as the pipeline says: definePipeline({ retry: { attempts: 3 } }).',
  ],
  [
    'a part of the format beside it',
    () => landedFiles({ glob: 'a/*.csv', format: csv(), columns, delimiter: ';' }),
    "sources.orders.delimiter is ';': there is no such option. It is part of the format: csv({ delimiter: … }).",
  ],
  [
    'one secret in place of a list',
    () => custom('./extract.ts', { columns, secrets: 'rates-api' }),
    "sources.orders.secrets is 'rates-api': secrets is a list of names. Use e.g. secrets: ['rates-api'].",
  ],
  [
    'columns of a range in a list',
    () => mysql({ secret: 'db', table: 'sales', columns, partitionBy: ['id'] }),
    'sources.orders.partitionBy is ["id"]: ranges are cut by one column. Use e.g. partitionBy: \'id\', partitions: 8.',
  ],
])('%s is told with what is meant', (_, make, expected) => {
  expect(of(make())).toEqual([expected]);
});

test.each<[string, () => unknown, string]>([
  ['mysql', () => mysql('db', 'sales'), "sources.orders is 'db': it takes one object. Use e.g. mysql({ secret:"],
  [
    'httpApi',
    () => httpApi('https://api.example.com'),
    "sources.orders is 'https://api.example.com': it takes one object",
  ],
  ['dynamoDb', () => dynamoDb('products', { columns }), "sources.orders is 'products': it takes one object"],
  ['landedFiles', () => landedFiles('a/*.csv', csv()), "sources.orders is 'a/*.csv': it takes one object"],
  ['custom', () => custom({ file: './extract.ts', columns }), 'the first argument is the file of the extractor'],
  ['nothing at all', () => mysql(), 'sources.orders.secret is missing: a source names its secret'],
])('%s called in another way does not throw, and is refused', (_, make, expected) => {
  expect(of(make()).join('\n')).toContain(expected);
});

test.each<[object, string]>([
  [{ retries: 3 }, 'retries is 3: there is no such option. Use retry: { attempts: 3 }.'],
  [{ schedule: '0 1 * * *' }, "schedule is '0 1 * * *': there is no such option. Use trigger: cron('0 1 * * *')."],
  [
    { catchup: true },
    "catchup is true: there is no such option. It is an option of the schedule: cron('0 1 * * *', { catchUp: 'all' }).",
  ],
  [
    { retry: 3 },
    'retry is 3: retry is of attempts, interval, backoffRate and maxInterval. Use e.g. retry: { attempts: 3, interval: seconds(2) }.',
  ],
  [
    { alerts: { email: 'a@b.com' } },
    "alerts.email is 'a@b.com': alerts has a list of addresses. Use e.g. alerts: { email: ['data@example.com'] }.",
  ],
])('a pipeline with %j is told what it has in place of it', (more, expected) => {
  expect(mistakes({ ...shop(), ...more })).toEqual([expected]);
});

test.each<[string, () => unknown, string[]]>([
  [
    'a query with the placeholders of a template',
    () => mysql({ secret: 'db', query: "SELECT * FROM sales WHERE day = '{{ ds }}'", columns }),
    [
      "query is 'SELECT * FROM sales WHERE day = '{{ ds }}'': a query is sent as it is, so {{ ds }} stands for nothing. Name the column in cursor, which reads the run's interval only: cursor: 'updated_at'.",
    ],
  ],
  [
    'a query in the place of a table',
    () => mysql({ secret: 'db', table: 'SELECT * FROM sales', columns }),
    ["table is 'SELECT * FROM sales': that is a query. Write query: 'SELECT …'."],
  ],
  [
    'a login as an address, which is not shown',
    () => mysql({ secret: 'mysql://reader:abc4711@db/shop', table: 'sales', columns }),
    [
      "secret: it is the name of a secret, in kebab-case, never the secret itself. Keep the secret in Secrets Manager as stepwell/crm-api, and write 'crm-api' here.",
      'secret is a password in a URL, as text: what is declared here is committed and shown in the console. Take it out, revoke it, and keep it in Secrets Manager.',
    ],
  ],
  [
    'a plan that is no export',
    () => custom('./extract.ts', { columns, plan: () => [] }),
    [
      'plan is plan: there is no such option. It is an export of the file: export const plan: Planner<typeof rates> = ….',
    ],
  ],
  [
    'dates by the letters of Java',
    () => landedFiles({ glob: 'a/*.csv', format: csv({ dateFormat: 'dd.MM.yyyy' }), columns }),
    ["files[0].format.dateFormat is 'dd.MM.yyyy': it lacks a year, %Y or %y. Write '%d.%m.%Y'."],
  ],
  [
    'times by the letters of SQL',
    () => landedFiles({ glob: 'a/*.csv', format: csv({ timestampFormat: 'YYYY-MM-DD HH24:MI:SS' }), columns }),
    [
      "files[0].format.timestampFormat is 'YYYY-MM-DD HH24:MI:SS': it lacks a year, %Y or %y. Write '%Y-%m-%d %H:%M:%S'.",
    ],
  ],
  [
    'an encoding',
    () => landedFiles({ glob: 'a/*.csv', format: csv({ encoding: 'latin1' }), columns }),
    [
      "files[0].format.encoding is 'latin1': there is no such option. Files are UTF-8: leave it out, and convert others before they land.",
    ],
  ],
  [
    'several texts for NULL',
    () => landedFiles({ glob: 'a/*.csv', format: csv({ nullText: ['NULL', '-'] }), columns }),
    [
      `files[0].format.nullText is ["NULL","-"]: one text stands for NULL, beside the empty field. Use e.g. nullText: 'NULL'; for others use nullif() in SQL.`,
    ],
  ],
])('%s is told with what is meant here', (_, make, expected) => {
  expect(of(make())).toEqual(expected.map((line) => `sources.orders.${line}`));
});
