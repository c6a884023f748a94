/** Runs of the pipeline that publishes, in the ledger. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import type { Ledger } from '../shared/ledger';
import { getRun, type RunItem } from '../shared/run-item';
import type { ParsedTrigger } from './parse-trigger';

/** A run that has published. */
export type UpstreamItem = RunItem & Required<Pick<RunItem, 'loadKey' | 'generation' | 'arrival'>>;

/** Text: why there is nothing to load. @throws {InvalidTaskInput} where a person asks for what is not there */
export async function findUpstream(
  ledger: Ledger,
  upstream: string,
  { runId, interval, byEvent }: ParsedTrigger,
): Promise<UpstreamItem | string> {
  if (runId !== undefined) {
    const run = await getRun(ledger, upstream, runId);
    if (hasPublished(run)) return run;
    const why = run ? WHY[run.status] : 'is not in the ledger';
    if (byEvent) return `Run ${runId} of ${upstream} ${why}.`;
    throw new InvalidTaskInput(`Run ${runId} of ${upstream} ${why}. See its runs: npx stepwell runs ${upstream}.`);
  }
  const found = await latest(ledger, upstream, (run) => interval === undefined || isSame(run.interval, interval));
  if (found) return found;
  const which = interval ? ` for the interval ${interval.start} to ${interval.end}` : '';
  throw new InvalidTaskInput(`${upstream} has published nothing yet${which}: run that first.`);
}

const WHY: Readonly<Record<RunItem['status'], string>> = {
  RUNNING: 'has not ended',
  SUCCEEDED: 'has published nothing',
  FAILED: 'has failed',
  SKIPPED: 'had nothing to load',
};

const isSame = (one: RunItem['interval'], other: NonNullable<RunItem['interval']>): boolean =>
  one?.start === other.start && one.end === other.end;

/** Only Record says how many rows were published; the sweeper may say that a run has succeeded. */
function hasPublished(run: RunItem | undefined): run is UpstreamItem {
  return (
    run?.status === 'SUCCEEDED' &&
    run.published !== undefined &&
    run.loadKey !== undefined &&
    run.generation !== undefined &&
    run.arrival !== undefined
  );
}

/** The one that has ended last: of a load that was reprocessed, the highest generation. */
async function latest(
  ledger: Ledger,
  pipeline: string,
  matches: (run: RunItem) => boolean,
): Promise<UpstreamItem | undefined> {
  let found: UpstreamItem | undefined;
  let after: Record<string, never> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await ledger.client.send(
      new QueryCommand({
        TableName: ledger.table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :run)',
        FilterExpression: '#status = :succeeded',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: marshall({
          ':pk': `pipeline#${pipeline}`,
          ':run': 'run#',
          ':succeeded': 'SUCCEEDED',
        }),
        ConsistentRead: true,
        ExclusiveStartKey: after,
      }),
    );
    for (const item of Items) {
      const run = unmarshall(item) as RunItem;
      if (hasPublished(run) && matches(run) && (run.endedAt ?? '') > (found?.endedAt ?? '')) found = run;
    }
    after = LastEvaluatedKey as typeof after;
  } while (after !== undefined);
  return found;
}
