import type { BadRowLimits, OnDrift } from '../../tasks/common';
import { SOURCES } from '../signatures';
import type { Duration, Published, StreamRecords } from '../types';
import type { Columns } from '../typescript';
import { checked } from '../wrong-call';

export interface StreamRecordsOptions<C extends Columns = Columns> {
  /** read from the members of a record, `login.uuid` from nested ones; _shard, _sequence and _received are those of Kinesis */
  columns: C;
  /** of records with the same value in these columns the first counts, for so long */
  dedupe?: { by: string | readonly string[]; within: Duration };
  /** a record is refused whose time in this column lies more than this before it was received */
  late?: { by: string; allow: Duration };
  /** a timestamp: when the producer got it; default: when Kinesis did */
  receivedAt?: string;
  /** where all records are kept that ever came: what a postgres sink of another pipeline publishes */
  rebuildFrom?: Published;
  /**
   * What happens when a record's members are not the contract's; default: new ones are left out, missing ones are NULL (an older producer
   * does not send a new column), one that has another type makes it a bad record.
   */
  onDrift?: OnDrift;
  /** of a run; default: quarantine({ maxRate: 1 }), as bad records must not keep the good ones of a stream from its tables */
  onBadRow?: BadRowLimits;
  /** memory of the extract function of runs; default 2048 */
  memoryMb?: number;
}

/**
 * The records of the stream in `streamOf`: JSON objects, read by the contract in `columns`. Bad ones go to quarantine with shard and
 * sequence number.
 *
 * @example
 * trigger: streamOf('users'),
 * sources: {
 *   records: streamRecords({
 *     columns: { user_id: key.text(36).from('login.uuid'), received_at: timestamp().notNull() },
 *     dedupe: { by: 'user_id', within: minutes(10) },
 *     receivedAt: 'received_at',
 *   }),
 * },
 */
export const streamRecords = checked(
  SOURCES.streamRecords,
  <const C extends Columns>(options: StreamRecordsOptions<C>): StreamRecords & { readonly columns: C } => ({
    kind: 'streamRecords',
    onDrift: { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' },
    onBadRow: { maxRate: 1 },
    memoryMb: 2048,
    ...options,
  }),
);

/** For "did you mean". */
export const STREAM_RECORDS_OPTIONS = [
  'columns',
  'dedupe',
  'late',
  'receivedAt',
  'rebuildFrom',
  'onDrift',
  'onBadRow',
  'memoryMb',
];
