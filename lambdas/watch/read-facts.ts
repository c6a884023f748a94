/** What the ledger and the landing bucket say of a pipeline: a few items, never all of its runs. */
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { intervalsEnding } from '../../lib/tasks/deadlines';
import { lastFire } from '../../lib/tasks/fires';
import type { Interval, Schedule } from '../../lib/tasks/schedule';
import type { DurationsItem, InputItem, PublishedItem, WatchInput, WatchItem } from '../../lib/tasks/watch';
import { getItem, type Ledger } from '../shared/ledger';
import type { RunItem } from '../shared/run-item';
import { watchKeys } from '../shared/watched';
import type { DeadlineFacts, Facts, NewestInput, RunFact } from './judge';
import { newestInput } from './newest-input';

export interface ReadServices {
  readonly ledger: Ledger;
  readonly s3: S3Client;
  readonly landingBucket: string;
}

/** `before`: what the last look has left. */
export async function readFacts(input: WatchInput, before: WatchItem, services: ReadServices): Promise<Facts> {
  const { pipeline, sinks } = input;
  const { ledger } = services;
  const [pause, published, durations, inputs, open, gone] = await Promise.all([
    getItem<{ since: string }>(ledger, watchKeys.pause(pipeline)),
    Promise.all(sinks.map((sink) => getItem<PublishedItem>(ledger, watchKeys.published(pipeline, sink)))),
    getItem<DurationsItem>(ledger, watchKeys.durations(pipeline)),
    readInputs(input, services),
    openRuns(ledger, pipeline, 'run'),
    openRuns(ledger, pipeline, 'gone'),
  ]);
  const { since, pausedAt } = before;
  return {
    since,
    pausedAt,
    isPaused: pause !== undefined,
    published: published.filter((item) => item !== undefined),
    durations: durations?.durations ?? [],
    inputs,
    // One that waits for its turn is not stuck.
    running: open.filter((run) => run.status === 'RUNNING' && !(run.waitsSince && !run.turnAt)).map(factOf),
    gone: gone.map(factOf),
    deadline: input.deadline && (await readDeadline(input, input.deadline, before, ledger)),
  };
}

const factOf = ({ runId, startedAt, turnAt = startedAt }: RunItem): RunFact => ({ runId, startedAt: turnAt });

async function readInputs(
  { pipeline, inputs, now }: WatchInput,
  { ledger, s3, landingBucket }: ReadServices,
): Promise<Record<string, NewestInput>> {
  const found = await Promise.all(
    inputs.map(async (input): Promise<[string, NewestInput]> => {
      const noted = await getItem<InputItem>(ledger, watchKeys.input(pipeline, input.source));
      return [input.source, await newestInput(input, noted, { s3, landingBucket, now })];
    }),
  );
  return Object.fromEntries(found);
}

/** Undefined before the first deadline that it is watched for. */
async function readDeadline(
  { pipeline, schedule, now }: WatchInput,
  deadline: Schedule,
  { since, pausedAt }: WatchItem,
  ledger: Ledger,
): Promise<DeadlineFacts | undefined> {
  const at = lastFire(deadline, new Date(now));
  const previous = at && lastFire(deadline, new Date(at.getTime() - 1000));
  if (!at || !previous) return undefined;
  const watched = Math.max(Date.parse(since), pausedAt === undefined ? 0 : Date.parse(pausedAt));
  if (watched >= at.getTime()) return undefined;
  const from = new Date(Math.max(previous.getTime(), watched));
  const facts = {
    at: at.toISOString(),
    from: from.toISOString(),
    timezone: deadline.timezone,
    isWhole: watched <= previous.getTime(),
  };
  if (schedule === undefined) return facts;
  const due = intervalsEnding(schedule, from, at);
  const loaded = await loadedIntervals(ledger, pipeline, due);
  return {
    ...facts,
    due: due.length,
    missing: due.filter(({ start, end }) => !loaded.has(`interval#${start}/${end}`)),
  };
}

/** Sort keys of those that are loaded: one query for all of a day. */
async function loadedIntervals(ledger: Ledger, pipeline: string, due: readonly Interval[]): Promise<Set<string>> {
  const [first, last] = [due[0], due.at(-1)];
  if (first === undefined || last === undefined) return new Set();
  const items = await query<{ sk: string; status: string }>(ledger, {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
    ExpressionAttributeValues: marshall({
      ':pk': `pipeline#${pipeline}`,
      ':first': `interval#${first.start}`,
      ':last': `interval#${last.start}/${last.end}`,
    }),
    ProjectionExpression: 'sk, #status',
    ExpressionAttributeNames: { '#status': 'status' },
    ConsistentRead: true,
  });
  return new Set(items.filter(({ status }) => status === 'loaded').map(({ sk }) => sk));
}

/** Of all pipelines there are as many open runs as run just now, and some that are to be told of. */
const openRuns = (ledger: Ledger, pipeline: string, openPk: 'run' | 'gone'): Promise<RunItem[]> =>
  query<RunItem>(ledger, {
    IndexName: 'open',
    KeyConditionExpression: 'openPk = :openPk',
    FilterExpression: 'pipeline = :pipeline',
    ExpressionAttributeValues: marshall({ ':openPk': openPk, ':pipeline': pipeline }),
  });

interface Query {
  readonly IndexName?: string;
  readonly KeyConditionExpression: string;
  readonly FilterExpression?: string;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ProjectionExpression?: string;
  readonly ConsistentRead?: boolean;
}

/** A page is a mebibyte. */
const MOST_PAGES = 20;

async function query<T>(ledger: Ledger, input: Query): Promise<T[]> {
  const found: T[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { Items = [], LastEvaluatedKey } = await ledger.client.send(
      new QueryCommand({ TableName: ledger.table, ...input, ExclusiveStartKey }),
    );
    found.push(...Items.map((item) => unmarshall(item) as T));
    if (LastEvaluatedKey === undefined) break;
    ExclusiveStartKey = LastEvaluatedKey;
  }
  return found;
}
