/** Why runs of a backfill have failed, as the ledger knows it: Step Functions says of a Map only that too much of it has failed. */
import type { BackfillFailure, BackfillItem } from '../../tasks/backfill';
import { itemsAt } from '../ledger';
import type { Backfills } from './ledger';

const SAYS_LITTLE = 'States.';

export async function withCauses<F extends BackfillFailure>(
  { dynamoDb, table }: Pick<Backfills, 'dynamoDb' | 'table'>,
  pipeline: string,
  failures: readonly F[],
): Promise<F[]> {
  const keys = failures
    .filter(({ error }) => error.startsWith(SAYS_LITTLE))
    .map(({ runId }) => ({ pk: `pipeline#${pipeline}`, sk: `run#${runId}` }));
  const runs = await itemsAt<{ runId: string; error?: { name: string; cause: string } }>(dynamoDb, table, keys);
  const errors = new Map(runs.map(({ runId, error }) => [runId, error]));
  return failures.map((failure) => {
    const known = errors.get(failure.runId);
    return known ? { ...failure, error: known.name, cause: known.cause } : failure;
  });
}

export const explained = async (backfills: Pick<Backfills, 'dynamoDb' | 'table'>, item: BackfillItem) =>
  item.failures ? { ...item, failures: await withCauses(backfills, item.pipeline, item.failures) } : item;
