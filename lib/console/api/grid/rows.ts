/** The rows of the grid, by page: the ledger knows most of them, and the history of a run is asked only while it goes on. */
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { triggerIn } from '../../../operate/backfill/deployed-trigger';
import type { State } from '../../../operate/backfill/plan';
import { statesOfIntervals } from '../../../operate/backfill/states';
import { type DeployedPipeline, pipelineNamed } from '../../../operate/connection';
import { STEPS } from '../../../operate/history';
import { intervalText } from '../../../operate/intervals';
import { contentOf, isPartial, itemsAt, type RunRow, runsPage } from '../../../operate/ledger';
import { intervalAt, intervalBefore, intervalsBeginning } from '../../../tasks/fires';
import type { Interval, Schedule } from '../../../tasks/schedule';
import type { Context } from '../../server/route';
import type { CellStatus, GridPage, GridRow } from '../../types/grid';
import { askingOf } from '../asking';
import { graphOf } from '../run/graph';
import { type Columns, cellsOf } from './cells';

export interface Window {
  readonly from: number;
  readonly limit: number;
}

const DEFINITION_MS = 30_000;
const INTERVALS_MS = 30_000;
const LATEST_MS = { local: 500, account: 5000 } as const;
const LISTING_MS = { local: 2000, account: 30_000 } as const;

export async function gridPage(context: Context, pipeline: string, window: Window): Promise<GridPage> {
  const at = pipelineNamed(await context.stacks(), pipeline);
  const { trigger, columns } = await definitionOf(context, at);
  return trigger.kind === 'cron'
    ? intervalsPage(context, at, columns, trigger.schedule, window)
    : runsOnlyPage(context, at, columns, window);
}

const wordOf = (state: string): string => state.split(' ')[0]!;

/** What starts the pipeline, and which steps its runs have, as it is deployed now. */
export const definitionOf = (context: Context, { stateMachineArn }: DeployedPipeline) =>
  context.cached(`trigger ${stateMachineArn}`, DEFINITION_MS, async () => {
    const { definition = '{}' } = await context.limits.describe(() =>
      new SFNClient(context.connection.client).send(new DescribeStateMachineCommand({ stateMachineArn })),
    );
    const { nodes } = graphOf(definition);
    const parents = new Map(nodes.map(({ id, parent }) => [id, parent]));
    const outermost = (state: string): string => {
      const parent = parents.get(state);
      return parent === undefined ? state : outermost(parent);
    };
    const words = new Set(nodes.map(({ id }) => wordOf(id)));
    const columns: Columns = {
      steps: STEPS.filter((step) => words.has(step)),
      stepOf: (state) => wordOf(outermost(state)),
    };
    return { trigger: triggerIn(JSON.parse(definition) as object), columns };
  });

const MOST_INTERVALS = 20_000;
/** Where there is nothing yet, so many show what could be loaded. */
const LEAST_INTERVALS = 24;

/** The latest first. From the first that was ever begun, or is to be seen in any case. */
async function intervalsOf({ connection, cached, stacks }: Context, pipeline: string, schedule: Schedule) {
  const { foundation } = await stacks();
  return cached(`intervals ${pipeline}`, INTERVALS_MS, async () => {
    const latest = intervalAt(schedule, new Date());
    if (latest === undefined) return [];
    const { Items = [] } = await new DynamoDBClient(connection.client).send(
      new QueryCommand({
        TableName: foundation.LedgerTableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: marshall({ ':pk': `pipeline#${pipeline}`, ':sk': 'interval#' }),
        Limit: 1,
      }),
    );
    const [first = ''] = Items.map((item) => (unmarshall(item).sk as string).slice('interval#'.length).split('/')[0]!);
    const least = (intervalBefore(schedule, latest, LEAST_INTERVALS - 1) ?? latest).start;
    const begin = first !== '' && first < least ? first : least;
    const found = [...intervalsBeginning(schedule, new Date(begin), new Date(latest.end))];
    return found.slice(-MOST_INTERVALS).reverse();
  });
}

async function intervalsPage(
  context: Context,
  at: DeployedPipeline,
  columns: Columns,
  schedule: Schedule,
  { from, limit }: Window,
): Promise<GridPage> {
  const { connection } = context;
  const all = await intervalsOf(context, at.name, schedule);
  const shown = all.slice(from, from + limit);
  const page = { kind: 'intervals' as const, steps: columns.steps, total: all.length, isWhole: true, from };
  if (shown.length === 0) return { ...page, rows: [] };
  const { foundation } = await context.stacks();
  const dynamoDb = new DynamoDBClient(connection.client);
  const ledger = {
    dynamoDb,
    table: foundation.LedgerTableName!,
    stepFunctions: new SFNClient(connection.client),
    describe: context.limits.describe,
    pipeline: at.name,
  };
  const [states, latest] = await Promise.all([
    statesOfIntervals([...shown].reverse(), ledger).then((known) => known.reverse()),
    latestByInterval(context, at),
  ]);
  const runIds = [...new Set(states.flatMap(({ runId }) => (runId === undefined ? [] : [runId])))];
  const items = await itemsAt<Ledgered>(
    dynamoDb,
    ledger.table,
    runIds.map((runId) => ({ pk: `pipeline#${at.name}`, sk: `run#${runId}` })),
  );
  const runs = new Map(items.map((item) => [item.runId, item]));
  const rows = await Promise.all(
    shown.map((interval, index): Promise<GridRow> => {
      const { state, runId } = states[index]!;
      // One that has not come to claim its interval, or has failed before that, is in the list of runs alone.
      const begun = latest.get(interval.start);
      const run = begun && (runId === undefined || begun.runId === runId) ? begun : runs.get(runId ?? '');
      if (run === undefined) return Promise.resolve(bareRow(columns, interval, runId, state));
      return rowOf(context, at, columns, { ...run, status: statusOf(state, run.status) }, interval);
    }),
  );
  return { ...page, rows };
}

type Ledgered = Pick<RunRow, 'runId' | 'status' | 'startedAt'> & Partial<RunRow>;

/** The ledger hears of an end a moment later than whoever asks the run itself. */
function statusOf(state: State, ofRun: string): string {
  if (state === 'missing') return ofRun;
  if (state === 'failed') return ofRun === 'RUNNING' ? 'FAILED' : ofRun;
  return STATUS[state];
}

const STATUS: Readonly<Record<State, string>> = {
  missing: 'MISSING',
  failed: 'FAILED',
  partial: 'PARTIAL',
  loaded: 'SUCCEEDED',
  running: 'RUNNING',
};

/** Nobody has loaded it; or the ledger has forgotten the run that has, as it does in the end. */
const bareRow = ({ steps }: Columns, { start, end }: Interval, runId: string | undefined, state: State): GridRow => ({
  key: start,
  content: intervalText({ start, end }),
  interval: { start, end },
  status: STATUS[state],
  ...(runId === undefined ? {} : { runId }),
  ...(state === 'loaded' ? { cells: steps.map(() => 'done' as const) } : {}),
});

const LATEST = 100;

async function latestByInterval(context: Context, at: DeployedPipeline): Promise<ReadonlyMap<string, RunRow>> {
  const { connection, cached } = context;
  const { runs } = await cached(`latest runs ${at.name}`, LATEST_MS[connection.target.kind], async () =>
    runsPage(connection, await context.stacks(), at, { limit: LATEST }, askingOf(context)),
  );
  // The latest stay: they come first.
  return new Map(runs.flatMap((run) => (run.interval ? [[run.interval.start, run] as const] : [])).reverse());
}

interface Listing {
  readonly runs: RunRow[];
  nextToken?: string | undefined;
  isWhole: boolean;
  reading: Promise<void>;
}

const PAGE = 200;

async function runsOnlyPage(
  context: Context,
  at: DeployedPipeline,
  columns: Columns,
  { from, limit }: Window,
): Promise<GridPage> {
  const { connection } = context;
  const stacks = await context.stacks();
  const ttl = from === 0 ? LATEST_MS : LISTING_MS;
  const key = `grid ${at.name} ${from === 0 ? 'first' : 'all'}`;
  const listing = await context.cached(
    key,
    ttl[connection.target.kind],
    async (): Promise<Listing> => ({ runs: [], isWhole: false, reading: Promise.resolve() }),
  );
  listing.reading = listing.reading
    .catch(() => {})
    .then(async () => {
      while (!listing.isWhole && listing.runs.length < from + limit) {
        const page = await runsPage(
          connection,
          stacks,
          at,
          { limit: from === 0 ? limit : PAGE, nextToken: listing.nextToken },
          askingOf(context),
        );
        listing.runs.push(...page.runs);
        listing.nextToken = page.nextToken;
        listing.isWhole = page.nextToken === undefined;
      }
    });
  await listing.reading;
  const rows = listing.runs.slice(from, from + limit).map((run) => rowOf(context, at, columns, run));
  return {
    kind: 'runs',
    steps: columns.steps,
    total: listing.runs.length,
    isWhole: listing.isWhole,
    from,
    rows: await Promise.all(rows),
  };
}

const CONTENT_WIDTH = 120;
const MOST_CAUSE = 600;

async function rowOf(
  context: Context,
  at: DeployedPipeline,
  columns: Columns,
  run: Ledgered,
  interval?: Interval,
): Promise<GridRow> {
  const { runId, startedAt, endedAt, rows, rejected, error, files = [], after, gathered } = run;
  const status = isPartial({ ...run, pipeline: at.name, executionArn: '', files }) ? 'PARTIAL' : run.status;
  const cells: readonly CellStatus[] = await cellsOf(context, at, columns, { runId, status, endedAt, error });
  return {
    key: interval?.start ?? runId,
    content: interval
      ? intervalText(interval)
      : contentOf({ files, ...(after ? { after } : {}), ...(gathered ? { gathered } : {}) }, CONTENT_WIDTH) ||
        (run.interval ? intervalText(run.interval) : runId),
    ...(interval ? { interval } : {}),
    runId,
    status,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(rows === undefined ? {} : { rows }),
    ...(rejected === undefined ? {} : { rejected }),
    ...(error ? { error: { ...error, cause: error.cause.slice(0, MOST_CAUSE) } } : {}),
    cells,
  };
}
