/** What the page is told whatever it shows: whom the console speaks to, and what is wrong. */

export interface About {
  readonly kind: 'local' | 'account';
  /** `local cloud at http://127.0.0.1:4510`, or the account with its region */
  readonly where: string;
  readonly region: string;
  readonly environment?: string;
  readonly readOnly: boolean;
  /** names, sorted */
  readonly pipelines: readonly string[];
  readonly version: string;
}

export type ProblemCode =
  /** what was asked makes no sense */
  | 'bad-request'
  /** no cookie of this console, or of an earlier start of it */
  | 'signed-out'
  /** another page asks */
  | 'foreign'
  | 'read-only'
  | 'not-found'
  /** a sentence says why: nothing was done */
  | 'refused'
  /** the local cloud does not answer */
  | 'cloud-down'
  /** the console itself does not answer: said by the page */
  | 'console-down'
  /** AWS does not answer */
  | 'unreachable'
  /** missing, wrong or expired */
  | 'credentials'
  /** the credentials lack the right */
  | 'denied'
  | 'throttled'
  /** of ours */
  | 'fault';

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly remedy?: string;
  /** of a live topic: when it is tried again */
  readonly againInMs?: number;
}

/** What an act would do, or why it cannot be. */
export interface ActPlan {
  readonly sentences: readonly string[];
  readonly refusal?: string;
}
