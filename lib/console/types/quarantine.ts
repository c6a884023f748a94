/** Bad rows: which runs have some, what they say, and what can be done with them. */

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

export interface BadRow {
  /** of the file; null where the source answers in rows */
  readonly key: string | null;
  readonly source?: string;
  readonly partition?: string;
  readonly row?: number;
  /** of a stream: where the record was */
  readonly shard?: string;
  readonly sequence?: string;
  readonly line: number | null;
  readonly column: string | null;
  readonly reason: string;
  readonly raw: string;
  /** only the beginning of it is kept */
  readonly rawTruncated?: boolean;
  /** columns of personal data, masked in `raw` */
  readonly redacted?: readonly string[];
  /** nothing of the row is kept */
  readonly withheld?: true;
  /** it stands for a whole file */
  readonly wholeFile?: true;
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
