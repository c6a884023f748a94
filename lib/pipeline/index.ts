/** Everything that a `pipeline.ts` imports. */

export { BadRow, checkpoint, PermanentError } from '../tasks/user-code';
export * from './checks';
export { bigint, boolean, type Column, date, decimal, double, integer, json, key, text, timestamp } from './columns';
export { definePipeline } from './define';
export { PipelineError, type Problem } from './errors';
export { type PySparkOptions, pyspark, type RowFunctionOptions, rowFunction, sql } from './models';
export {
  aggregate,
  append,
  dynamoTable,
  keyspaces,
  kinesis,
  lake,
  merge,
  postgres,
  redshift,
  replace,
  scd2,
} from './sinks';
export { csv, landedFiles, ndjson, quarantine } from './sources';
export { type CustomOptions, type CustomSource, custom } from './sources/custom';
export { type DatabaseOptions, mysql, postgresTable } from './sources/database';
export { type DynamoDbOptions, dynamoDb } from './sources/dynamodb';
export { type FixedWidthOptions, fixedWidth, jsonArray, parquet } from './sources/formats';
export {
  apiKey,
  basic,
  bearer,
  byCursor,
  byLink,
  byPage,
  type HttpApiOptions,
  type HttpPartition,
  httpApi,
  oauth2,
  perMinute,
  perSecond,
} from './sources/http';
export { published } from './sources/published';
export { type StreamRecordsOptions, streamRecords } from './sources/stream';
export { after, cron, fileCount, hours, marker, minutes, quiet, s3Arrival, seconds, streamOf } from './triggers';
export type * from './types';
export type * from './typescript';
