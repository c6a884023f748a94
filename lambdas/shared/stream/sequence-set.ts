/** Which records of a shard a batch has decided on, exactly and in few bytes: numbers of 56 digits, of which only the distances are kept. */

/** What became of a record: it is in the staged file, or it was left out as a duplicate. */
export type Outcome = 'staged' | 'duplicate';

export interface Decided {
  readonly sequence: string;
  readonly outcome: Outcome;
}

/** As texts they are in the order of their numbers. */
const DIGITS = 64;

export const padded = (sequence: string): string => sequence.padStart(DIGITS, '0');

/** `decided` is in the order of sequence. */
export function packSequences(decided: readonly Decided[]): Uint8Array {
  const bytes: number[] = [];
  let before = 0n;
  for (const { sequence, outcome } of decided) {
    const number = BigInt(sequence);
    putVarint(bytes, ((number - before) << 1n) | (outcome === 'duplicate' ? 1n : 0n));
    before = number;
  }
  return Uint8Array.from(bytes);
}

export function unpackSequences(packed: Uint8Array): Decided[] {
  const decided: Decided[] = [];
  let before = 0n;
  for (let at = 0; at < packed.length; ) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = packed[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    before += value >> 1n;
    decided.push({ sequence: String(before), outcome: value & 1n ? 'duplicate' : 'staged' });
  }
  return decided;
}

function putVarint(bytes: number[], value: bigint): void {
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
}
