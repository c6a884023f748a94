/**
 * The CRC of a whole from the CRCs and lengths of its parts, as zlib's `crc32_combine` does it: appending n zero bytes to a message is
 * a linear map on its CRC, a matrix over GF(2), and the matrix of 2n zeros is the square of that of n.
 */

const CRCS = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

type Matrix = readonly bigint[];

export function combineCrc(name: keyof typeof CRCS, digests: readonly Buffer[], lengths: readonly number[]): Buffer {
  const { width, polynomial } = CRCS[name];
  // All parts but the last are usually of one length.
  const shifts = new Map<number, Matrix>();
  let crc = 0n;
  for (const [index, digest] of digests.entries()) {
    const length = lengths[index] ?? 0;
    let shift = shifts.get(length);
    if (!shift) {
      shift = shiftByBytes(length, width, polynomial);
      shifts.set(length, shift);
    }
    crc = multiply(shift, crc) ^ BigInt(`0x${digest.toString('hex') || '0'}`);
  }
  return Buffer.from(crc.toString(16).padStart(width / 4, '0'), 'hex');
}

function shiftByBytes(bytes: number, width: number, polynomial: bigint): Matrix {
  // One zero bit: shift right, and the bit that falls out brings the polynomial in.
  const oneBit: Matrix = Array.from({ length: width }, (_, bit) => (bit === 0 ? polynomial : 1n << BigInt(bit - 1)));
  let result: Matrix = Array.from({ length: width }, (_, bit) => 1n << BigInt(bit));
  let power = square(square(square(oneBit)));
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result.map((column) => multiply(power, column));
    power = square(power);
  }
  return result;
}

const square = (matrix: Matrix): Matrix => matrix.map((column) => multiply(matrix, column));

function multiply(matrix: Matrix, vector: bigint): bigint {
  let result = 0n;
  let rest = vector;
  for (let bit = 0; rest > 0n; bit++, rest >>= 1n) {
    if (rest & 1n) result ^= matrix[bit] as bigint;
  }
  return result;
}
