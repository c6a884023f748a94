/** Values in the order of the columns, NULL as null; or why the record is a bad row, and its text where that is not all of what was read. */
export type Judged =
  | { readonly values: readonly (string | null)[] }
  | { readonly column: string | null; readonly reason: string; readonly place?: StreamPlace; readonly raw?: string };

/** Where a record of a stream was. */
export interface StreamPlace {
  readonly shard: string;
  readonly sequence: string;
}
