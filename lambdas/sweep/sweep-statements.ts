import { getItem, ledgerKeys, queryOpen, updateItem } from '../shared/ledger';
import { describe } from '../shared/redshift';
import type { StatementItem } from '../shared/statement-item';
import { complete, type StatementServices, tell } from '../shared/statements';
import { eachOf } from './each-of';

const LOOK_AGAIN_MS = 5 * 60_000;
const BATCH = 100;

/** Ends the waiting for statements whose completion event never came. Returns how many it has ended. */
export async function sweepStatements(services: StatementServices): Promise<number> {
  const due = await queryOpen<StatementItem>(services.ledger, 'statement', iso(services.now()), BATCH);
  const ended = await eachOf(due, (item) => sweepStatement(item.key, services));
  return ended.filter(Boolean).length;
}

async function sweepStatement(key: string, services: StatementServices): Promise<boolean> {
  const at = ledgerKeys.statement(key);
  // The index lags behind the table.
  const item = await getItem<StatementItem>(services.ledger, at);
  if (item?.openPk !== 'statement' || (item.dueAt ?? '') > iso(services.now())) return false;

  const state = item.statementId ? await describe(services.redshift, item.statementId) : undefined;
  if (state?.ended) {
    await complete(item, state, services);
    return true;
  }
  if (state) {
    await updateItem(services.ledger, at, { dueAt: iso(services.now() + LOOK_AGAIN_MS) }, sameSubmission(item));
    return false;
  }
  // Redshift does not know it (any more), or its id was never saved as the function died: the task's retry submits it again. If it
  // was submitted after all, the client token makes it the same statement.
  await tell(
    item,
    {
      error: 'RedshiftTransient',
      cause: `Redshift does not know the statement of ${item.label}, so nobody would tell its end.`,
    },
    services,
  );
  await updateItem(services.ledger, at, { openPk: undefined, dueAt: undefined }, sameSubmission(item));
  return true;
}

function sameSubmission(item: StatementItem) {
  return {
    expression: 'submission = :submission AND #token = :token AND #status = :status',
    names: { '#token': 'token', '#status': 'status' },
    values: { ':submission': item.submission, ':token': item.token, ':status': item.status },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
