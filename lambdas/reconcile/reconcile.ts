import { createHash } from 'node:crypto';
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Alert } from '../../lib/tasks/alert';
import type { Difference, LedgerLoad, ReconcileInput, ReconciliationItem } from '../../lib/tasks/reconcile';
import type { AlertOutcome } from '../shared/alerts/send';
import { type Ledger, putItem } from '../shared/ledger';
import { mapLimited } from '../shared/manifest';
import { getRun, type RunItem } from '../shared/run-item';
import { compare } from './compare';
import { MOST_LOADS } from './read-loads';

export interface ReconcileServices {
  readonly ledger: Ledger;
  /** `since`: ISO 8601; absent for a database that the pipeline has no sink in */
  readonly loads: {
    readonly redshift?: (since: string) => Promise<readonly LedgerLoad[]>;
    readonly postgres?: (since: string) => Promise<readonly LedgerLoad[]>;
  };
  readonly send: (alert: Alert) => Promise<AlertOutcome>;
  readonly metric: (name: 'LedgerDifferences', value: number) => void;
  readonly now: () => number;
}

/** It runs once a day: what it could not see for a day it sees on the next. */
const COMPARED_MS = 2 * 86_400_000;
/** Of a run that has just ended, the one ledger may be written and the other not yet. */
const SETTLED_MS = 15 * 60_000;
const SHOWN = 20;

export async function reconcile(
  { pipeline, timeoutSeconds, tables }: ReconcileInput,
  services: ReconcileServices,
): Promise<ReconciliationItem> {
  const now = services.now();
  const from = now - COMPARED_MS;
  const loadedSince = new Date(from - timeoutSeconds * 1000).toISOString();
  const loads = (await Promise.all(Object.values(services.loads).map((read) => read(loadedSince)))).flat();
  const ours = loads.filter(({ database, table }) => tables[database].includes(table));
  const [known, runs] = await Promise.all([
    knownRuns(services.ledger, pipeline, ours),
    // Of more loads than can be read, nobody can say what is missing.
    loads.length >= MOST_LOADS ? [] : succeededRuns(services.ledger, pipeline, from, now - SETTLED_MS),
  ]);
  const differences = compare(ours, runs, known);
  services.metric('LedgerDifferences', differences.length);
  if (differences.length > 0) await services.send(alertOf(pipeline, differences));
  const item: ReconciliationItem = {
    at: new Date(now).toISOString(),
    loads: ours.length,
    runs: runs.length,
    differences: differences.length,
    first: differences.slice(0, SHOWN).map(({ text }) => text),
  };
  await putItem(services.ledger, { pk: `pipeline#${pipeline}`, sk: 'reconciliation' }, item);
  return item;
}

function alertOf(pipeline: string, differences: readonly Difference[]): Alert {
  const texts = differences.map(({ text }) => text);
  const more = texts.length - SHOWN;
  return {
    kind: 'reconciliation',
    severity: 'error',
    pipeline,
    title: `${pipeline}: the load ledgers and the runs differ in ${texts.length} ${texts.length === 1 ? 'load' : 'loads'}`,
    lines: [
      'Of the loads of the last two days:',
      ...texts.slice(0, SHOWN).map((text) => `  ${text}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      'Somebody has written to the tables or their ledger beside Stepwell, a database was put back to an earlier time, or the ledger was. What a run has loaded is loaded again, in its place, by a rerun.',
    ],
    command: `npx stepwell runs ${pipeline}`,
    // The same differences tomorrow are no news.
    dedupeKey: createHash('sha256')
      .update([...texts].sort().join('\n'))
      .digest('hex')
      .slice(0, 32),
  };
}

const PARALLEL_CALLS = 16;

async function knownRuns(ledger: Ledger, pipeline: string, loads: readonly LedgerLoad[]): Promise<Set<string>> {
  const ids = [...new Set(loads.map(({ runId }) => runId))];
  const found = await mapLimited(ids, PARALLEL_CALLS, (runId) => getRun(ledger, pipeline, runId));
  return new Set(ids.filter((_, index) => found[index] !== undefined));
}

/** Runs are no list in the order of time: all items of the pipeline's runs are gone through, once a day. */
async function succeededRuns(ledger: Ledger, pipeline: string, from: number, until: number): Promise<RunItem[]> {
  const runs: RunItem[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page: { Items?: Record<string, AttributeValue>[]; LastEvaluatedKey?: Record<string, AttributeValue> } =
      await ledger.client.send(
        new QueryCommand({
          TableName: ledger.table,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :run)',
          FilterExpression: '#status = :succeeded AND endedAt BETWEEN :from AND :until',
          ProjectionExpression: 'runId, loadKey, generation, published',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: marshall({
            ':pk': `pipeline#${pipeline}`,
            ':run': 'run#',
            ':succeeded': 'SUCCEEDED',
            ':from': new Date(from).toISOString(),
            ':until': new Date(until).toISOString(),
          }),
          ExclusiveStartKey,
        }),
      );
    runs.push(...(page.Items ?? []).map((item) => unmarshall(item) as RunItem));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return runs;
}
