/** Keys in S3's order: that of their UTF-8 bytes. */

/** JavaScript compares UTF-16 units, which puts an emoji (surrogates, D800…) before U+E000…U+FFFF; UTF-8 puts it after. */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

export class SortedKeys {
  readonly #keys: string[] = [];

  get length(): number {
    return this.#keys.length;
  }

  at(index: number): string | undefined {
    return this.#keys[index];
  }

  add(key: string): void {
    const index = this.atOrAfter(key);
    if (this.#keys[index] !== key) this.#keys.splice(index, 0, key);
  }

  delete(key: string): void {
    const index = this.atOrAfter(key);
    if (this.#keys[index] === key) this.#keys.splice(index, 1);
  }

  /** The index of the first key that is not before `key`. */
  atOrAfter(key: string): number {
    return this.#search((candidate) => compareKeys(candidate, key) >= 0);
  }

  after(key: string): number {
    return this.#search((candidate) => compareKeys(candidate, key) > 0);
  }

  /** The index of the first key beyond all those that begin with `prefix`. */
  beyond(prefix: string): number {
    return this.#search((candidate) => compareKeys(candidate, prefix) > 0 && !candidate.startsWith(prefix));
  }

  #search(isAtOrBeyond: (key: string) => boolean): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAtOrBeyond(this.#keys[middle] as string)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
