/** Which Lambda functions a pipeline has: one for each task kind that it uses, each with just the grants that its work needs. */
import { gatherPlanOf } from '../pipeline/gather';
import { literalEnds } from '../pipeline/globs';
import { turnsOf } from '../pipeline/overlap';
import { hashesPii } from '../pipeline/pii-mistakes';
import type { Pipeline, Source } from '../pipeline/types';
import { comparesWithRuns } from '../tasks/check';
import { replaceTokens } from '../tasks/dated-globs';
import type { RowSourceConfig } from '../tasks/extract-rows';
import type { GatherPlan } from '../tasks/gather';
import { piiSecretOf } from '../tasks/pii';
import { compileAlerts } from './alerts';
import { functionId } from './definition';
import { rowTask } from './extract';
import type { Plan } from './plan';
import type { EnvironmentName, FunctionSpec, Grant, TaskKind } from './types';

/** Seconds. The state machine's own timeout of the task lies a minute above. */
export const functionTimeouts: Readonly<Record<TaskKind, number>> = {
  admit: 300,
  'admit-interval': 120,
  'admit-after': 120,
  // of a marker whose files' events have not come: it looks each of them up
  gather: 300,
  rebuild: 900,
  turn: 120,
  'extract-http': 900,
  'extract-mysql': 900,
  'extract-postgres': 900,
  'extract-dynamodb': 900,
  'extract-custom': 900,
  collect: 180,
  'extract-files': 900,
  'extract-published': 120,
  transform: 900,
  'transform-rows': 900,
  'transform-spark': 900,
  'load-redshift': 120,
  // the Data API's call limit is 45 s; CSV parts are imported one call each
  'load-postgres': 300,
  'publish-lake': 900,
  'load-dynamodb': 900,
  'publish-dynamodb': 900,
  'load-keyspaces': 900,
  'publish-keyspaces': 900,
  'put-records': 900,
  consume: 300,
  check: 600,
  publish: 180,
  record: 180,
  'report-failure': 120,
  'watch-budget': 900,
  reconcile: 900,
  'deliver-alert': 120,
  'redshift-statement-finished': 120,
};

const DUCKDB_TASKS: ReadonlySet<TaskKind> = new Set([
  'extract-files',
  'transform',
  'transform-spark',
  'publish-lake',
  'load-dynamodb',
  'load-keyspaces',
  'put-records',
  'check',
]);
const SMALL_MB = 256;
const DUCKDB_MB = 2048;
/** A whole processor: it signs and sends thousands of small requests a second. */
const ITEMS_MB = 1769;
const SCRATCH_MB = 4096;

const ADMISSIONS: Readonly<Record<Pipeline['trigger']['kind'], TaskKind>> = {
  s3Arrival: 'admit',
  cron: 'admit-interval',
  after: 'admit-after',
};

export function functionSpecs(pipeline: Pipeline, plan: Plan): FunctionSpec[] {
  const has = (kind: string) => [...plan.sinks, ...plan.rebuilt].some((sink) => sink.kind === kind);
  const kinds: TaskKind[] = [
    ADMISSIONS[pipeline.trigger.kind],
    ...(gatherPlanOf(pipeline.trigger) ? (['gather'] as const) : []),
    ...(turnsOf(pipeline.overlap) ? (['turn'] as const) : []),
    ...new Set(
      Object.values(pipeline.sources)
        .map(extractTask)
        .filter((task) => task !== 'extract-custom'),
    ),
    ...(collects(pipeline) ? (['collect'] as const) : []),
    ...(plan.levels.flat().some(({ rowFunction, spark }) => !rowFunction && !spark) ? (['transform'] as const) : []),
    ...(plan.levels.flat().some(({ spark }) => spark) ? (['transform-spark'] as const) : []),
    ...(has('redshift') ? (['load-redshift'] as const) : []),
    ...(has('postgres') ? (['load-postgres'] as const) : []),
    ...(has('lake') ? (['publish-lake'] as const) : []),
    ...(has('dynamoTable') ? (['load-dynamodb', 'publish-dynamodb'] as const) : []),
    ...(has('keyspaces') ? (['load-keyspaces', 'publish-keyspaces'] as const) : []),
    ...(plan.puts.length > 0 ? (['put-records'] as const) : []),
    'check',
    ...(has('redshift') || has('postgres') ? (['publish'] as const) : []),
    'record',
    'report-failure',
    ...(pipeline.budget ? (['watch-budget'] as const) : []),
    ...(pipeline.reconcile ? (['reconcile'] as const) : []),
    ...(pipeline.alerts?.slack || pipeline.alerts?.webhook ? (['deliver-alert'] as const) : []),
    ...(has('redshift') ? (['redshift-statement-finished'] as const) : []),
  ];
  const extractMb = (task: TaskKind) => Math.max(...sourcesOf(task, pipeline).map(({ memoryMb }) => memoryMb));
  const own = kinds.map((task) => {
    const duckdb = DUCKDB_TASKS.has(task);
    const { environment, grants } = withPiiKey(access(task, pipeline, plan), sourcesOf(task, pipeline), pipeline);
    return {
      id: functionId(task),
      task,
      memoryMb: task.startsWith('extract-')
        ? extractMb(task)
        : duckdb
          ? DUCKDB_MB
          : task === 'publish-dynamodb' || task === 'publish-keyspaces' || isOfManyItems(task, pipeline)
            ? ITEMS_MB
            : SMALL_MB,
      timeoutSeconds: functionTimeouts[task],
      storageMb: duckdb ? SCRATCH_MB : 512,
      duckdb,
      environment,
      ...(task === 'gather' ? { settings: { GATHER: JSON.stringify(gatherSettings(pipeline)) } } : {}),
      grants,
      ...networkOf(task, pipeline),
    };
  });
  return [...own, ...customSpecs(pipeline, plan), ...rowFunctionSpecs(pipeline, plan)];
}

/** A function for each source: whose code may what, and needs how much, differs. */
function customSpecs(pipeline: Pipeline, { userCode }: Plan): FunctionSpec[] {
  return Object.entries(pipeline.sources).flatMap(([name, source]): FunctionSpec[] => {
    if (source.kind !== 'custom') return [];
    const task = 'extract-custom';
    return [
      {
        id: functionId(task, name),
        task,
        userCode: { file: userCode.get(name)!, of: name },
        memoryMb: source.memoryMb,
        timeoutSeconds: functionTimeouts[task],
        storageMb: 512,
        duckdb: false,
        ...withPiiKey(rowSourceAccess(pipeline.name, [source]), [source], pipeline),
        ...(source.network ? { network: source.network } : {}),
      },
    ];
  });
}

function rowFunctionSpecs(pipeline: Pipeline, { levels, userCode }: Plan): FunctionSpec[] {
  return levels.flat().flatMap(({ model: { name }, rowFunction }): FunctionSpec[] => {
    if (rowFunction === undefined) return [];
    const task = 'transform-rows';
    const own = [`runs/${pipeline.name}/*`, `quarantine/${pipeline.name}/*`];
    return [
      {
        id: functionId(task, name),
        task,
        userCode: { file: userCode.get(name)!, of: name },
        memoryMb: rowFunction.memoryMb,
        timeoutSeconds: functionTimeouts[task],
        storageMb: SCRATCH_MB,
        duckdb: true,
        environment: ['WORK_BUCKET'],
        grants: [
          { grant: 'readObjects', bucket: 'work', paths: stagedPaths(pipeline) },
          { grant: 'writeObjects', bucket: 'work', paths: own },
        ],
      },
    ];
  });
}

function extractTask(source: Source): TaskKind {
  if (source.kind === 'landedFiles') return 'extract-files';
  return source.kind === 'published' ? 'extract-published' : rowTask(source);
}

export const toleratesFailures = ({ sources }: Pipeline): boolean =>
  Object.values(sources).some((source) => 'tolerate' in source && (source.tolerate ?? 0) > 0);

/** Whether a Distributed Map extracts one of its sources. */
const collects = (pipeline: Pipeline): boolean => toleratesFailures(pipeline) || plansFiles(pipeline);

/** A run may read thousands of files: what they are stands in a document. */
const plansFiles = (pipeline: Pipeline): boolean =>
  (pipeline.trigger.kind !== 's3Arrival' || gathers(pipeline)) &&
  Object.values(pipeline.sources).some(({ kind }) => kind === 'landedFiles');

/** A table that a round's rows replace holds nothing else. */
const gatherSettings = ({ trigger, sinks, stream }: Pipeline): GatherPlan => ({
  ...gatherPlanOf(trigger)!,
  ...(sinks.some(({ write }) => write.mode === 'replace') ? { apart: true } : {}),
  ...(stream ? { ofStream: true } : {}),
});

const gathers = ({ trigger }: Pipeline): boolean => gatherPlanOf(trigger) !== undefined;

/** They sign and send some requests for each file of a run. */
const isOfManyItems = (task: TaskKind, pipeline: Pipeline): boolean =>
  gathers(pipeline) && ['admit', 'gather', 'record', 'report-failure'].includes(task);

/** The sources that a kind of extract task reads. */
function sourcesOf(task: TaskKind, { sources }: Pipeline): Source[] {
  return Object.values(sources).filter((source) => extractTask(source) === task);
}

/** Validation has seen to it that sources of a kind agree. */
function networkOf(task: TaskKind, pipeline: Pipeline): Pick<FunctionSpec, 'network'> {
  const [source] = sourcesOf(task, pipeline);
  return source && 'network' in source && source.network ? { network: source.network } : {};
}

const catchesUpAll = ({ trigger }: Pipeline): boolean => trigger.kind === 'cron' && trigger.catchUp === 'all';

const patternsOf = ({ trigger }: Pipeline): readonly string[] => (trigger.kind === 's3Arrival' ? trigger.patterns : []);

const upstreamOf = ({ trigger }: Pipeline): string[] => (trigger.kind === 'after' ? [trigger.pipeline] : []);

export const stagedPaths = (pipeline: Pipeline): string[] => [
  `runs/${pipeline.name}/*`,
  ...(Object.values(pipeline.sources).some(({ kind }) => kind === 'published') ? upstreamOf(pipeline) : []).map(
    (other) => `runs/${other}/*`,
  ),
];

interface Access {
  readonly environment: readonly EnvironmentName[];
  readonly grants: readonly Grant[];
}

function access(task: TaskKind, pipeline: Pipeline, plan: Plan): Access {
  const { name } = pipeline;
  const landed = [
    ...new Set(
      Object.values(pipeline.sources).flatMap((source) =>
        source.kind === 'landedFiles' ? source.files.map(({ glob }) => keysOf(glob)) : [],
      ),
    ),
  ];
  const runs = [`runs/${name}/*`];
  const quarantined = [`quarantine/${name}/*`];
  const runItems = `pipeline#${name}`;
  const objectItems = `object#${name}#*`;
  // the delimiters are characters that a pipeline's name cannot hold: `orders` never means `orders-eu`
  const statements = `statement#stepwell/${name}/*`;

  const readLanding: Grant = { grant: 'readObjects', bucket: 'landing', paths: landed };
  const readRuns: Grant = { grant: 'readObjects', bucket: 'work', paths: runs };
  /** its own runs', and what it reads of another pipeline's */
  const readStaged: Grant = { grant: 'readObjects', bucket: 'work', paths: stagedPaths(pipeline) };
  /** which files a run loads, where they are gathered */
  const lists = [`gathered/${name}/*`];
  const readLists: Grant[] = gathers(pipeline) ? [{ grant: 'readObjects', bucket: 'work', paths: lists }] : [];
  const writeRuns: Grant = { grant: 'writeObjects', bucket: 'work', paths: runs };
  const ledger = (...keys: string[]): Grant => ({ grant: 'ledger', keys });

  const redshift: EnvironmentName[] = [
    'REDSHIFT_WORKGROUP',
    'REDSHIFT_DATABASE',
    'REDSHIFT_SECRET_ARN',
    'REDSHIFT_ROLE_ARN',
  ];
  const aurora: EnvironmentName[] = ['AURORA_CLUSTER_ARN', 'AURORA_DATABASE', 'AURORA_SECRET_ARN'];
  const uses = (kind: string) => plan.sinks.some((sink) => sink.kind === kind);
  const written = [...plan.sinks, ...plan.rebuilt];
  const both: Access = {
    environment: [...(uses('redshift') ? redshift : []), ...(uses('postgres') ? aurora : [])],
    grants: [
      ...(uses('redshift') ? [{ grant: 'redshift' } as const] : []),
      ...(uses('postgres') ? [{ grant: 'postgres' } as const] : []),
    ],
  };
  const tables = plan.sinks.flatMap((sink) =>
    sink.kind === 'lake' ? [{ database: sink.database, table: sink.table }] : [],
  );

  // A run of files that is redriven may have been taken over.
  const looksAtRuns = pipeline.trigger.kind === 's3Arrival' || plan.checks.some(comparesWithRuns);
  const dealsTurns: Grant[] = [{ grant: 'turns' }, { grant: 'readExecutions' }, { grant: 'completeTasks' }];
  const lakePaths = tables.map(({ database, table }) => `${database}/${table}/*`);
  const dynamo = written.flatMap((sink) => (sink.kind === 'dynamoTable' ? [sink.table] : []));

  switch (task) {
    case 'gather':
      return {
        environment: [
          'LANDING_BUCKET',
          'WORK_BUCKET',
          'LEDGER_TABLE',
          'STATE_MACHINE_ARN',
          'GATHER_TIMER_ARN',
          'ALERTS_TOPIC_ARN',
        ],
        grants: [
          { grant: 'listObjects', bucket: 'landing', prefixes: [...new Set(patternsOf(pipeline).map(keysOf))] },
          ...readLists,
          { grant: 'writeObjects', bucket: 'work', paths: lists },
          ledger(`gather#${name}`, `gather#${name}#*`, objectItems, `alert#${name}`),
          { grant: 'readLedger', keys: [runItems] },
          { grant: 'readExecutions' },
          { grant: 'startGathered' },
          { grant: 'publishAlerts' },
        ],
      };
    case 'admit':
      return {
        environment: ['LANDING_BUCKET', ...(gathers(pipeline) ? (['WORK_BUCKET'] as const) : []), 'LEDGER_TABLE'],
        grants: [
          readLanding,
          ...readLists,
          ...(gathers(pipeline) ? [{ grant: 'writeObjects', bucket: 'work', paths: lists } as const] : []),
          ledger(runItems, objectItems),
          { grant: 'readExecutions' },
        ],
      };
    case 'admit-interval':
      // a rerun reads what the run before it has staged
      return {
        environment: [...(toleratesFailures(pipeline) ? (['WORK_BUCKET'] as const) : []), 'LEDGER_TABLE'],
        grants: [
          ...(toleratesFailures(pipeline) ? [readRuns] : []),
          ledger(runItems),
          { grant: 'readExecutions' },
          ...(catchesUpAll(pipeline) ? [{ grant: 'startRuns' } as const] : []),
        ],
      };
    case 'admit-after':
      return {
        environment: ['LEDGER_TABLE'],
        grants: [
          ledger(runItems),
          ...upstreamOf(pipeline).map((other) => ({ grant: 'readLedger', keys: [`pipeline#${other}`] }) as const),
          { grant: 'readExecutions' },
        ],
      };
    case 'turn':
      return {
        environment: ['LEDGER_TABLE'],
        grants: [...dealsTurns, ledger(runItems)],
      };
    case 'extract-published':
      return { environment: ['WORK_BUCKET'], grants: [readStaged, writeRuns] };
    case 'extract-http':
    case 'extract-mysql':
    case 'extract-postgres':
    case 'extract-dynamodb':
    case 'extract-custom':
      return rowSourceAccess(name, sourcesOf(task, pipeline));
    case 'collect':
      return { environment: ['WORK_BUCKET'], grants: [readRuns, writeRuns] };
    case 'extract-files':
      return plansFiles(pipeline)
        ? {
            environment: ['LANDING_BUCKET', 'WORK_BUCKET'],
            grants: [
              readLanding,
              ...(gathers(pipeline)
                ? readLists
                : [{ grant: 'listObjects', bucket: 'landing', prefixes: landed } as const]),
              { grant: 'readObjects', bucket: 'work', paths: [`runs/${name}/*/plans/*`] },
              { grant: 'writeObjects', bucket: 'work', paths: [...runs, ...quarantined] },
            ],
          }
        : {
            environment: ['WORK_BUCKET'],
            grants: [readLanding, { grant: 'writeObjects', bucket: 'work', paths: [...runs, ...quarantined] }],
          };
    case 'transform-spark':
      return {
        environment: ['WORK_BUCKET', 'SPARK_APPLICATION_ID'],
        grants: [readStaged, writeRuns, { grant: 'describeJobs' }],
      };
    case 'transform':
    case 'transform-rows':
      return { environment: ['WORK_BUCKET'], grants: [readStaged, writeRuns] };
    case 'check':
      // quarantine: the first bad rows stand in the failure's message
      return {
        environment: ['WORK_BUCKET', ...(looksAtRuns ? (['LEDGER_TABLE'] as const) : [])],
        grants: [
          { grant: 'readObjects', bucket: 'work', paths: [...runs, ...quarantined] },
          { grant: 'writeObjects', bucket: 'work', paths: [`runs/${name}/*/checks-*.json`] },
          ...(looksAtRuns ? [{ grant: 'readLedger', keys: [runItems] } as const] : []),
        ],
      };
    case 'load-redshift':
      return {
        environment: ['WORK_BUCKET', 'LEDGER_TABLE', ...redshift, 'REDSHIFT_COPY_ROLE_ARN'],
        grants: [readRuns, writeRuns, ledger(statements), { grant: 'redshift' }, { grant: 'completeTasks' }],
      };
    case 'load-postgres':
      return { environment: ['WORK_BUCKET', ...aurora], grants: [readRuns, { grant: 'postgres' }] };
    case 'publish-lake':
      return {
        environment: ['WORK_BUCKET', 'LAKE_BUCKET', 'LEDGER_TABLE'],
        grants: [
          readRuns,
          writeRuns,
          { grant: 'readObjects', bucket: 'lake', paths: lakePaths },
          { grant: 'writeObjects', bucket: 'lake', paths: lakePaths },
          { grant: 'tagObjects', bucket: 'lake', paths: lakePaths },
          ledger(`load#${name}#*`),
          ...tables.map((table) => ({ grant: 'glueTable' as const, ...table })),
        ],
      };
    case 'load-dynamodb':
    case 'load-keyspaces':
      return { environment: ['WORK_BUCKET'], grants: [readRuns, writeRuns] };
    case 'publish-dynamodb':
      return {
        environment: ['WORK_BUCKET', 'LEDGER_TABLE'],
        grants: [
          readRuns,
          ledger(`load#${name}#*`),
          ...dynamo.map((table) => ({ grant: 'writeTable' as const, table })),
        ],
      };
    case 'publish-keyspaces':
      return {
        environment: ['WORK_BUCKET', 'LEDGER_TABLE'],
        grants: [
          readRuns,
          ledger(`load#${name}#*`),
          ...written.flatMap((sink) =>
            sink.kind === 'keyspaces'
              ? [{ grant: 'writeKeyspace' as const, keyspace: sink.keyspace, table: sink.table }]
              : [],
          ),
        ],
      };
    case 'put-records':
      return {
        environment: ['WORK_BUCKET'],
        grants: [
          readRuns,
          ...plan.puts.flatMap(({ stream, schema }): Grant[] => [
            { grant: 'putRecords', stream },
            ...(schema ? [{ grant: 'findSchemaVersion', registry: schema.registry, name: schema.name } as const] : []),
          ]),
        ],
      };
    case 'consume':
    case 'rebuild':
      throw new TypeError('It has a specification of its own: stream.ts, rebuild.ts');
    case 'publish':
      return {
        environment: ['WORK_BUCKET', 'LEDGER_TABLE', ...both.environment],
        grants: [
          readRuns,
          ...(uses('redshift') ? [ledger(statements)] : []),
          ...both.grants,
          ...(uses('redshift') ? [{ grant: 'completeTasks' } as const] : []),
        ],
      };
    case 'record':
      return {
        environment: [
          'WORK_BUCKET',
          'LEDGER_TABLE',
          ...both.environment,
          ...(compileAlerts(pipeline.alerts).success ? (['TELL_SUCCESS'] as const) : []),
        ],
        grants: [
          readRuns,
          ...(toleratesFailures(pipeline) || plan.readByOthers.size > 0 ? [writeRuns] : []),
          ...readLists,
          ledger(runItems, objectItems),
          ...both.grants,
          ...(turnsOf(pipeline.overlap) ? dealsTurns : []),
        ],
      };
    case 'reconcile':
      return {
        environment: ['LEDGER_TABLE', 'ALERTS_TOPIC_ARN', ...both.environment],
        grants: [ledger(runItems, `alert#${name}`), ...both.grants, { grant: 'publishAlerts' }],
      };
    case 'watch-budget':
      return {
        environment: ['LEDGER_TABLE', 'ALERTS_TOPIC_ARN'],
        grants: [{ grant: 'readLogs' }, ledger(runItems, `alert#${name}`), { grant: 'publishAlerts' }],
      };
    case 'report-failure':
      return {
        environment: [
          'WORK_BUCKET',
          'LEDGER_TABLE',
          'ALERTS_TOPIC_ARN',
          'STATE_MACHINE_ARN',
          ...(pipeline.alerts?.atOnce === undefined ? [] : (['ALERTS_AT_ONCE'] as const)),
        ],
        grants: [
          {
            grant: 'readObjects',
            bucket: 'work',
            paths: [...runs, ...quarantined, ...(gathers(pipeline) ? lists : [])],
          },
          ledger(runItems, objectItems, `alert#${name}`),
          { grant: 'readExecutions' },
          { grant: 'listExecutions' },
          ...(collects(pipeline) ? [{ grant: 'readChildren' } as const] : []),
          { grant: 'publishAlerts' },
        ],
      };
    case 'deliver-alert': {
      const { slack, webhook } = pipeline.alerts ?? {};
      return {
        environment: ['LEDGER_TABLE', 'ALERT_CHANNELS', ...(slack ? (['SLACK_TOPIC_ARN'] as const) : [])],
        grants: [
          ledger(`alert#${name}`),
          ...(slack ? [{ grant: 'publishToSlack' } as const] : []),
          ...(webhook ? [{ grant: 'readSecrets', names: [webhook.secret] } as const] : []),
        ],
      };
    }
    case 'redshift-statement-finished':
      return {
        environment: ['LEDGER_TABLE', ...redshift],
        grants: [ledger(statements), { grant: 'redshift' }, { grant: 'completeTasks' }],
      };
  }
}

/** No key has it. */
const DIGIT = '\u0001';

/** As IAM can say it: `orders/*.csv` begins with `orders/`, and `clicks/{yyyy}/*.csv` with `clicks/????/`. */
function keysOf(glob: string): string {
  const { prefix, exact } = literalEnds(replaceTokens(glob, (token) => DIGIT.repeat(token.length - 2)));
  return `${prefix}${exact ? '' : '*'}`.replaceAll(DIGIT, '?');
}

const rowSourceAccess = (pipeline: string, sources: readonly Source[]): Access => ({
  environment: ['WORK_BUCKET'],
  grants: [
    { grant: 'writeObjects', bucket: 'work', paths: [`runs/${pipeline}/*`, `quarantine/${pipeline}/*`] },
    ...rowSourceGrants(sources),
  ],
});

/** Only the functions that hash personal data may read the key. */
const withPiiKey = ({ environment, grants }: Access, sources: readonly Source[], pipeline: Pipeline): Access => ({
  environment,
  grants: sources.some(hashesPii) ? [...grants, { grant: 'readSecrets', names: [piiSecretOf(pipeline)] }] : grants,
});

function rowSourceGrants(sources: readonly Source[]): Grant[] {
  const configs = sources.flatMap((source) => ('config' in source ? [source.config] : []));
  const secrets = new Set(configs.flatMap(secretsOf));
  const tables = new Set(configs.flatMap((config) => (config.kind === 'dynamoDb' ? [config.table] : [])));
  return [
    ...(secrets.size > 0 ? [{ grant: 'readSecrets', names: [...secrets] } as const] : []),
    ...[...tables].map((table) => ({ grant: 'scanTable', table }) as const),
  ];
}

function secretsOf(config: RowSourceConfig): string[] {
  if (config.kind === 'httpApi') return config.auth ? [config.auth.secret] : [];
  if (config.kind === 'custom') return config.secrets;
  return 'secret' in config ? [config.secret] : [];
}
