/** Tables, as they are deployed, and what is in them. */

export type TableDatabase = 'redshift' | 'aurora' | 'lake' | 'dynamodb' | 'keyspaces';

export interface TableSummary {
  /** `redshift:shop.orders`: the only one so called */
  readonly id: string;
  readonly database: TableDatabase;
  readonly name: string;
  readonly pipeline: string;
  readonly model: string;
  readonly write: string;
  readonly keys: readonly string[];
  readonly lastLoad?: Load;
}

export interface Tables {
  readonly tables: readonly TableSummary[];
  /** counting rows costs nothing, so it needs no asking */
  readonly isCountFree: boolean;
}

export interface Load {
  readonly runId: string;
  /** ISO 8601: when its run ended */
  readonly at: string;
  readonly rows: number;
  /** file or interval */
  readonly content: string;
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable?: boolean;
  /** of every table, made by the load */
  readonly isBookkeeping?: true;
  readonly isPartition?: true;
}

export interface TableShown extends TableSummary {
  /** as the database has them; before the first load as they are declared */
  readonly columns: readonly TableColumn[];
  readonly exists: boolean;
  /** of the latest runs, the latest first */
  readonly loads: readonly Load[];
  /** whose function may write it as records come, without a run */
  readonly stream?: string;
}

export interface RowCount {
  /** absent: there is no table yet */
  readonly rows?: number;
  readonly note?: string;
}

export type Cell = string | number | boolean | null | CutCell;

export interface CutCell {
  readonly cut: string;
  /** characters of the whole */
  readonly length: number;
  /** parameters by which the whole is asked for; none: it cannot be */
  readonly whole: Readonly<Record<string, string>>;
}

export interface RowsShown {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
  /** which rows these are, in a sentence */
  readonly note?: string;
  /** of a part: number of its first row shown, and how many it has */
  readonly from?: number;
  readonly total?: number;
}

export interface Piece {
  readonly text: string;
  readonly from: number;
  readonly length: number;
  /** where the piece after it begins */
  readonly next?: number;
}

export interface Partition {
  /** in the order of the partition columns */
  readonly values: readonly string[];
  readonly location: string;
  readonly createdAt?: string;
}

export interface Partitions {
  readonly columns: readonly string[];
  /** those that were made last come first */
  readonly partitions: readonly Partition[];
}

export interface Part {
  readonly key: string;
  readonly bytes: number;
  readonly at: string;
}

export interface PartitionShown extends Partition {
  readonly parts: readonly Part[];
  readonly more: boolean;
}

export interface StagedPart extends Part {
  /** a source or a model */
  readonly dataset: string;
  /** absent: no step reads it */
  readonly rows?: number;
}

export interface StagedShown {
  readonly bucket: string;
  readonly parts: readonly StagedPart[];
  readonly more: boolean;
}
