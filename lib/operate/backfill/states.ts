/** What the ledger knows of intervals and of objects: whether they are loaded, and by which run. */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Interval } from '../../tasks/schedule';
import { itemsAt } from '../ledger';
import type { RateLimiter } from '../rate-limit';
import type { State } from './plan';

export interface LedgerOf {
  readonly dynamoDb: DynamoDBClient;
  readonly table: string;
  readonly stepFunctions: SFNClient;
  readonly describe: RateLimiter;
  readonly pipeline: string;
}

/** Who has claimed something. */
interface Claimed {
  /** ARN of the execution */
  readonly owner: string;
  readonly runId: string;
  readonly status: 'claimed' | 'loaded' | 'failed';
}

interface KnownRun {
  readonly runId: string;
  readonly executionArn: string;
  readonly status: string;
  /** partitions that it has loaded without */
  readonly failed?: readonly unknown[];
}

export interface Known {
  readonly state: State;
  readonly runId?: string;
}

const MISSING: Known = { state: 'missing' };

/** Of intervals in the order of time: the state of each. */
export async function statesOfIntervals(intervals: readonly Interval[], ledger: LedgerOf): Promise<Known[]> {
  const claims = new Map<string, Claimed>();
  const pk = `pipeline#${ledger.pipeline}`;
  let ExclusiveStartKey: QueryCommand['input']['ExclusiveStartKey'];
  do {
    const page = await ledger.dynamoDb.send(
      new QueryCommand({
        TableName: ledger.table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        // '0' sorts behind '/': the last one's end is not of interest
        ExpressionAttributeValues: marshall({
          ':pk': pk,
          ':first': `interval#${intervals[0]!.start}`,
          ':last': `interval#${intervals.at(-1)!.start}0`,
        }),
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) {
      const { sk, owner, runId, status } = unmarshall(item) as Claimed & { sk: string };
      claims.set(sk, { owner, runId, status });
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  const known = await judge(
    intervals.map(({ start, end }) => claims.get(`interval#${start}/${end}`)),
    ledger,
  );
  return withPartial(known, ledger);
}

/** What is loaded may lack partitions: its run knows. */
async function withPartial(known: readonly Known[], ledger: LedgerOf): Promise<Known[]> {
  const loadedBy = known.flatMap(({ state, runId }) => (state === 'loaded' && runId !== undefined ? [runId] : []));
  const runs = await runsNamed(loadedBy, ledger);
  return known.map((one) =>
    one.state === 'loaded' && runs.get(one.runId!)?.failed?.length ? { ...one, state: 'partial' } : one,
  );
}

export async function runsNamed(
  runIds: readonly string[],
  { dynamoDb, table, pipeline }: LedgerOf,
): Promise<Map<string, KnownRun>> {
  const keys = [...new Set(runIds)].map((runId) => ({ pk: `pipeline#${pipeline}`, sk: `run#${runId}` }));
  return new Map((await itemsAt<KnownRun>(dynamoDb, table, keys)).map((run) => [run.runId, run]));
}

/** What is claimed and not loaded: its run is under way, or has failed. */
export async function judge(claims: readonly (Claimed | undefined)[], ledger: LedgerOf): Promise<Known[]> {
  const unsure = claims.flatMap((claim) => (claim?.status === 'claimed' ? [claim] : []));
  const runs = await runsNamed(
    unsure.map(({ runId }) => runId),
    ledger,
  );
  const described = new Map<string, Promise<State>>();
  const stateOf = async ({ owner, runId, status }: Claimed): Promise<State> => {
    if (status !== 'claimed') return status;
    const run = runs.get(runId);
    if (run?.executionArn === owner) {
      if (run.status === 'FAILED' || run.status === 'SKIPPED') return 'failed';
      if (run.status === 'SUCCEEDED') return 'loaded';
    }
    // The ledger hears of a failure by an event, a moment later.
    let state = described.get(owner);
    if (!state) {
      state = ledger.describe(() => executionState(ledger.stepFunctions, owner));
      described.set(owner, state);
    }
    return state;
  };
  return Promise.all(
    claims.map(async (claim) => (claim ? { state: await stateOf(claim), runId: claim.runId } : MISSING)),
  );
}

async function executionState(stepFunctions: SFNClient, executionArn: string): Promise<State> {
  try {
    const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? 'running' : status === 'SUCCEEDED' ? 'loaded' : 'failed';
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return 'failed';
    throw error;
  }
}
