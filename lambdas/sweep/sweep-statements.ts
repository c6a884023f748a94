import { getItem, ledgerKeys, queryOpen, updateItem } from '../shared/ledger';
import { describe, type Redshift, type StatementState } from '../shared/redshift';
import type { StatementItem, StatementOwner } from '../shared/statement-item';
import { type CompletingServices, complete, tell } from '../shared/statements';
import { eachOf } from './each-of';

const LOOK_AGAIN_MS = 5 * 60_000;
const BATCH = 100;

export interface SweepStatements extends Omit<CompletingServices, 'redshift'> {
  readonly redshiftAs: (owner: StatementOwner) => Redshift;
}

/** Ends the waiting for statements whose completion event never came. Returns how many it has ended. */
export async function sweepStatements(services: SweepStatements): Promise<number> {
  const due = await queryOpen<StatementItem>(services.ledger, 'statement', iso(services.now()), BATCH);
  const ended = await eachOf(due, (item) => sweepStatement(item.key, services));
  return ended.filter(Boolean).length;
}

async function sweepStatement(key: string, services: SweepStatements): Promise<boolean> {
  const at = ledgerKeys.statement(key);
  // The index lags behind the table.
  const item = await getItem<StatementItem>(services.ledger, at);
  if (item?.openPk !== 'statement' || (item.dueAt ?? '') > iso(services.now())) return false;

  const redshift = services.redshiftAs(item.owner);
  const state = item.statementId ? await stateOf(item.statementId, redshift) : undefined;
  if (state?.ended) {
    await complete(item, state, { ...services, redshift });
    return true;
  }
  if (state) {
    await updateItem(services.ledger, at, { dueAt: iso(services.now() + LOOK_AGAIN_MS) }, sameSubmission(item));
    return false;
  }
  // Redshift does not know it (any more), or it cannot be asked, or its id was never saved as the function died: the task's retry submits it again. If it
  // was submitted after all, the client token makes it the same statement.
  await tell(
    item,
    {
      error: 'RedshiftTransient',
      cause: `Redshift does not tell the sweeper of the statement of ${item.label}, so nobody would tell its end.`,
    },
    services,
  );
  await updateItem(services.ledger, at, { openPk: undefined, dueAt: undefined }, sameSubmission(item));
  return true;
}

/** Undefined as well where the role that ran it is gone, with its pipeline's stack: STS does not say whether it was there. */
async function stateOf(id: string, redshift: Redshift): Promise<StatementState | undefined> {
  try {
    return await describe(redshift, id);
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDenied') return undefined;
    throw error;
  }
}

function sameSubmission(item: StatementItem) {
  return {
    expression: 'submission = :submission AND #token = :token AND #status = :status',
    names: { '#token': 'token', '#status': 'status' },
    values: { ':submission': item.submission, ':token': item.token, ':status': item.status },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
