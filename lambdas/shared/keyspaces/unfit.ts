/** What a table of Keyspaces would refuse of a row, told without its driver. */
import type { ColumnType, KeyspacesSink, OutputColumn } from '../../../lib/tasks/common';
import { MOST_CLUSTERING_KEY_BYTES, MOST_PARTITION_KEY_BYTES, MOST_ROW_BYTES } from '../../../lib/tasks/keyspaces';
import { type RowTexts, Unfit } from '../unfit';

export const keysOf = ({ key }: Pick<KeyspacesSink, 'key'>): readonly string[] => [
  ...key.partitionKey,
  ...key.clusteringKey,
];

/** Whether the row only tells of a deletion. */
export const tellsDeletion = (row: RowTexts, { write }: Pick<KeyspacesSink, 'write'>): boolean =>
  write.mode === 'merge' && write.deletedBy !== undefined && row[write.deletedBy] === 'true';

/** @throws {Unfit} */
export function refuseUnfit(row: RowTexts, sink: KeyspacesSink): void {
  const keys = keysOf(sink);
  let bytes = BASE_BYTES;
  for (const { name, type } of tellsDeletion(row, sink)
    ? sink.columns.filter((one) => keys.includes(one.name))
    : sink.columns) {
    const text = row[name] ?? null;
    if (text === null) {
      if (keys.includes(name)) throw new Unfit(name, 'is NULL, and a row has a key');
      continue;
    }
    refuseTime(text, type, name);
    bytes += bytesOf(text, type) + COLUMN_BYTES;
  }
  refuseKey(row, sink.key.partitionKey, sink.columns, MOST_PARTITION_KEY_BYTES);
  refuseKey(row, sink.key.clusteringKey, sink.columns, MOST_CLUSTERING_KEY_BYTES);
  if (bytes > MOST_ROW_BYTES)
    throw new Unfit(undefined, `is a row of ${bytes} bytes, and Amazon Keyspaces takes ${MOST_ROW_BYTES} at most`);
}

/** What Keyspaces counts of a row beside its values, with that of the columns that Stepwell adds: no less. */
const BASE_BYTES = 100 + 320;
const COLUMN_BYTES = 9;

function refuseKey(row: RowTexts, names: readonly string[], columns: readonly OutputColumn[], most: number): void {
  let bytes = 0;
  for (const name of names) {
    const text = row[name]!;
    // A key of several columns may have an empty one, one of a single column not: for all the same.
    if (text === '') throw new Unfit(name, 'is an empty text, which cannot be a key');
    bytes += bytesOf(text, columns.find((column) => column.name === name)!.type);
  }
  if (bytes > most)
    throw new Unfit(names.join(', '), `is a key of ${bytes} bytes, and Amazon Keyspaces takes ${most} at most`);
}

const BYTES: Readonly<Partial<Record<ColumnType['type'], number>>> = {
  bigint: 8,
  integer: 4,
  double: 8,
  boolean: 1,
  date: 4,
  timestamp: 8,
};
const bytesOf = (text: string, { type }: ColumnType): number => BYTES[type] ?? Buffer.byteLength(text);

/** Times are in UTC, as `2026-01-05T14:00:00.123456Z` or to the millisecond. @throws {Unfit} */
function refuseTime(text: string, { type }: ColumnType, name: string): void {
  if (type === 'date' && !/^\d{4}-\d\d-\d\d$/.test(text))
    throw new Unfit(name, `is ${text}, and dates are of the years 0 to 9999`);
  if (type === 'timestamp' && (!/^\d{4}-/.test(text) || Number.isNaN(Date.parse(text))))
    throw new Unfit(name, `is ${text}, and times are of the years 0 to 9999`);
}
