/**
 * The protocol of Redshift statements: each is submitted once, however often the task that wants it is retried or redriven, and
 * its end reaches the task that waits then. The ledger item is the only memory; every step of it is one conditional write.
 *
 * 1. The item (key, token, submission) is stored before the statement is submitted.
 * 2. A retry looks it up: running → its token replaces the old one; finished → the task completes at once; failed, cancelled or
 *    forgotten → submission + 1. Unknown, as the answer to the submission was lost → the same submission, with the same client token.
 * 3. The end (event, or the sweeper) is told to the token in the item first, and marked after that, if the token is still the same;
 *    else the new token is told as well. A token told twice, or timed out, does no harm.
 */
import { SendTaskFailureCommand, SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { getItem, type Ledger, ledgerKeys, putItem, updateItem } from './ledger';
import { describe, type Redshift, type StatementState, submitBatch } from './redshift';
import { clientToken, type StatementItem, type StatementOwner, statementName } from './statement-item';
import { type Outcome, outcomeOf } from './statement-outcome';

export interface StatementServices {
  readonly ledger: Ledger;
  /** as the owner */
  readonly redshift: Redshift;
  readonly owner: StatementOwner;
  readonly stepFunctions: SFNClient;
  /** ms since 1970 */
  readonly now: () => number;
}

/** What it takes to tell the end of a statement. */
export type CompletingServices = Omit<StatementServices, 'owner'>;

export interface Statement {
  readonly key: string;
  readonly pipeline: string;
  readonly kind: StatementItem['kind'];
  readonly label: string;
  /** what a division by zero in it means, in a sentence; absent: that staged rows and manifests disagree */
  readonly refusal?: string;
  readonly output: Readonly<Record<string, unknown>>;
  /** Looked up once for each submission and kept with it: the same client token must mean the same SQL. */
  readonly context?: () => Promise<unknown>;
  readonly sqls: (name: string, context: unknown) => readonly string[];
}

/** Redshift remembers client tokens for 8 hours. */
const CLIENT_TOKEN_LIFE_MS = 7.5 * 3_600_000;
/** When the sweeper looks at a statement whose event has not come. */
export const FIRST_SWEEP_AFTER_MS = 3 * 60_000;
/** A failed run can be redriven for 14 days, and needs its staging table as long. */
const STAGING_LIFE_MS = 15 * 24 * 3_600_000;
const ITEM_LIFE_MS = 45 * 24 * 3_600_000;
const MAX_ROUNDS = 10;

/** Sees to it that the statement runs or has run, and that its end completes `token`. */
export async function submitOrAttach(
  statement: Statement,
  token: string,
  services: StatementServices,
): Promise<'submitted' | 'attached' | 'completed'> {
  const { ledger } = services;
  const at = ledgerKeys.statement(statement.key);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = await getItem<StatementItem>(ledger, at);
    if (!item) {
      const first = await newItem(statement, 1, token, services);
      if (await putItem(ledger, at, first, { expression: 'attribute_not_exists(pk)' })) {
        return submit(statement, first, services);
      }
    } else if (item.status === 'FINISHED') {
      const attached = { ...item, token };
      if (await updateItem(ledger, at, { token }, unchanged(item))) {
        // Told here, not by the event: that has come and gone.
        await tell(attached, { success: item.output }, services);
        return 'completed';
      }
    } else if (item.status === 'SUBMITTING' && !tokenForgotten(item, services)) {
      if (await updateItem(ledger, at, { token, ...forTheSweeper(services) }, unchanged(item))) {
        return submit(statement, { ...item, token }, services);
      }
    } else {
      const state =
        item.status === 'SUBMITTED' && item.statementId
          ? await describe(services.redshift, item.statementId)
          : undefined;
      if (state && state.ended !== 'FAILED' && state.ended !== 'ABORTED') {
        // The sweeper may have given it back, as it could not ask: then it is nobody's to look at, until here.
        if (await updateItem(ledger, at, { token, ...forTheSweeper(services) }, unchanged(item))) {
          if (state.ended === undefined) return 'attached';
          await complete({ ...item, token }, state, services);
          return 'completed';
        }
      } else {
        const next = await newItem(statement, item.submission + 1, token, services);
        if (await putItem(ledger, at, next, unchanged(item))) return submit(statement, next, services);
      }
    }
  }
  throw new StatementContended(
    `The ledger's item of statement ${statement.key} changed ${MAX_ROUNDS} times while it was read.`,
  );
}

/** Retryable: several attempts of one task fought over its statement. */
export class StatementContended extends Error {
  override name = 'StatementContended';
}

/** Tells the end of a statement to the task that waits for it, and marks it. Safe to call at any time, from anywhere, twice. */
export async function complete(
  item: StatementItem,
  state: StatementState,
  services: CompletingServices,
): Promise<void> {
  const outcome = await outcomeOf(item, state, services.redshift);
  for (let round = 0, current = item; round < MAX_ROUNDS; round += 1) {
    await tell(current, outcome, services);
    const marked = await updateItem(
      services.ledger,
      ledgerKeys.statement(item.key),
      {
        status: 'success' in outcome ? 'FINISHED' : 'FAILED',
        statementId: state.id,
        ...('success' in outcome ? { output: outcome.success } : {}),
        ...('success' in outcome && item.kind === 'load'
          ? { openPk: 'staged', dueAt: iso(services.now() + STAGING_LIFE_MS) }
          : { openPk: undefined, dueAt: undefined }),
      },
      unchanged(current, 'SUBMITTING'),
    );
    if (marked) return;
    const latest = await getItem<StatementItem>(services.ledger, ledgerKeys.statement(item.key));
    if (!latest || latest.submission !== item.submission) return;
    if (latest.status === 'FINISHED' || latest.status === 'FAILED') {
      // Another one has marked it. A token that came after that was told by the task that brought it.
      return;
    }
    current = latest;
  }
}

async function submit(statement: Statement, item: StatementItem, services: StatementServices): Promise<'submitted'> {
  const name = statementName(item);
  const statementId = await submitBatch(services.redshift, {
    sqls: statement.sqls(name, item.context),
    name,
    clientToken: clientToken(item),
  });
  // False: its event came first and has ended it, or a later attempt has taken over. Either way there is nothing left to do here.
  await updateItem(
    services.ledger,
    ledgerKeys.statement(item.key),
    { status: 'SUBMITTED', statementId },
    {
      expression: 'submission = :submission AND #status = :submitting',
      names: { '#status': 'status' },
      values: { ':submission': item.submission, ':submitting': 'SUBMITTING' },
    },
  );
  return 'submitted';
}

async function newItem(
  statement: Statement,
  submission: number,
  token: string,
  services: StatementServices,
): Promise<StatementItem> {
  const now = services.now();
  return {
    key: statement.key,
    pipeline: statement.pipeline,
    owner: services.owner,
    submission,
    status: 'SUBMITTING',
    token,
    kind: statement.kind,
    label: statement.label,
    refusal: statement.refusal,
    output: statement.output,
    context: await statement.context?.(),
    submittedAt: iso(now),
    ...forTheSweeper(services),
    expiresAt: Math.round((now + ITEM_LIFE_MS) / 1000),
  };
}

/** As long as the end of a statement is not told, the sweeper looks at it. */
const forTheSweeper = ({ now }: Pick<StatementServices, 'now'>) => ({
  openPk: 'statement' as const,
  dueAt: iso(now() + FIRST_SWEEP_AFTER_MS),
});

/** Nobody has written the item since it was read; where it was `alsoFrom`, its id may have been saved meanwhile. */
function unchanged(item: StatementItem, alsoFrom?: StatementItem['status']) {
  const either = alsoFrom === item.status;
  return {
    expression: `submission = :submission AND #token = :token AND ${either ? '(#status = :status OR #status = :submitted)' : '#status = :status'}`,
    names: { '#token': 'token', '#status': 'status' },
    values: {
      ':submission': item.submission,
      ':token': item.token,
      ':status': item.status,
      ...(either ? { ':submitted': 'SUBMITTED' } : {}),
    },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function tokenForgotten(item: StatementItem, services: StatementServices): boolean {
  return services.now() - Date.parse(item.submittedAt) > CLIENT_TOKEN_LIFE_MS;
}

/** Whoever gave the token may have stopped waiting: its attempt timed out, or its run ended. */
const NOBODY_WAITS = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

export async function tell(
  item: StatementItem,
  outcome: Outcome,
  { stepFunctions }: Pick<StatementServices, 'stepFunctions'>,
): Promise<void> {
  try {
    if ('success' in outcome) {
      await stepFunctions.send(
        new SendTaskSuccessCommand({ taskToken: item.token, output: JSON.stringify(outcome.success) }),
      );
    } else {
      await stepFunctions.send(
        new SendTaskFailureCommand({
          taskToken: item.token,
          error: outcome.error,
          // 32,768 characters at most
          cause: outcome.cause.slice(0, 8_000),
        }),
      );
    }
  } catch (error) {
    if (!(error instanceof Error) || !NOBODY_WAITS.has(error.name)) throw error;
  }
}
