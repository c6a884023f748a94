/** Items of a Map: of an inline one from the run's history, of a Distributed one the executions of its Map Runs. */
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  type ExecutionListItem,
  type ExecutionStatus,
  ListExecutionsCommand,
  type MapRunItemCounts,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { sentence } from '../../../operate/history';
import { ConsoleError } from '../../server/errors';
import type { Context } from '../../server/route';
import type { ChildDetail, ItemCounts, ItemShown, Items, StateStatus } from '../../types/run';
import { visitShown } from './detail';
import { historyAt, type Looked } from './histories';
import { jsonText, titleIn } from './texts';

export type ItemFilter = 'all' | 'failed' | 'running';

export interface ItemsWanted {
  readonly filter: ItemFilter;
  readonly from: number;
  readonly limit: number;
}

/** Of all visits of the Map, where there are several. */
export function inlineItems({ history }: Looked, state: string, { filter, from, limit }: ItemsWanted): Items {
  const all = (history.byState.get(state) ?? []).flatMap(({ items }) =>
    filter === 'all' ? items : items.filter(({ status }) => status === filter),
  );
  return {
    total: all.length,
    from,
    items: all.slice(from, from + limit).map((item): ItemShown => {
      const title = titleIn(history.events[(item.visits[0]?.id ?? 0) - 1]?.stateEnteredEventDetails?.input);
      return {
        index: item.index,
        status: item.status,
        startedAt: item.startedAt.toISOString(),
        ...(item.endedAt ? { endedAt: item.endedAt.toISOString() } : {}),
        ...(item.error ? { error: item.error } : {}),
        ...(title === undefined ? {} : { title }),
      };
    }),
  };
}

/** By its index, of the latest visit of the Map that has it. @throws {ConsoleError} */
export function inlineItem({ history }: Looked, state: string, index: number): ChildDetail {
  const item = history.byState
    .get(state)
    ?.flatMap(({ items }) => items)
    .findLast((one) => one.index === index);
  if (item === undefined) throw new ConsoleError('not-found', `The Map ${state} has begun no item ${index}.`);
  const { visits, status, startedAt, endedAt, error } = item;
  const shown = visits.slice(0, MOST_VISITS).map((visit) => visitShown(history, visit, () => ''));
  const input = shown[0]?.input;
  const output = status === 'succeeded' ? shown.at(-1)?.output : undefined;
  return {
    name: `${index + 1}`,
    status,
    startedAt: startedAt.toISOString(),
    ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
    ...(error ? { error } : {}),
    ...(input ? { input } : {}),
    ...(output ? { output } : {}),
    visits: shown.map(({ input: _, output: __, ...visit }) => visit),
  };
}

/** DescribeMapRun refills once a second for a whole account. */
const COUNTS_MS = { local: 300, account: 5000 } as const;

interface MapRunCounts {
  readonly items: ItemCounts;
  /** a batch of items is one */
  readonly executions: ItemCounts;
}

function countsOf(context: Context, mapRunArn: string): Promise<MapRunCounts> {
  const { connection, limits } = context;
  return context.cached(`map run ${mapRunArn}`, COUNTS_MS[connection.target.kind], async () => {
    const { itemCounts, executionCounts } = await limits.mapRuns(() =>
      new SFNClient(connection.client).send(new DescribeMapRunCommand({ mapRunArn })),
    );
    return { items: counted(itemCounts), executions: counted(executionCounts) };
  });
}

const counted = ({
  pending = 0,
  running = 0,
  succeeded = 0,
  failed = 0,
  timedOut = 0,
  aborted = 0,
  total = 0,
}: Partial<MapRunItemCounts> = {}): ItemCounts => ({
  total,
  waiting: pending,
  running,
  succeeded,
  failed: failed + timedOut,
  aborted,
});

export const mapRunCounts = async (context: Context, mapRunArn: string): Promise<ItemCounts> =>
  (await countsOf(context, mapRunArn)).items;

/** Pages of ListExecutions, as far as somebody has asked. */
interface Listing {
  readonly found: ExecutionListItem[];
  /** absent before the first page, and after the last */
  nextToken?: string;
  isWhole: boolean;
  reading: Promise<void>;
}

const LISTING_MS = { local: 1000, account: 10_000 } as const;
const PAGE = 1000;

const STATUSES: Readonly<Record<ItemFilter, readonly (ExecutionStatus | undefined)[]>> = {
  all: [undefined],
  failed: ['FAILED', 'TIMED_OUT'],
  running: ['RUNNING'],
};

export async function distributedItems(
  context: Context,
  mapRuns: readonly string[],
  { filter, from, limit }: ItemsWanted,
): Promise<Items> {
  const found: ExecutionListItem[] = [];
  let isWhole = true;
  for (const mapRunArn of mapRuns) {
    for (const statusFilter of STATUSES[filter]) {
      const listing = await listed(context, mapRunArn, statusFilter, Math.max(1, from + limit - found.length));
      found.push(...listing.found);
      isWhole &&= listing.isWhole;
    }
  }
  return {
    total: isWhole ? found.length : Math.max(found.length, await begun(context, mapRuns, filter)),
    from,
    items: found.slice(from, from + limit).map(({ executionArn, status, startDate, stopDate }, index) => ({
      index: from + index,
      status: statusOf(status),
      startedAt: startDate!.toISOString(),
      ...(stopDate ? { endedAt: stopDate.toISOString() } : {}),
      child: childIn(executionArn!),
    })),
  };
}

/** As Map Runs count them: those that wait are no executions yet. */
async function begun(context: Context, mapRuns: readonly string[], filter: ItemFilter): Promise<number> {
  const all = await Promise.all(mapRuns.map(async (arn) => (await countsOf(context, arn)).executions));
  return all.reduce(
    (sum, { total, waiting, [filter as 'failed']: of }) => sum + (filter === 'all' ? total - waiting : of),
    0,
  );
}

async function listed(
  context: Context,
  mapRunArn: string,
  statusFilter: ExecutionStatus | undefined,
  atLeast: number,
): Promise<Listing> {
  const { connection, limits } = context;
  const sfn = new SFNClient(connection.client);
  const key = `children ${mapRunArn} ${statusFilter ?? ''}`;
  const listing = await context.cached(
    key,
    LISTING_MS[connection.target.kind],
    async (): Promise<Listing> => ({ found: [], isWhole: false, reading: Promise.resolve() }),
  );
  const readOn = async () => {
    while (!listing.isWhole && listing.found.length < atLeast) {
      const { executions = [], nextToken } = await limits.list(() =>
        sfn.send(
          new ListExecutionsCommand({ mapRunArn, statusFilter, maxResults: PAGE, nextToken: listing.nextToken }),
        ),
      );
      listing.found.push(...executions);
      if (nextToken === undefined) listing.isWhole = true;
      else listing.nextToken = nextToken;
    }
  };
  listing.reading = listing.reading.catch(() => {}).then(readOn);
  await listing.reading;
  return listing;
}

function statusOf(status: ExecutionStatus | undefined): StateStatus {
  if (status === 'SUCCEEDED') return 'succeeded';
  if (status === 'RUNNING') return 'running';
  if (status === 'PENDING_REDRIVE') return 'waiting';
  return status === 'ABORTED' ? 'aborted' : 'failed';
}

/**
 * `arn:aws:states:…:mapRun:<machine>/<label>:<id>` has executions `arn:aws:states:…:execution:<machine>/<label>:<name>`, or
 * `…:express:<machine>/<label>:<name>:<id>`.
 */
const childIn = (executionArn: string): string => executionArn.split(':').slice(7).join(':');
const isExpress = (child: string): boolean => child.includes(':');

export async function childDetail(context: Context, mapRunArn: string, name: string): Promise<ChildDetail> {
  const { connection, limits } = context;
  const kind = isExpress(name) ? ':express:' : ':execution:';
  const executionArn = mapRunArn.replace(':mapRun:', kind).replace(/:[^:]*$/, `:${name}`);
  const described = await limits.describe(() =>
    new SFNClient(connection.client).send(new DescribeExecutionCommand({ executionArn })).catch((error: Error) => {
      if (error.name !== 'ExecutionDoesNotExist' && error.name !== 'InvalidArn') throw error;
      throw new ConsoleError('not-found', `The Map has no item '${name}'.`);
    }),
  );
  const { status, startDate, stopDate, error, cause, input, output } = described;
  // An Express execution that a Map Run has started can be described; its history can be had from nobody.
  const history = isExpress(name)
    ? undefined
    : (await historyAt(context, executionArn, stopDate?.toISOString())).history;
  return {
    name,
    status: statusOf(status),
    startedAt: startDate!.toISOString(),
    ...(stopDate ? { endedAt: stopDate.toISOString() } : {}),
    ...(error === undefined ? {} : { error: { name: error, cause: sentence(cause) } }),
    ...(input === undefined ? {} : { input: jsonText(input) }),
    ...(output === undefined ? {} : { output: jsonText(output) }),
    visits: (history?.visits ?? []).slice(0, MOST_VISITS).map((visit) => {
      const { input: _, output: __, ...shown } = visitShown(history!, visit, () => '');
      return shown;
    }),
    ...(history === undefined ? { hasNoHistory: true } : {}),
  };
}

const MOST_VISITS = 100;
