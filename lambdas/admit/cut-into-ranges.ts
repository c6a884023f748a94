import type { S3Client } from '@aws-sdk/client-s3';
import { readBytes } from '../shared/objects';
import type { CutIntoRanges } from './plan-partitions';
import { planRanges } from './plan-ranges';

/** Reads the pinned version, so the ranges fit the bytes that the run will read. */
export function cutIntoRanges(s3: S3Client): CutIntoRanges {
  return async (object, format, rangeBytes) => {
    if (format.kind !== 'csv') return [];
    return planRanges((start, end) => readBytes(s3, object, start, end), object.size, { rangeBytes, format });
  };
}
