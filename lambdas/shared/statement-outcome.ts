/** What the end of a Redshift statement means for the task that waits. */
import type { PERMANENT_ERRORS } from '../../lib/tasks/errors';
import { loadErrors, type Redshift, resultOf, type StatementState } from './redshift';
import { type StatementItem, statementName } from './statement-item';

export type Outcome =
  | { readonly success: Readonly<Record<string, unknown>> }
  /** `error`: a name that the task's Retry knows; `cause`: a sentence */
  | { readonly error: (typeof PERMANENT_ERRORS)[number] | 'RedshiftTransient'; readonly cause: string };

export async function outcomeOf(item: StatementItem, state: StatementState, redshift: Redshift): Promise<Outcome> {
  if (state.ended === 'FINISHED') {
    return { success: item.kind === 'publish' ? await published(item, state, redshift) : item.output };
  }
  if (state.ended === 'ABORTED') {
    return { error: 'RedshiftTransient', cause: `Redshift: ${item.label} was cancelled (statement ${state.id}).` };
  }
  const error = plain(state.error ?? 'no reason given');
  if (item.refusal !== undefined && DIVIDED_BY_ZERO.test(error)) return { error: 'ModelFailed', cause: item.refusal };
  if (item.kind === 'publish' && DIVIDED_BY_ZERO.test(error)) {
    return {
      error: 'RowsDoNotReconcile',
      cause: `Redshift: ${item.label}: the staging table does not hold the rows that the manifests name, so nothing was published.`,
    };
  }
  if (TRANSIENT.test(error)) {
    return { error: 'RedshiftTransient', cause: `Redshift: ${item.label}: ${error} (statement ${state.id}).` };
  }
  const details = item.kind === 'load' ? await loadErrors(redshift, state.queryIds) : [];
  const where = details.length === 0 ? '' : ` ${details.join('; ')}.`;
  return {
    error: 'StatementFailed',
    cause: `Redshift refused ${item.label}: ${error}.${where} (Statement ${state.id}.)`,
  };
}

/** The batch's last result is the load's row in the load ledger. */
async function published(item: StatementItem, state: StatementState, redshift: Redshift) {
  const row = state.resultId === undefined ? undefined : (await resultOf(redshift, state.resultId))[0];
  if (!row) return { ...item.output, changed: true };
  return { ...item.output, rows: Number(row[0]), changed: row[1] === statementName(item) };
}

const DIVIDED_BY_ZERO = /divi(de|sion) by zero/i;

/**
 * Redshift gives no SQLSTATE through the Data API, only text. Conflicts between transactions, a column that another load has just
 * added, and whatever happens to the warehouse itself can go away; everything else is refused again and again.
 */
const TRANSIENT =
  /\b1023\b|serializab|snapshot isolation|could not serialize|concurrent|deadlock|column .* already exists|internal error|XX000|connection (was )?(lost|reset|refused|closed)|terminating connection|shutting down|restarted|out of memory|disk full|lock timeout|(query|statement) timeout|timed out/i;

/** COPY's errors come in a box, drawn with hyphens, in which one line says what is wrong. */
function plain(error: string): string {
  const lines = error.split('\n').map((line) => line.trim());
  const context = lines.find((line) => line.startsWith('context:'))?.replace(/^context:\s*/, '');
  return (context ? `${lines[0]}: ${context}` : lines.filter((line) => line !== '').join('; '))
    .replace(/^ERROR:\s*/, '')
    .replace(/\.$/, '');
}
