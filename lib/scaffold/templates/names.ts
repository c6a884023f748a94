/** What a template is told, and what it answers with. */
export interface TemplateNames {
  readonly pipeline: string;
  /** the model, and its table */
  readonly model: string;
  readonly source: string;
  /** of the databases */
  readonly schema: string;
  /** where `lib` is, seen from the new folder: `../../lib` */
  readonly lib: string;
}

/** File name → text. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** What `pipeline.ts` may import. */
export const BUILDERS = [
  'append',
  'bearer',
  'bigint',
  'boolean',
  'byCursor',
  'cron',
  'csv',
  'date',
  'decimal',
  'definePipeline',
  'double',
  'dynamoDb',
  'dynamoTable',
  'hours',
  'httpApi',
  'integer',
  'json',
  'key',
  'landedFiles',
  'merge',
  'minutes',
  'mysql',
  'perSecond',
  'postgresTable',
  'redshift',
  'replace',
  'rowCount',
  's3Arrival',
  'seconds',
  'sql',
  'streamOf',
  'streamRecords',
  'text',
  'timestamp',
] as const;
