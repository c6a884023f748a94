/** `java.util.Random`, which AWS has for both query languages: the first number after a seed. */
const MULTIPLIER = 0x5deece66dn;
const MASK = (1n << 48n) - 1n;

class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = (BigInt(Math.trunc(seed)) ^ MULTIPLIER) & MASK;
  }

  next(bits: bigint): bigint {
    this.#state = (this.#state * MULTIPLIER + 0xbn) & MASK;
    return this.#state >> (48n - bits);
  }
}

/** `nextDouble`: in [0, 1). */
export function firstDouble(seed: number): number {
  const random = new Random(seed);
  const high = random.next(26n);
  return Number((high << 27n) + random.next(27n)) / 2 ** 53;
}

/** `nextInt(bound)`: in [0, bound). */
export function firstInt(seed: number, bound: number): number {
  const random = new Random(seed);
  if ((bound & -bound) === bound) return Number((BigInt(bound) * random.next(31n)) >> 31n);
  for (;;) {
    const bits = Number(random.next(31n));
    const value = bits % bound;
    // Those past the last whole multiple of the bound would come too often.
    if (bits - value + (bound - 1) < 2 ** 31) return value;
  }
}
