/** Bad rows: which runs have some, what they say, and what can be done with them. */
import type { RejectedRow } from '../../tasks/common';

export type QuarantineState =
  | { readonly state: 'open' }
  | { readonly state: 'replayed'; readonly by: string }
  | { readonly state: 'discarded'; readonly by: string; readonly at: string; readonly reason?: string };

export interface QuarantinedRun {
  readonly pipeline: string;
  readonly runId: string;
  /** of the run */
  readonly status: string;
  readonly startedAt: string;
  /** file or interval */
  readonly content: string;
  readonly rejected: number;
  readonly of: QuarantineState;
}

export interface QuarantineShown {
  /** the latest first */
  readonly runs: readonly QuarantinedRun[];
  /** of each pipeline so many runs were looked at */
  readonly lookedAt: number;
}

export interface BadRow extends Omit<RejectedRow, 'bucket' | 'versionId' | 'offset'> {
  /** characters of all that is kept of the row, where `raw` is cut */
  readonly whole?: number;
}

export interface BadRows {
  readonly run: QuarantinedRun;
  readonly rows: readonly BadRow[];
  /** number of the first one, from 0 */
  readonly from: number;
  readonly more: boolean;
  readonly discarded: readonly {
    readonly source?: string;
    readonly rows: number;
    readonly at: string;
    readonly by: string;
    readonly reason?: string;
  }[];
}
