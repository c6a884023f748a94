import type { BadRowLimits, OnDrift } from '../../tasks/common';
import type { Column } from '../columns';
import type { RowSource } from '../types';
import type { HttpMistake as Mistake } from './http-mistakes';
import { optionsOf } from './options';

export interface DynamoDbOptions {
  /** in the pipeline's own account and region */
  table: string;
  /** nested attributes are named by their path: `text().from('dimensions.unit')` */
  columns: Readonly<Record<string, Column>>;
  /** of the parallel scan, each a partition; default 4 */
  segments?: number;
  /** default true: what was written before the scan is in it. False costs half */
  consistentRead?: boolean;
  /** what happens when an item's attributes are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** memory of the extract function; default 1024 */
  memoryMb?: number;
}

/** Every item of a DynamoDB table, by a parallel scan. Sets, lists and maps go into `json()` columns. */
export function dynamoDb(options: DynamoDbOptions): RowSource {
  // A misspelt option must reach validation: only what is missing is filled in.
  const { table, segments, consistentRead, ...rest } = optionsOf(options);
  return {
    kind: 'dynamoDb',
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    memoryMb: 1024,
    ...rest,
    config: { kind: 'dynamoDb', table, segments: segments ?? 4, consistentRead: consistentRead ?? true },
  };
}

/** For "did you mean". */
export const DYNAMODB_OPTIONS = ['table', 'columns', 'segments', 'consistentRead', 'onDrift', 'onBadRow', 'memoryMb'];

const MOST_SEGMENTS = 1000;

export function dynamoDbMistakes({ config, cursor, partitions }: RowSource): Mistake[] {
  if (config.kind !== 'dynamoDb') return [];
  const mistakes: Mistake[] = [];
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(config.table)) {
    const rule = 'a table has 3 to 255 letters, digits, _, - and .';
    mistakes.push({ path: ['config', 'table'], rule, remedy: "Use e.g. table: 'products'." });
  }
  if (!(Number.isInteger(config.segments) && config.segments >= 1 && config.segments <= MOST_SEGMENTS)) {
    const rule = `a scan has 1 to ${MOST_SEGMENTS} segments`;
    mistakes.push({ path: ['config', 'segments'], rule, remedy: 'Use e.g. segments: 4.' });
  }
  if (cursor !== undefined) {
    const rule = 'a scan reads the whole table';
    mistakes.push({ path: ['cursor'], rule, remedy: 'Leave it out; merge or replace in the sink.' });
  }
  if (partitions !== undefined) {
    mistakes.push({ path: ['partitions'], rule: 'its partitions are its segments', remedy: 'Use segments.' });
  }
  return mistakes;
}
