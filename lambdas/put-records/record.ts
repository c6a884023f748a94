/** A row as a record: JSON of its columns behind the header of its schema's version, and the key that decides on its shard. */
import type { ColumnType, KinesisSink, OutputColumn } from '../../lib/tasks/common';
import { MOST_KEY_CHARACTERS, MOST_RECORD_BYTES, type StreamRecord, sizeOf } from '../shared/stream/send';
import { encode } from '../shared/stream/wire';
import { type RowTexts, Unfit } from '../shared/unfit';

/** @throws {Unfit} for what no stream takes */
export function recordOf(
  row: RowTexts,
  columns: readonly OutputColumn[],
  { partitionBy }: Pick<KinesisSink, 'partitionBy'>,
  versionId?: string,
): StreamRecord {
  const PartitionKey = row[partitionBy];
  if (PartitionKey === null || PartitionKey === undefined || PartitionKey === '')
    throw new Unfit(partitionBy, 'is empty, and a record needs a partition key');
  if ([...PartitionKey].length > MOST_KEY_CHARACTERS)
    throw new Unfit(partitionBy, `is a partition key of more than ${MOST_KEY_CHARACTERS} characters`);
  const Data = encode(jsonOf(row, columns), { versionId });
  const bytes = sizeOf({ Data, PartitionKey });
  if (bytes > MOST_RECORD_BYTES)
    throw new Unfit(undefined, `is a record of ${bytes} bytes, and a stream takes ${MOST_RECORD_BYTES} at most`);
  return { Data, PartitionKey };
}

const jsonOf = (row: RowTexts, columns: readonly OutputColumn[]): string =>
  `{${columns.map(({ name, type }) => `${JSON.stringify(name)}:${jsonValue(row[name] ?? null, type)}`).join(',')}}`;

/** Numbers with all their digits, documents as they are, times as ISO 8601 in UTC. */
function jsonValue(text: string | null, { type }: ColumnType): string {
  if (text === null) return 'null';
  switch (type) {
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'boolean':
    case 'json':
      return text;
    case 'double':
      // JSON has no infinity.
      return Number.isFinite(Number(text)) ? text : 'null';
    default:
      return JSON.stringify(text);
  }
}
