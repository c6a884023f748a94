import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AdmitIntervalInput } from '../../lib/tasks/admit-interval';
import { catchUpRun, type ForwardItem, forwardKey, LATE_MS, pauseKey } from '../../lib/tasks/catch-up';
import { intervalsBetween, lastFire, nextFire } from '../../lib/tasks/fires';
import type { Interval, Schedule } from '../../lib/tasks/schedule';
import { getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';
import { mapLimited } from '../shared/manifest';
import { startOnce } from '../shared/start-once';

export interface CatchUpServices {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly warn: (line: string) => void;
  readonly now: () => number;
}

/** More than that are no outage that anybody would want to be made up for unasked; or the clock has jumped. */
export const MOST_CAUGHT_UP = 1000;
const PARALLEL_CALLS = 8;
/** Clocks differ. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * The schedule has come to this interval: starts the runs of those before it that it should have come to since the last time, and notes how
 * far it has come. Returns how many it has started. Whatever is lost on the way, the next run of the schedule does again.
 */
export async function catchUpBefore(
  { pipeline, execution, schedule, catchUp, cursors }: AdmitIntervalInput,
  interval: Interval,
  services: CatchUpServices,
): Promise<number> {
  const { ledger, stepFunctions, now } = services;
  if (catchUp === undefined || catchUp.policy === 'none') return 0;
  // By a clock that is ahead of this one.
  if (Date.parse(interval.end) > now() + TOLERANCE_MS) return 0;
  // Paused, and enabled again by something else, as by a deploy: a person has yet to say what becomes of the time between.
  if (await getItem(ledger, pauseKey(pipeline))) return 0;
  const item = await getItem<ForwardItem>(ledger, forwardKey(pipeline));
  // The clock has jumped ahead, and back.
  const isAhead = item !== undefined && Date.parse(item.through) > now() + TOLERANCE_MS;
  if (item && !isAhead && item.through >= interval.end) return 0;

  const stateMachineArn = machineOf(execution.arn);
  const through = isAhead
    ? interval.start
    : (item?.through ?? (await sinceWhen({ pipeline, schedule, interval, stateMachineArn, cursors }, services)));
  const missed = catchUp.policy === 'all' && through !== undefined ? missedSince(through, interval, schedule) : [];
  const isTooMany = missed.length > MOST_CAUGHT_UP;
  if (isTooMany) {
    services.warn(
      `More than ${MOST_CAUGHT_UP} intervals since ${through} are missing: as many are not started unasked. Run them by a backfill: npx stepwell backfill ${pipeline} --from ${through} --to ${interval.start}`,
    );
  }
  const started = isTooMany ? [] : await unclaimed(pipeline, missed, ledger);
  await mapLimited(started, PARALLEL_CALLS, (one) => startOnce(stepFunctions, stateMachineArn, catchUpRun(one)));
  const next = nextFire(schedule, new Date(interval.end));
  const forward: ForwardItem = {
    pipeline,
    through: interval.end,
    stateMachineArn,
    schedule,
    expression: catchUp.expression,
    ...(next ? { openPk: 'schedule', dueAt: new Date(next.getTime() + LATE_MS).toISOString() } : {}),
  };
  const asRead = item
    ? { expression: 'through = :through', values: { ':through': item.through } }
    : { expression: 'attribute_not_exists(pk)' };
  // Who is faster has come as far, or further.
  await putItem(ledger, forwardKey(pipeline), forward, asRead);
  return started.length;
}

/** The first time: since the latest interval that has a run; where there is none, since the pipeline is deployed. */
async function sinceWhen(
  {
    pipeline,
    schedule,
    interval,
    stateMachineArn,
    cursors,
  }: Pick<AdmitIntervalInput, 'pipeline' | 'schedule' | 'cursors'> & { interval: Interval; stateMachineArn: string },
  { ledger, stepFunctions }: CatchUpServices,
): Promise<string | undefined> {
  const latest = await latestClaimed(pipeline, interval, ledger);
  if (latest !== undefined) return latest.end;
  // Its first run reads what was there before by itself.
  if (cursors.length > 0) return undefined;
  const { creationDate } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  return creationDate && lastFire(schedule, creationDate)?.toISOString();
}

async function latestClaimed(pipeline: string, before: Interval, ledger: Ledger): Promise<Interval | undefined> {
  const { pk, sk } = ledgerKeys.interval(pipeline, before);
  const { Items = [] } = await ledger.client.send(
    new QueryCommand({
      TableName: ledger.table,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :this',
      ExpressionAttributeValues: marshall({ ':pk': pk, ':first': INTERVAL, ':this': sk.slice(0, sk.indexOf('/')) }),
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  const found = Items[0] && (unmarshall(Items[0]).sk as string).slice(INTERVAL.length).split('/');
  return found && { start: found[0]!, end: found[1]! };
}
const INTERVAL = 'interval#';

/** Those between; one more than may be caught up is enough. */
function missedSince(through: string, { start }: Interval, schedule: Schedule): Interval[] {
  const missed: Interval[] = [];
  for (const interval of intervalsBetween(schedule, new Date(through), new Date(start))) {
    missed.push(interval);
    if (missed.length > MOST_CAUGHT_UP) break;
  }
  return missed;
}

/** Those that no run has claimed. */
async function unclaimed(pipeline: string, intervals: readonly Interval[], ledger: Ledger): Promise<Interval[]> {
  const claims = await mapLimited(intervals, PARALLEL_CALLS, (one) =>
    getItem(ledger, ledgerKeys.interval(pipeline, one)),
  );
  return intervals.filter((_, index) => claims[index] === undefined);
}

/** `…:execution:stepwell-weather:<name>` */
const machineOf = (executionArn: string): string =>
  executionArn.split(':').slice(0, -1).join(':').replace(':execution:', ':stateMachine:');
