/** What tables are made of, across pipelines, and which runs and files have made them. */

export type LineageKind = 'source' | 'model' | 'table';

export interface LineageNode {
  /** `table:redshift:shop.orders`, `model:orders/order_lines` */
  readonly id: string;
  readonly kind: LineageKind;
  readonly name: string;
  readonly pipeline: string;
  /** of a source its kind, of a model its kind, of a table its database */
  readonly detail: string;
  /** of a table: as `/lineage/:table` has it */
  readonly table?: string;
}

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

export interface LineageShown {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

export interface LineageSource {
  readonly name: string;
  readonly pipeline: string;
  readonly kind: string;
  readonly reads: readonly string[];
}

export interface LineageModel {
  readonly name: string;
  readonly kind: 'sql' | 'rowFunction' | 'redshift' | 'spark';
  readonly inputs: readonly string[];
  readonly sql?: string;
  readonly file?: string;
}

export interface MakingRun {
  readonly pipeline: string;
  readonly runId: string;
  /** when it ended */
  readonly at: string;
  readonly rows: number;
  readonly content: string;
  /** with the version that it read */
  readonly files: readonly { readonly key: string; readonly versionId?: string }[];
  /** further ones, which are too many to list */
  readonly moreFiles: number;
}

export interface TableLineage {
  readonly id: string;
  readonly pipeline: string;
  readonly sources: readonly LineageSource[];
  /** in the order of their work */
  readonly models: readonly LineageModel[];
  /** other tables that it is made of, and that are made of it */
  readonly madeOf: readonly string[];
  readonly readBy: readonly string[];
  readonly runs: readonly MakingRun[];
  /** whose function may write it as records come, without a run */
  readonly stream?: string;
}
