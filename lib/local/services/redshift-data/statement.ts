/** What is kept of a statement, as data: written to the journal at each step, read by every operation. */

export type Status = 'SUBMITTED' | 'PICKED' | 'STARTED' | 'FINISHED' | 'FAILED' | 'ABORTED';

export const ENDED: readonly Status[] = ['FINISHED', 'FAILED', 'ABORTED'];

export const hasEnded = ({ status }: { readonly status: Status }) => ENDED.includes(status);

export interface Column {
  readonly name: string;
  readonly typeName: string;
  readonly kind: 'boolean' | 'long' | 'double' | 'string' | 'super';
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly nullable: number;
  readonly schemaName: string;
  readonly tableName: string;
}

/** One SQL statement: a part of a batch, or the only one. */
export interface Part {
  readonly id: string;
  readonly sql: string;
  status: Status;
  readonly createdAt: number;
  updatedAt: number;
  /** nanoseconds, -1 until it has run */
  duration: number;
  error?: string;
  /** rows of the result, or rows changed; -1 where neither is */
  rows: number;
  size: number;
  queryId: number;
  columns?: readonly Column[];
}

export interface Statement {
  readonly id: string;
  readonly batch: boolean;
  readonly name?: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly workgroup: string;
  readonly workgroupArn: string;
  readonly database: string;
  /** Redshift's name of the user */
  readonly user: string;
  readonly secretArn?: string;
  /** ARN of the caller */
  readonly principal: string;
  readonly withEvent: boolean;
  readonly resultFormat?: 'JSON' | 'CSV';
  /** each part is committed by itself */
  readonly autoCommit?: boolean;
  readonly sessionId?: string;
  readonly clientToken?: string;
  readonly createdAt: number;
  updatedAt: number;
  status: Status;
  error?: string;
  duration: number;
  pid: number;
  readonly parts: readonly Part[];
  /** the transaction's id once all has run and only the commit is left: after a crash it tells how that ended */
  transaction?: string;
  /** its event has yet to be sent */
  eventDue: boolean;
}

/** AWS keeps statements and results for a day. */
export const RETENTION_MS = 24 * 3_600_000;
