import { dropInRedshift } from '../shared/drop-staging';
import { type Ledger, ledgerKeys, queryOpen, updateItem } from '../shared/ledger';
import type { Redshift } from '../shared/redshift';
import type { StatementItem } from '../shared/statement-item';

const BATCH = 40;

/**
 * Drops the staging tables in Redshift that runs have left which can be redriven no longer. Those that Record has dropped are dropped
 * again, which does nothing. In PostgreSQL, each load drops what is too old.
 */
export async function sweepStaging(services: {
  readonly ledger: Ledger;
  readonly redshift: Redshift;
  readonly now: () => number;
}): Promise<number> {
  const until = new Date(services.now()).toISOString();
  const due = await queryOpen<StatementItem>(services.ledger, 'staged', until, BATCH);
  const tables = due.flatMap(({ output }) => {
    const [schema, name] = String(output.staging ?? '').split('.');
    return schema?.startsWith('stepwell_') && name?.startsWith('stg_') ? [{ schema, name }] : [];
  });
  if (tables.length > 0) await dropInRedshift(services.redshift, tables);
  for (const { key } of due) {
    await updateItem(
      services.ledger,
      ledgerKeys.statement(key),
      { openPk: undefined, dueAt: undefined },
      { expression: 'openPk = :staged', values: { ':staged': 'staged' } },
    );
  }
  return tables.length;
}
