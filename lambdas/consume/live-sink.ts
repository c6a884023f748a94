/** Sinks that get their rows record by record, within seconds of their arrival. */
import type { RowTexts } from '../shared/unfit';

export interface LiveRow {
  /** by column, in the one spelling that DuckDB has for the type; NULL is null */
  readonly row: RowTexts;
  /** of its record, in the shard */
  readonly sequence: string;
  /** milliseconds since 1970 */
  readonly receivedAt: number;
}

export interface FailedRow {
  readonly sequence: string;
  readonly reason: string;
}

export interface LiveSink {
  /**
   * Writes rows, of which it refuses none, in the order of their records, each as often as it is asked to, and what is there in the end is the same. What fails is told
   * row by row: it comes again.
   */
  write(rows: readonly LiveRow[]): Promise<{ readonly failed: readonly FailedRow[] }>;
}
