import {
  apiKey,
  basic,
  bearer,
  byCursor,
  byLink,
  byPage,
  cron,
  decimal,
  definePipeline,
  type HttpApiOptions,
  httpApi,
  json,
  key,
  lake,
  oauth2,
  perMinute,
  perSecond,
  seconds,
  sql,
  text,
  timestamp,
} from '../../lib/pipeline';
import { replace } from '../../lib/pipeline/sinks';
import { rowSourceConfig } from '../../lib/tasks/extract-rows';
import { mistakes } from './definitions';

const RIGHT: HttpApiOptions = {
  url: 'https://api.example.com/v1/cities/{partition.city}',
  query: { from: '{interval.start:unix}', limit: 100 },
  auth: apiKey('weather', { query: 'appid' }),
  rows: 'data.items',
  paginate: byCursor('meta.next'),
  rateLimit: perSecond(10),
  partitions: [
    { id: 'paris', city: 'Paris' },
    { id: 'rome', city: 'Rome' },
  ],
  columns: { id: key.bigint(), temperature: decimal(5, 2).from('main.temp'), updated_at: timestamp() },
};

const pipeline = (options: HttpApiOptions) => ({
  name: 'weather',
  trigger: cron('0 * * * *'),
  sources: { cities: httpApi(options) },
  models: { rows: sql.text('SELECT id FROM cities') },
  sinks: [lake({ model: 'rows', table: 'rows', write: replace(), partitionBy: [] })],
});
const mistakesOf = (options: object) => mistakes(pipeline({ ...RIGHT, ...options } as HttpApiOptions));

test('an API in a few lines becomes what the extract task takes', () => {
  const { cities } = definePipeline(pipeline(RIGHT)).sources;

  expect(cities).toMatchObject({
    kind: 'httpApi',
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    memoryMb: 1024,
    partitions: [
      { id: 'paris', values: { city: 'Paris' } },
      { id: 'rome', values: { city: 'Rome' } },
    ],
    config: {
      kind: 'httpApi',
      url: RIGHT.url,
      query: { from: '{interval.start:unix}', limit: '100' },
      headers: {},
      auth: { kind: 'apiKey', secret: 'weather', in: 'query', name: 'appid' },
      rows: 'data.items',
      paginate: { kind: 'cursor', next: 'meta.next', parameter: 'cursor' },
      rateLimit: 10,
      timeoutSeconds: 30,
      concurrency: 10,
      attempts: 3,
    },
  });
});

test('every way of paging and of logging in is one that the task knows', () => {
  for (const paginate of [
    byCursor('next', { parameter: 'after' }),
    byPage({ size: 50, sizeParameter: 'per_page' }),
    byLink(),
    byLink('paging.next'),
  ]) {
    for (const auth of [
      bearer('crm'),
      basic('crm'),
      oauth2('crm', { tokenUrl: 'https://crm.example.com/oauth/token', scope: 'read' }),
      apiKey('crm', { header: 'X-Api-Key' }),
    ]) {
      const source = httpApi({
        ...RIGHT,
        paginate,
        auth,
        rateLimit: perMinute(60),
        timeout: seconds(5),
        retry: { attempts: 5 },
      });
      expect(rowSourceConfig.parse(source.config)).toEqual(source.config);
      expect(mistakesOf({ paginate, auth })).toEqual([]);
    }
  }
});

test.each<[string, object, string]>([
  [
    'a misspelt option',
    { paginat: byLink() },
    "sources.cities.paginat is link(…): there is no such option. Did you mean 'paginate'?",
  ],
  [
    'a whole element that is no document',
    { columns: { body: text().from('$') } },
    "sources.cities.columns.body is text(): '$' is the whole element, which is a document. Use json().from('$').",
  ],
  [
    'a whole element beside personal data',
    { columns: { body: json().from('$'), email: text(100).pii('hash') } },
    'sources.cities.columns.body is json(): it would hold what is personal data in another column, as it came. Leave one of them out, or protect it in a later model.',
  ],
  [
    'no address',
    { url: 'api.example.com' },
    "sources.cities.url is 'api.example.com': it is no address. Use e.g. 'https://api.example.com/v1/orders'.",
  ],
  [
    'plain http',
    { url: 'http://api.example.com/' },
    "sources.cities.url is 'http://api.example.com/': only https keeps what is read, and the login, from others. Use https://.",
  ],
  [
    'a server by value',
    { url: 'https://{partition.city}.example.com/' },
    "sources.cities.url is 'https://{partition.city}.example.com/': the server is always the same: a value in its place would get the source's credentials. Name the server, and use values behind it.",
  ],
  [
    'a key in the address',
    { url: 'https://api.example.com/?appid=abcdef0123456789' },
    "sources.cities.url: what is declared here is committed and shown in the console. Take it out and revoke it; keep it in Secrets Manager, and use auth: apiKey('my-secret', …) or bearer('my-secret').",
  ],
  [
    'a token in a header',
    { headers: { Authorization: 'Bearer abc' } },
    "sources.cities.headers.Authorization: what is declared here is committed and shown in the console. Take it out and revoke it; keep it in Secrets Manager, and use auth: apiKey('my-secret', …) or bearer('my-secret').",
  ],
  [
    'a secret in place of its name',
    { auth: bearer('d41d8cd98f00b204e9800998ecf8427e') },
    "sources.cities.auth.secret: it is the name of a secret, in kebab-case, never the secret itself. Keep the secret in Secrets Manager as stepwell/crm-api, and write 'crm-api' here.",
  ],
  [
    'a value that no partition has',
    { query: { c: '{partition.country}' } },
    "sources.cities.query.c is '{partition.country}': partition 'paris' has no country. Give each partition one, or correct {partition.country}.",
  ],
  [
    'a placeholder of no meaning',
    { query: { c: '{city}' } },
    "sources.cities.query.c is '{city}': {city} stands for no value. Write {partition.city}.",
  ],
  [
    'an unknown format',
    { query: { c: '{interval.start:day}' } },
    "sources.cities.query.c is '{interval.start:day}': {interval.start:day} names no format. Formats are iso, date, unix, unixMs: {interval.start:date} is 2026-01-31.",
  ],
  [
    'a cursor that is not asked for',
    { cursor: 'updated_at' },
    'sources.cities.cursor is {"column":"updated_at"}: the request does not say it, so each run would read everything. Add e.g. query: { updated_since: \'{cursor.from}\', updated_before: \'{cursor.to}\' }.',
  ],
  [
    'a parameter that paging sets',
    { query: { cursor: 'x' } },
    "sources.cities.query.cursor is 'x': paginate sets this parameter. Remove it here.",
  ],
  [
    'a path that is none',
    { rows: 'data..items' },
    "sources.cities.rows is 'data..items': it is no path into the answer. Use e.g. 'data.items' or 'results[0].rows'.",
  ],
  [
    'a rate of nothing',
    { rateLimit: perSecond(0) },
    'sources.cities.rateLimit is 0: a rate is more than 0. Use e.g. perSecond(10).',
  ],
  [
    'two partitions of one id',
    {
      partitions: [
        { id: 'a', city: 'A' },
        { id: 'a', city: 'B' },
      ],
    },
    "sources.cities.partitions[1].id is 'a': another partition has this id. Give each an id of its own.",
  ],
  [
    'no columns',
    { columns: {} },
    'sources.cities.columns is {}: a contract has at least one column. Declare the columns of the file.',
  ],
])('%s is a mistake that says what to do', (_name, options, message) => {
  expect(mistakesOf(options)).toEqual([message]);
});

test('a sample server on this machine may be plain http', () => {
  expect(mistakesOf({ url: 'http://127.0.0.1:4599/data', columns: { id: key.bigint(), name: text() } })).toEqual([]);
});
