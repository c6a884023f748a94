import type { BadRowLimits, OnDrift } from '../../tasks/common';
import type { CustomConfig } from '../../tasks/extract-rows';
import type { Cursor, Network, RowSource } from '../types';
import type { Columns, ExtractPartition } from '../typescript';
import { arePartitions, misfitsOf, optionsOf } from './options';

/** A source whose extractor is typed by it: `Extractor<typeof rates>`. */
export interface CustomSource<C extends Columns = Columns, Secret extends string = string> extends RowSource {
  readonly columns: C;
  readonly config: CustomConfig & { readonly secrets: readonly Secret[] };
}

export interface CustomOptions<C extends Columns = Columns, Secret extends string = string> {
  columns: C;
  /** names of secrets that the extractor may read: `rates-api` is `stepwell/rates-api` in Secrets Manager, a JSON object */
  secrets?: readonly Secret[];
  /** extracted side by side; default: what the file's export `plan` says, or all in one */
  partitions?: readonly ExtractPartition[];
  /** how many partitions are extracted at once, 1 to 40; default 10 */
  concurrency?: number;
  /** the column that says when a row last changed: the extractor gets the bounds of each run as `context.cursor` */
  cursor?: string | Cursor;
  /** this share of the partitions may fail, 0 to 1: the run is then partial. Default 0 */
  tolerate?: number;
  /** what happens when a row's members are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** memory of the extract function; default 1024 */
  memoryMb?: number;
  /** the VPC in which what it reads can be reached */
  network?: Network;
}

/**
 * Rows that your own TypeScript reads, from wherever it likes. The file exports an `Extractor` as its default; it is bundled, with the
 * packages that it imports, into a function of its own.
 *
 * @example
 * export const rates = custom('./rates.ts', {
 *   secrets: ['rates-api'],
 *   partitions: [{ id: 'EUR' }, { id: 'USD' }],
 *   columns: { currency: key.text(3), day: key.date(), rate: decimal(12, 6).notNull() },
 * });
 */
export function custom<const C extends Columns, const Secret extends string = never>(
  file: string,
  options: CustomOptions<C, Secret>,
): CustomSource<C, Secret> {
  // A misspelt option must reach validation: only what is missing is filled in.
  const { secrets, partitions, concurrency, cursor, ...rest } = optionsOf(options);
  const misfits = misfitsOf({ secrets, partitions }, FITS);
  return {
    kind: 'custom',
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    memoryMb: 1024,
    ...rest,
    ...(cursor === undefined ? {} : { cursor: typeof cursor === 'string' ? { column: cursor } : cursor }),
    ...(partitions === undefined || 'partitions' in misfits
      ? {}
      : { partitions: partitions.map(({ id, ...values }) => ({ id, values })) }),
    ...misfits,
    config: {
      kind: 'custom',
      file,
      secrets: 'secrets' in misfits ? [] : [...(secrets ?? [])],
      concurrency: concurrency ?? 10,
    },
  } as CustomSource<C, Secret>;
}

/** What becomes something else above. */
const FITS = { secrets: Array.isArray, partitions: arePartitions };

/** For "did you mean". */
export const CUSTOM_OPTIONS = [
  'columns',
  'secrets',
  'partitions',
  'concurrency',
  'cursor',
  'tolerate',
  'onDrift',
  'onBadRow',
  'memoryMb',
  'network',
];
