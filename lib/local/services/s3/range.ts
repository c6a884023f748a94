import { invalidArgument, invalidRange, S3Error } from './errors';

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Of a `Range` header. Undefined (the whole object) for what S3 ignores: no range, several ranges, or one that makes no sense. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const suffix = Number(last);
    if (suffix === 0 || size === 0) throw invalidRange(header as string, size);
    const length = Math.min(suffix, size);
    return { start: size - length, length };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw invalidRange(header as string, size);
  return { start, length: end - start + 1 };
}

/** Of `x-amz-copy-source-range`, which must be exact. */
export function parseCopyRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  if (!match) {
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      header,
    );
  }
  const start = Number(match[1]);
  const end = Number(match[2]);
  if (start > end || end >= size) {
    throw new S3Error('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, 400);
  }
  return { start, length: end - start + 1 };
}

/** The range of one part of an object that was uploaded in parts. */
export function partRange(parts: readonly number[] | undefined, partNumber: number, size: number): ByteRange {
  const sizes = parts ?? [size];
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > sizes.length) {
    throw new S3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416, {
      PartNumberRequested: partNumber,
    });
  }
  const start = sizes.slice(0, partNumber - 1).reduce((sum, length) => sum + length, 0);
  return { start, length: sizes[partNumber - 1] as number };
}
