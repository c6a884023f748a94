import { partitionExists } from './partition-input';
import type { GlueState, PartitionRecord, TableRecord } from './state';

/** An update may also give a partition other values, unless another one has them. */
export async function replacePartition(
  state: GlueState,
  table: TableRecord,
  before: PartitionRecord,
  after: PartitionRecord,
): Promise<void> {
  const isSame = JSON.stringify(before.values) === JSON.stringify(after.values);
  if (!isSame && state.findPartition(table, after.values)) throw partitionExists();
  await state.putPartition(after);
  if (!isSame) await state.deletePartition(before);
}
