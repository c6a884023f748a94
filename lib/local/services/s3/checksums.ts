/** The checksums that S3 knows, over a stream, over the parts of an upload, and as the members of requests and answers. */
import { createHash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { combineCrc } from './crc-combine';
import { badDigest, S3Error } from './errors';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, type Checksums, type ChecksumType } from './types';

export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}

export function hasher(algorithm: ChecksumAlgorithm | 'MD5'): Hasher {
  switch (algorithm) {
    case 'CRC32':
      return new Crc32();
    case 'CRC32C':
      return new Crc32c();
    case 'CRC64NVME':
      return new Crc64Nvme();
    default: {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest() };
    }
  }
}

export const isChecksumAlgorithm = (name: string): name is ChecksumAlgorithm =>
  (CHECKSUM_ALGORITHMS as readonly string[]).includes(name);

/** Of a request's `ChecksumAlgorithm`. Throws for one that the local S3 lacks, rather than leaving bytes unverified. */
export function checksumAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined || isChecksumAlgorithm(name)) return name;
  throw new S3Error(
    'InvalidRequest',
    `The local S3 computes ${CHECKSUM_ALGORITHMS.join(', ')}, not the checksum ${name}.`,
    400,
  );
}

/** The checksums that a request states, from its members `ChecksumCRC32`, … */
export function statedChecksums(input: object): Checksums {
  const members = input as Readonly<Record<string, unknown>>;
  const stated: Checksums = {};
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = members[`Checksum${algorithm}`];
    if (typeof value !== 'string') continue;
    assertDigest(algorithm, value);
    stated[algorithm] = value;
  }
  return stated;
}

const DIGEST_BYTES = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32, SHA512: 64 } as const;

/** Base64 of as many bytes as the algorithm gives; that of an upload may tell how many parts it is made of. */
function assertDigest(algorithm: ChecksumAlgorithm, value: string): void {
  const digest = value.replace(/-\d+$/, '');
  const bytes = Buffer.from(digest, 'base64');
  if (bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === digest) return;
  const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
  throw new S3Error('InvalidRequest', `Value for ${header} header is invalid.`, 400);
}

/** The same from the trailers of a streamed body. */
export function trailedChecksums(trailers: Readonly<Record<string, string>>): Checksums {
  const stated: Checksums = {};
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = trailers[`x-amz-checksum-${algorithm.toLowerCase()}`];
    if (value !== undefined) stated[algorithm] = value;
  }
  return stated;
}

/** Members of an answer. */
export function checksumMembers(checksums: Checksums, type?: ChecksumType): Record<string, string> {
  const entries = Object.entries(checksums).map(([algorithm, value]) => [`Checksum${algorithm}`, value]);
  if (type && entries.length > 0) entries.push(['ChecksumType', type]);
  return Object.fromEntries(entries);
}

export function verifyChecksums(stated: Checksums, calculated: Checksums): void {
  for (const [algorithm, value] of Object.entries(stated)) {
    const own = calculated[algorithm as ChecksumAlgorithm];
    if (own !== value) throw badDigest(algorithm, value, own ?? '');
  }
}

/** Of an upload in parts. Throws InvalidRequest where the algorithm has none of that type. */
export function checksumTypeOf(algorithm: ChecksumAlgorithm, asked: ChecksumType | undefined): ChecksumType {
  const canBeWhole = algorithm.startsWith('CRC');
  const canBeComposed = algorithm !== 'CRC64NVME';
  if ((asked === 'FULL_OBJECT' && !canBeWhole) || (asked === 'COMPOSITE' && !canBeComposed)) {
    throw new S3Error(
      'InvalidRequest',
      `The ${asked} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
      400,
    );
  }
  return asked ?? (canBeComposed ? 'COMPOSITE' : 'FULL_OBJECT');
}

/** The checksum of an object from those of its parts. */
export async function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly checksum: string; readonly size: number }[],
): Promise<string> {
  const digests = parts.map((part) => Buffer.from(part.checksum, 'base64'));
  if (type === 'FULL_OBJECT') {
    const sizes = parts.map((part) => part.size);
    return combineCrc(algorithm as 'CRC32' | 'CRC32C' | 'CRC64NVME', digests, sizes).toString('base64');
  }
  const hash = hasher(algorithm);
  for (const digest of digests) hash.update(digest);
  return `${Buffer.from(await hash.digest()).toString('base64')}-${parts.length}`;
}
