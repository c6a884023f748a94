/** A Redshift statement in the ledger: stored before it is submitted, so that no attempt ever submits it twice. */
import { hash, statementPrefix } from './names';

/** Who runs a pipeline's statements. */
export interface StatementOwner {
  /** Redshift's Data API shows a statement to the IAM role that ran it, and to no other */
  readonly roleArn: string;
  /** login of the pipeline's database user */
  readonly secretArn: string;
}

export interface StatementItem {
  /** `stepwell/<pipeline>/<hash>`: what is to be done, whichever attempt does it */
  readonly key: string;
  readonly pipeline: string;
  /** of this submission: the sweeper has to ask as the same */
  readonly owner: StatementOwner;
  /** counts real submissions: one more only after the one before has failed, was cancelled or is unknown to Redshift */
  readonly submission: number;
  /** SUBMITTING: Redshift may or may not know it, and its id is not saved (yet) */
  readonly status: 'SUBMITTING' | 'SUBMITTED' | 'FINISHED' | 'FAILED';
  readonly statementId?: string;
  /** of the task that waits now */
  readonly token: string;
  readonly kind: 'load' | 'publish';
  /** for messages: what the statement does to which table */
  readonly label: string;
  /** what a division by zero in it means; absent: that staged rows and manifests disagree */
  readonly refusal?: string | undefined;
  /** what the task returns; a publish adds what the load ledger says */
  readonly output: Readonly<Record<string, unknown>>;
  /** what the SQL was built from besides the task's input; kept, as the same client token needs the same SQL */
  readonly context?: unknown;
  /** ISO 8601 */
  readonly submittedAt: string;
  /** index `open`, for the sweeper: a statement that has not ended, or the staging table that a load has left */
  readonly openPk?: 'statement' | 'staged';
  readonly dueAt?: string;
  /** seconds since 1970: DynamoDB deletes the item then */
  readonly expiresAt?: number;
}

/** What makes one statement the same as another: pipeline, task, sink, load, execution, and what was staged. */
export function statementKey(pipeline: string, ...identity: readonly (string | number)[]): string {
  return `${statementPrefix(pipeline)}${hash(JSON.stringify(identity), 24)}`;
}

export function statementName({ key, submission }: Pick<StatementItem, 'key' | 'submission'>): string {
  return `${key}.${submission}`;
}

export function parseStatementName(name: string): { key: string; submission: number } | undefined {
  const match = /^(stepwell\/.+)\.([1-9][0-9]*)$/.exec(name);
  return match ? { key: match[1]!, submission: Number(match[2]) } : undefined;
}

/** Redshift answers a second request with this token, within 8 hours, with the first one's statement. 64 characters at most. */
export function clientToken(item: Pick<StatementItem, 'key' | 'submission'>): string {
  return hash(statementName(item), 64);
}
