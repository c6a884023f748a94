import * as z from 'zod/mini';
import { getItem, ledgerKeys } from '../shared/ledger';
import { describe, type StatementState } from '../shared/redshift';
import { parseStatementName, type StatementItem } from '../shared/statement-item';
import { type CompletingServices, complete } from '../shared/statements';

/** EventBridge's "Redshift Data Statement Status Change". */
export const statementEvent = z.object({
  detail: z.object({ statementId: z.string(), statementName: z.optional(z.string()), state: z.string() }),
});
export type StatementEvent = z.infer<typeof statementEvent>;

/**
 * Completes the task that waits for a statement. The event may come before the statement's id was saved: its name says which it
 * is. One of an unknown statement, or of an earlier submission, says nothing about the task that waits now.
 */
export async function finish(
  pipeline: string,
  { detail }: StatementEvent,
  services: CompletingServices,
): Promise<'completed' | string> {
  const named = parseStatementName(detail.statementName ?? '');
  if (!named) return `ignored: ${detail.statementName ?? 'a statement without a name'} is no statement of ours`;
  const item = await getItem<StatementItem>(services.ledger, ledgerKeys.statement(named.key));
  if (!item) return `ignored: the ledger has no statement ${named.key}`;
  if (item.pipeline !== pipeline) return `ignored: it is a statement of the pipeline ${item.pipeline}`;
  if (item.submission !== named.submission)
    return `ignored: submission ${named.submission} is past, ${item.submission} counts`;
  // Parts of a batch have the batch's id and a number: `d9b6c0c9-…:2`.
  const id = detail.statementId.replace(/:\d+$/, '');
  if (item.statementId !== undefined && item.statementId !== id) return 'ignored: another statement has that name';
  if (item.status === 'FINISHED' || item.status === 'FAILED') return 'ignored: completed before';

  const state = await stateOf(id, detail.state, services);
  if (!state.ended) return `ignored: the statement is not at its end (${detail.state})`;
  await complete(item, state, services);
  return 'completed';
}

/** Redshift's own word counts; where it cannot be asked, the event's. */
async function stateOf(id: string, told: string, { redshift }: CompletingServices): Promise<StatementState> {
  const byEvent: StatementState = {
    id,
    queryIds: [],
    ended: told === 'FINISHED' || told === 'FAILED' || told === 'ABORTED' ? told : undefined,
  };
  try {
    return (await describe(redshift, id)) ?? byEvent;
  } catch (error) {
    if (error instanceof Error && /^AccessDenied/.test(error.name)) return byEvent;
    throw error;
  }
}
