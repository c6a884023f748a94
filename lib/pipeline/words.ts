/** Names that a database, or Stepwell itself, keeps for itself. */

/** Reserved in DuckDB, PostgreSQL or Redshift: a table of this name could not be written without quotes. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between both case cast check collate column constraint create
  cross current_date current_time current_timestamp current_user default deferrable desc describe distinct do else end except false
  fetch for foreign from full grant group having in initially inner intersect into is join lambda lateral leading left like limit
  localtime localtimestamp natural not null offset on only or order outer pivot placing primary qualify references returning right
  select session_user show similar some summarize symmetric table then to top trailing true union unique unpivot user using variadic
  verbose when where window with anti asof at binary by collation concurrently freeze glob ilike isnull notnull overlaps pivot_longer
  pivot_wider positional semi tablesample unpack`.split(/\s+/),
);

/** Columns that PostgreSQL and Redshift have in every table. */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'ctid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
  'tableoid',
  'oid',
  'insertxid',
  'deletexid',
]);

/** Schemas that belong to the database, to Aurora's import, or to Stepwell. */
export const isReservedSchema = (schema: string): boolean =>
  /^(pg_|stepwell)/.test(schema) ||
  ['information_schema', 'aws_s3', 'aws_commons', 'aws_lambda', 'sys'].includes(schema);

/** The stack of the foundation is `Stepwell-Foundation`. */
export const RESERVED_PIPELINES: ReadonlySet<string> = new Set(['foundation']);
