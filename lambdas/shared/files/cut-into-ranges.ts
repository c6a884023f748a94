import type { S3Client } from '@aws-sdk/client-s3';
import type { FileFormat, ObjectVersion } from '../../../lib/tasks/common';
import { readBytes } from '../objects';
import { type ByteRange, planRanges } from './plan-ranges';

/** Cuts an uncompressed object at record boundaries; one range or none means that it is read whole. */
export type CutIntoRanges = (
  object: ObjectVersion,
  format: FileFormat,
  rangeBytes: number,
) => Promise<readonly ByteRange[]>;

/** Reads the pinned version, so the ranges fit the bytes that the run will read. */
export function cutIntoRanges(s3: S3Client, { mostRanges }: { readonly mostRanges?: number } = {}): CutIntoRanges {
  return async (object, format, rangeBytes) => {
    if (format.kind === 'parquet' || format.kind === 'jsonArray') return [];
    const options = { rangeBytes, format, ...(mostRanges === undefined ? {} : { mostRanges }) };
    return planRanges((start, end) => readBytes(s3, object, start, end), object.size, options);
  };
}
