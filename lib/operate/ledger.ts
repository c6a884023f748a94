/** Runs as the ledger and Step Functions know them. */
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, type ExecutionStatus, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { suggest } from '../pipeline/errors';
import type { CheckResult } from '../tasks/check';
import type { FailedPartition } from '../tasks/collect';
import type { ManifestRef, Rebuilds } from '../tasks/common';
import { type Gathered, gatheredText, type ManyFiles, manyFiles } from '../tasks/gather';
import type { Interval } from '../tasks/schedule';
import { type Connection, type Deployed, type DeployedPipeline, deployed, pipelineNamed } from './connection';
import { Refused } from './errors';
import { intervalText, intervalTitle } from './intervals';
import { PER_SECOND, type RateLimiter, rateLimiter } from './rate-limit';
import { type AfterRun, startedWith } from './started-with';
import { shorten } from './text';

export interface RunRow {
  readonly pipeline: string;
  readonly runId: string;
  readonly executionArn: string;
  /** RUNNING, SUCCEEDED, SKIPPED, FAILED, TIMED_OUT, ABORTED */
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly files: readonly string[];
  /** of a run of a schedule, or of one after it */
  readonly interval?: Interval;
  /** the other pipeline's run that it is for */
  readonly after?: AfterRun;
  /** partitions whose rows are missing: the run is partial */
  readonly failed?: readonly FailedPartition[];
  readonly rows?: number;
  readonly rejected?: number;
  readonly published?: Readonly<Record<string, { readonly rows: number }>>;
  /** keys in the work bucket */
  readonly quarantine?: readonly string[];
  readonly warnings?: readonly string[];
  readonly notes?: readonly string[];
  readonly checks?: readonly CheckResult[];
  readonly error?: { readonly step?: string; readonly name: string; readonly cause: string };
  /** why it was skipped */
  readonly reason?: string;
  readonly redriveCount?: number;
  /** how its files were gathered, and the document in which they all stand: `objects` is absent where there are many */
  readonly gathered?: Gathered;
  readonly list?: ManifestRef;
  /** the time span that it makes anew, from where all records are kept */
  readonly rebuilds?: Rebuilds;
  /** what it loads, with the versions that it reads */
  readonly objects?: readonly LoadedObject[];
  /** of what it loads, whichever runs do it */
  readonly loadKey?: string;
  readonly loadId?: string;
  readonly generation?: number;
  /** orders loads: `_arrival` in the targets */
  readonly arrival?: string;
  /** how many partitions are missing: `failed` holds the first of each source */
  readonly missing?: number;
  /** what it has extracted is known well enough to add the missing partitions */
  readonly kept?: object;
  /** the partial run whose missing partitions this one extracts */
  readonly rerunOf?: string;
  /** the run whose bad rows come in with this one */
  readonly replayOf?: string;
  /** the run that loads files of it in another set */
  readonly takenOverBy?: string;
  /** raw text of bad rows that was deleted */
  readonly discarded?: readonly Discarded[];
}

export interface LoadedObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly etag?: string;
}

export interface Discarded {
  /** absent: all */
  readonly source?: string;
  readonly rows: number;
  /** ISO 8601 */
  readonly at: string;
  readonly by: string;
  readonly reason?: string;
}

type LedgerItem = Omit<RunRow, 'files'>;

/** What it loads: files, an interval of its schedule, or what another pipeline has loaded. */
export const contentOf = (
  {
    files,
    interval,
    after,
    gathered,
    rebuilds,
  }: Pick<RunRow, 'files' | 'interval' | 'after' | 'gathered' | 'rebuilds'>,
  width = Number.POSITIVE_INFINITY,
): string => {
  if (interval) return `${intervalText(interval)} UTC`;
  if (rebuilds) return rebuiltText(rebuilds);
  if (gathered) return gatheredText(gathered);
  return after ? shorten(afterText(after), width) : files.map((file) => shorten(file, width)).join(', ');
};

const rebuiltText = (rebuilds: Rebuilds): string => `${intervalText(rebuilds)} UTC, rebuilt`;

export const afterText = ({ pipeline, runId }: AfterRun): string => `after ${pipeline} ${runId.slice(0, 8)}`;

/** It has succeeded without some partitions, which its source tolerates. */
export const isPartial = ({ status, failed = [] }: RunRow): boolean => status === 'SUCCEEDED' && failed.length > 0;

/** How many files that have landed it was to load; of a run for an interval, or after another's, 0. */
export const filesOfRun = ({ files, interval, after, gathered, list }: RunRow): number =>
  interval || after ? 0 : Math.max(files.length, gathered?.files ?? (list ? 2 : 0));

export const manyFilesOf = (run: RunRow): ManyFiles | undefined =>
  filesOfRun(run) > 1 || run.gathered?.ofStream ? manyFiles(run.runId.slice(0, 8), run.gathered) : undefined;

/** As lists of runs call it. */
export const titleOfRun = ({ pipeline, runId, files, interval, after, gathered, rebuilds }: RunRow): string => {
  if (interval) return intervalTitle(pipeline, interval);
  if (rebuilds) return `${pipeline} ${rebuiltText(rebuilds)}`;
  if (gathered) return `${pipeline} ${gatheredText(gathered)}`;
  return files.join(', ') || (after ? `${pipeline} ${afterText(after)}` : runId);
};

/** A batch of DynamoDB's. */
const BATCH = 100;

/** How pages of runs are asked for: who asks often shares the limits of an API, and keeps what never changes. */
export interface Asking {
  readonly list: RateLimiter;
  /** what an execution was started with, by its ARN; asked only where the ledger does not know what a run loads */
  readonly input: (executionArn: string, ask: () => Promise<string | undefined>) => Promise<string | undefined>;
}

const askingAlone = (): Asking => {
  const describe = rateLimiter(PER_SECOND.describe);
  return { list: rateLimiter(PER_SECOND.list), input: (_, ask) => describe(ask) };
};

/** The latest runs of a pipeline, the latest first. */
export async function latestRuns(
  connection: Pick<Connection, 'client'>,
  stacks: Deployed,
  pipeline: DeployedPipeline,
  limit: number,
  asking: Asking = askingAlone(),
): Promise<RunRow[]> {
  const found: RunRow[] = [];
  let nextToken: string | undefined;
  do {
    const page = await runsPage(connection, stacks, pipeline, { limit: limit - found.length, nextToken }, asking);
    found.push(...page.runs);
    nextToken = page.nextToken;
  } while (nextToken !== undefined && found.length < limit);
  return found;
}

export interface RunsPage {
  readonly runs: readonly RunRow[];
  /** of the page after it; absent: there is none */
  readonly nextToken?: string;
}

/** A page of up to 1,000, the latest first: one call of Step Functions, and one of the ledger for each hundred. */
export async function runsPage(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  { name, stateMachineArn }: DeployedPipeline,
  of: {
    readonly limit: number;
    readonly nextToken?: string | undefined;
    readonly status?: ExecutionStatus | undefined;
  },
  asking: Asking = askingAlone(),
): Promise<RunsPage> {
  const sfn = new SFNClient(client);
  const { executions = [], nextToken } = await asking.list(() =>
    sfn.send(
      new ListExecutionsCommand({
        stateMachineArn,
        maxResults: Math.min(1000, of.limit),
        nextToken: of.nextToken,
        statusFilter: of.status,
      }),
    ),
  );
  const items = await itemsOf(
    new DynamoDBClient(client),
    foundation.LedgerTableName!,
    name,
    executions.map((execution) => execution.name!),
  );
  const runs = await Promise.all(
    (executions as Execution[]).map(async (execution) => {
      const item = items.get(execution.name);
      const { executionArn } = execution;
      const input = isKnown(item)
        ? undefined
        : await asking.input(
            executionArn,
            async () => (await sfn.send(new DescribeExecutionCommand({ executionArn }))).input,
          );
      return rowOf(name, execution, item, () => startedWith(input));
    }),
  );
  return { runs, ...(nextToken === undefined ? {} : { nextToken }) };
}

/** One run by its whole id, which costs one call of each service however many there are. Undefined where there is none. */
export async function runAt(
  { client }: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  { name, stateMachineArn }: DeployedPipeline,
  runId: string,
): Promise<RunRow | undefined> {
  if (!RUN_ID.test(runId)) return undefined;
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${runId}`;
  const described = async () => {
    try {
      return await new SFNClient(client).send(new DescribeExecutionCommand({ executionArn }));
    } catch (error) {
      if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
      throw error;
    }
  };
  const [execution, items] = await Promise.all([
    described(),
    itemsOf(new DynamoDBClient(client), foundation.LedgerTableName!, name, [runId]),
  ]);
  if (execution === undefined) return undefined;
  const { status = '', startDate, stopDate, redriveCount } = execution;
  return rowOf(name, { executionArn, name: runId, status, startDate: startDate!, stopDate }, items.get(runId), () => ({
    ...startedWith(execution.input),
    ...(redriveCount ? { redriveCount } : {}),
  }));
}

/** Of an execution: no name of one holds a colon, a slash or white space. */
const RUN_ID = /^[^\s:/<>{}[\]?*"#%\\^|~`$&,;]{1,80}$/;

interface Execution {
  readonly executionArn: string;
  readonly name: string;
  readonly status: string;
  readonly startDate: Date;
  readonly stopDate?: Date | undefined;
}

/** `started` says what it was started with: asked only where the ledger does not know. */
function rowOf(
  pipeline: string,
  { executionArn, name: runId, status, startDate, stopDate }: Execution,
  item: LedgerItem | undefined,
  started: () => Pick<RunRow, 'files'> & Partial<RunRow>,
): RunRow {
  return {
    ...countsOf(item),
    pipeline,
    runId,
    executionArn,
    // The ledger says SKIPPED where Step Functions says SUCCEEDED; in all else the execution is right, and sooner.
    status: item?.status === 'SKIPPED' ? 'SKIPPED' : status,
    startedAt: startDate.toISOString(),
    ...(stopDate === undefined ? {} : { endedAt: stopDate.toISOString() }),
    ...(isKnown(item)
      ? { files: item.objects?.map(({ key }) => key) ?? [], ...(item.interval ? { interval: item.interval } : {}) }
      : started()),
  };
}

/** The ledger says what it loads. */
const isKnown = (item: LedgerItem | undefined): item is LedgerItem =>
  Boolean(item?.objects || item?.list || item?.interval || item?.after);

/** The run with this id, or with the only id that begins so. @throws {Refused} that names runs that may be meant */
export async function findRun(connection: Connection, wanted: string, pipeline?: string): Promise<RunRow> {
  const stacks = await deployed(connection);
  const pipelines = pipeline === undefined ? stacks.pipelines : [pipelineNamed(stacks, pipeline)];
  const searched: RunRow[] = [];
  for (const one of pipelines) {
    const runs = await latestRuns(connection, stacks, one, SEARCHED);
    const exact = runs.find(({ runId }) => runId === wanted);
    if (exact) return exact;
    searched.push(...runs);
  }
  const found = searched.filter(({ runId }) => runId.startsWith(wanted));
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new Refused(
      `${found.length} runs begin with '${wanted}': ${found.map(({ runId }) => runId.slice(0, 13)).join(', ')}. Give more of the id.`,
    );
  const elsewhere = pipeline === undefined ? undefined : await ownerOf(connection, stacks, wanted, pipeline);
  const whose = pipeline === undefined ? '' : ` of the pipeline ${pipeline}`;
  throw new Refused(
    `There is no run '${wanted}'${whose}. ${elsewhere === undefined ? meantRuns(wanted, searched) : `${elsewhere} has it.`}`,
  );
}

/** Another pipeline with such a run. */
async function ownerOf(
  connection: Connection,
  stacks: Deployed,
  wanted: string,
  except: string,
): Promise<string | undefined> {
  for (const one of stacks.pipelines.filter(({ name }) => name !== except)) {
    const runs = await latestRuns(connection, stacks, one, SEARCHED);
    if (runs.some(({ runId }) => runId.startsWith(wanted))) return one.name;
  }
  return undefined;
}

const NAMED = 3;

function meantRuns(wanted: string, runs: readonly RunRow[]): string {
  if (runs.length === 0) return 'There are no runs yet.';
  const short = wanted.slice(0, 8);
  const meant = suggest(
    short,
    runs.map(({ runId }) => runId.slice(0, short.length)),
  );
  if (meant.startsWith('Did you mean')) return meant;
  const latest = [...runs].sort((a, b) => b.startedAt.localeCompare(a.startedAt)).slice(0, NAMED);
  return `The latest: ${latest.map(({ runId, pipeline, status }) => `${runId.slice(0, 8)} (${pipeline}, ${status.toLowerCase()})`).join(', ')}. AWS knows runs for 90 days. See: npx stepwell runs`;
}

/** Ids are searched among so many of a pipeline's latest runs. */
const SEARCHED = 1000;

async function itemsOf(
  dynamoDb: DynamoDBClient,
  tableName: string,
  pipeline: string,
  runIds: readonly string[],
): Promise<Map<string, LedgerItem>> {
  const keys = runIds.map((runId) => ({ pk: `pipeline#${pipeline}`, sk: `run#${runId}` }));
  const items = await itemsAt<LedgerItem>(dynamoDb, tableName, keys);
  return new Map(items.map((item) => [item.runId, item]));
}

/** Those that there are, in any order. */
export async function itemsAt<T>(
  dynamoDb: DynamoDBClient,
  tableName: string,
  at: readonly { readonly pk: string; readonly sk: string }[],
): Promise<(T & { readonly pk: string; readonly sk: string })[]> {
  const items: (T & { readonly pk: string; readonly sk: string })[] = [];
  let keys = at.map((key) => marshall(key));
  while (keys.length > 0) {
    const { Responses, UnprocessedKeys } = await dynamoDb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys.slice(0, BATCH) } } }),
    );
    for (const item of Responses?.[tableName] ?? []) items.push(unmarshall(item) as (typeof items)[number]);
    keys = [...((UnprocessedKeys?.[tableName]?.Keys ?? []) as typeof keys), ...keys.slice(BATCH)];
  }
  return items;
}

const OF_THE_ITEM = [
  ...['rows', 'rejected', 'published', 'quarantine', 'warnings', 'failed', 'error', 'reason', 'redriveCount'],
  ...['notes', 'checks'],
  ...[
    'objects',
    'list',
    'gathered',
    'rebuilds',
    'loadKey',
    'loadId',
    'generation',
    'arrival',
    'missing',
    'kept',
    'rerunOf',
    'replayOf',
    'takenOverBy',
    'discarded',
    'after',
  ],
] as const;

function countsOf(item: LedgerItem | undefined): Partial<RunRow> {
  const all: Readonly<Record<string, unknown>> = { ...item };
  return Object.fromEntries(OF_THE_ITEM.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}
