/** Pipelines whose source answers in rows, on a schedule or as a stream: a contract to be replaced, and samples where there can be some. */
import { importing, literal } from './code';
import { modelSql, modelTest } from './model';
import { BUILDERS, type Files, type TemplateNames } from './names';

export type RowTemplate = 'http' | 'mysql' | 'postgres' | 'dynamodb' | 'stream';

/** `source`: the call, and what its columns have beside their types. */
interface Template {
  readonly from: string;
  readonly trigger: string | ((names: TemplateNames) => string);
  /** beside the table in Redshift */
  readonly sinks?: (names: TemplateNames) => string;
  readonly source: (names: TemplateNames) => string;
  readonly samples?: (names: TemplateNames) => string;
}

const COLUMNS = `columns: {
        id: key.bigint(),
        name: text(255),
        amount: decimal(12, 2),
        updated_at: timestamp().notNull(),
      },`;

const HOURLY = "cron('5 * * * *')";
const DAILY = "cron('0 3 * * *')";

const database = (builder: string, { pipeline }: TemplateNames): string => `${builder}({
      secret: ${literal(`${pipeline}-db`)}, // stepwell/${pipeline}-db in Secrets Manager: host, port, username, password, dbname
      table: ${literal(pipeline.replaceAll('-', '_'))},
      cursor: { column: 'updated_at', lag: minutes(10) }, // each run reads what has changed in its interval
      partitionBy: 'id',
      ${COLUMNS}
    })`;

const TEMPLATES: Readonly<Record<RowTemplate, Template>> = {
  http: {
    from: 'An API',
    trigger: HOURLY,
    source: ({ pipeline }) => `httpApi({
      url: ${literal(`https://api.example.com/${pipeline}`)},
      query: { updated_from: '{interval.start}', updated_to: '{interval.end}', limit: 100 },
      auth: bearer(${literal(`${pipeline}-api`)}), // stepwell/${pipeline}-api in Secrets Manager: token
      rows: 'data',
      paginate: byCursor('next'),
      rateLimit: perSecond(10),
      ${COLUMNS}
    })`,
    samples: httpSamples,
  },
  mysql: {
    from: 'A table of MySQL',
    trigger: HOURLY,
    source: (names) => database('mysql', names),
    samples: mysqlSamples,
  },
  postgres: {
    from: 'A table of PostgreSQL',
    trigger: HOURLY,
    source: (names) => database('postgresTable', names),
  },
  dynamodb: {
    from: 'A table of DynamoDB',
    trigger: DAILY,
    source: ({ pipeline }) => `dynamoDb({
      table: ${literal(pipeline)},
      segments: 4,
      ${COLUMNS}
    })`,
  },
  stream: {
    from: 'Records of a stream, in DynamoDB as they come',
    trigger: ({ pipeline }) => `streamOf(${literal(pipeline)}, { window: seconds(1), publishEvery: minutes(5) })`,
    sinks: ({ pipeline, source }) => `
    dynamoTable({ model: ${literal(source)}, table: ${literal(pipeline)}, write: merge('id', { newestBy: 'updated_at' }), live: true }),`,
    source: () => `streamRecords({
      ${COLUMNS} // members of JSON; nested ones: text(36).from('login.uuid')
      dedupe: { by: ['id', 'updated_at'], within: hours(1) }, // a producer may put a record again
    })`,
    samples: streamSamples,
  },
};

export function rowFiles(kind: RowTemplate, names: TemplateNames): Files {
  const { samples } = TEMPLATES[kind];
  return {
    'pipeline.ts': pipeline(kind, names),
    [`${names.model}.sql`]: modelSql(
      names.source,
      [{ name: 'id' }, { name: 'name', sql: 'trim(name)' }, { name: 'amount' }, { name: 'updated_at' }],
      'One row for each row of the source. Clean, rename, compute, join and filter here, in the SQL of DuckDB.',
    ),
    [`${names.model}.test.yaml`]: modelTest(names.source, 'spaces around a name are no part of it', {
      given: { id: '1', name: '  Ada ', amount: '12.50', updated_at: '2026-01-31T10:00:00Z' },
      expect: { id: '1', name: 'Ada', amount: '12.50' },
    }),
    ...(samples === undefined ? {} : { 'samples.ts': samples(names) }),
  };
}

function pipeline(kind: RowTemplate, names: TemplateNames): string {
  const { from, trigger, source, sinks } = TEMPLATES[kind];
  const { model, schema } = names;
  const code = `export default definePipeline({
  name: ${literal(names.pipeline)},
  description: ${literal(`${from}, in Redshift`)},
  trigger: ${typeof trigger === 'string' ? trigger : trigger(names)},
  sources: {
    ${names.source}: ${source(names)},
  },
  models: { ${model}: sql(${literal(`${model}.sql`)}) },
  sinks: [${sinks?.(names) ?? ''}
    redshift({ model: ${literal(model)}, table: ${literal(`${schema}.${model}`)}, write: merge('id', { newestBy: 'updated_at' }) }),
  ],
  checks: [rowCount(${literal(model)}, { min: 1, severity: 'warn' })],
  alerts: { email: ['data@example.com'] }, // who hears of failures
});
`;
  return `${importing(code, BUILDERS, `${names.lib}/pipeline`)}\n\n${code}`;
}

function httpSamples({ pipeline, lib }: TemplateNames): string {
  return `/** Stands in for the API until there is a token: 250 made-up rows an interval, in pages, on this machine only. */
${importing('startSampleServer(', ['startSampleServer'], `${lib}/samples/server`)}

const TOKEN = 'sample-token';
const ROWS = 250;

export async function startServices() {
  const server = await startSampleServer(({ url, headers }) => {
    if (headers.authorization !== \`Bearer \${TOKEN}\`) return { status: 401, body: { message: 'Invalid token' } };
    const first = Number(url.searchParams.get('cursor') ?? 0);
    const last = Math.min(ROWS, first + Number(url.searchParams.get('limit') ?? 100));
    const data = Array.from({ length: last - first }, (_, index) => ({
      id: first + index + 1,
      name: \`Sample \${first + index + 1}\`,
      amount: ((first + index) * 37) / 100,
      updated_at: url.searchParams.get('updated_from'),
    }));
    return { body: { data, next: last < ROWS ? String(last) : null } };
  });
  return {
    secrets: { ${literal(`${pipeline}-api`)}: { token: TOKEN } },
    origins: { 'https://api.example.com': server.url },
    close: () => server.close(),
  };
}
`;
}

function mysqlSamples({ pipeline, lib }: TemplateNames): string {
  const table = pipeline.replaceAll('-', '_');
  return `/** Stands in for the database until there is a login: 1,000 made-up rows over the MySQL protocol, on this machine only. */
${importing('startSampleDatabase(', ['startSampleDatabase'], `${lib}/samples/mysql/server`)}

export async function startServices() {
  const database = await startSampleDatabase({
    dbname: 'sample',
    tables: [
      \`CREATE TABLE ${table} AS
       SELECT i AS id, 'Sample ' || i AS name, CAST(i * 0.37 AS DECIMAL(12, 2)) AS amount,
         TIMESTAMP '2026-01-01' + i * INTERVAL 1 HOUR AS updated_at
       FROM range(1, 1001) AS rows(i)\`,
    ],
  });
  return { secrets: { ${literal(`${pipeline}-db`)}: database.secret }, close: () => database.close() };
}
`;
}

function streamSamples(): string {
  return `/** Made-up records, which npm start puts on the stream: replace them by some of yours, or delete the file. */
export const sampleRecords = () => ({
  key: 'id', // the partition key: records of one keep their order
  records: Array.from({ length: 100 }, (_, index) => ({
    id: index + 1,
    name: \`Sample \${index + 1}\`,
    amount: (index * 37) / 100,
    updated_at: '2026-01-31T10:00:00Z',
  })),
});
`;
}
