/** Puts files together to what one invocation reads, and cuts large ones into ranges that several read side by side. */
import type { FileFormat, FileSlice, ObjectVersion } from '../../../lib/tasks/common';
import { arrivalOf } from '../../shared/arrival-order';
import type { CutIntoRanges } from '../../shared/files/cut-into-ranges';

const MIB = 1024 * 1024;
/** As they lie in the bucket: compressed text is ten times as long. */
const BATCH_BYTES = 32 * MIB;
/** A file takes a request, which costs a hundredth of a second or some. */
const BATCH_FILES = 200;

export interface FoundFile {
  readonly object: ObjectVersion;
  readonly format: FileFormat;
}

export interface PartitionOptions {
  readonly rangeBytes: number;
  /** each file is a partition, so that one of them may fail alone */
  readonly oneByOne: boolean;
  readonly cut: CutIntoRanges;
  /** for tests */
  readonly batchFiles?: number;
  readonly batchBytes?: number;
}

/** Slices of each partition, in the order of arrival among those of one format; files of one partition are of one format. */
export async function makePartitions(files: readonly FoundFile[], options: PartitionOptions): Promise<FileSlice[][]> {
  const { rangeBytes, cut, oneByOne, batchBytes = BATCH_BYTES } = options;
  const batchFiles = oneByOne ? 1 : (options.batchFiles ?? BATCH_FILES);
  const partitions: FileSlice[][] = [];
  const open = new Map<string, { slices: FileSlice[]; bytes: number }>();
  for (const { object, format } of [...files].sort(byArrival)) {
    const ranges = object.size > rangeBytes ? await cut(object, format, rangeBytes) : [];
    if (ranges.length > 1) {
      for (const range of ranges) partitions.push([{ object, format, range: { ...range } }]);
      // What comes later must stand behind it.
      open.clear();
      continue;
    }
    const kind = JSON.stringify(format);
    let batch = open.get(kind);
    if (!batch || batch.slices.length >= batchFiles || batch.bytes + object.size > batchBytes) {
      batch = { slices: [], bytes: 0 };
      open.set(kind, batch);
      partitions.push(batch.slices);
    }
    batch.slices.push({ object, format });
    batch.bytes += object.size;
  }
  return partitions;
}

function byArrival({ object: one }: FoundFile, { object: other }: FoundFile): number {
  const [a, b] = [arrivalOf(one), arrivalOf(other)];
  if (a !== b) return a < b ? -1 : 1;
  return one.key < other.key ? -1 : 1;
}
