/** Columns whose values have one width. What drivers usually give goes straight in; anything else is judged as text. */

import { type PlainTime, plainDay, plainTime } from './calendar';
import { type BuilderOptions, FixedBuilder } from './column-builder';
import { isWrittenNumber } from './value-text';

const WORD = 2 ** 32;
/** Whole numbers of so many digits are exact in a double, whatever is done to them here. */
const MOST_EXACT_DIGITS = 15;
const MOST_SECONDS_IN_EXACT_MICROS = 9_000_000_000;

export class IntegerBuilder extends FixedBuilder {
  declare private values: Int32Array;

  constructor(options: BuilderOptions) {
    super(options, 4);
  }

  protected set(row: number, value: unknown): string | undefined {
    if (typeof value !== 'number' || (value | 0) !== value) return this.judge(row, value);
    this.values[row] = value;
    return undefined;
  }

  protected setJudged(row: number, text: string): void {
    this.values[row] = Number(text);
  }

  protected override use(memory: ArrayBuffer): void {
    super.use(memory);
    this.values = new Int32Array(memory);
  }
}

/** 64 bits as two words: a BigInt for each value would be an allocation for each value. */
abstract class LongBuilder extends FixedBuilder {
  declare private words: Int32Array;
  declare private longs: BigInt64Array;

  constructor(options: BuilderOptions) {
    super(options, 8);
  }

  /** `value` is a safe integer. */
  protected setExact(row: number, value: number): void {
    this.words[row * 2] = value | 0;
    this.words[row * 2 + 1] = Math.floor(value / WORD);
  }

  protected setLong(row: number, value: bigint): void {
    this.longs[row] = value;
  }

  protected override use(memory: ArrayBuffer): void {
    super.use(memory);
    this.words = new Int32Array(memory);
    this.longs = new BigInt64Array(memory);
  }
}

/** In 64 bits, whatever the digits are. */
const PLAIN_LONG = /^-?[1-9]\d{0,17}$/;

export class BigintBuilder extends LongBuilder {
  protected set(row: number, value: unknown): string | undefined {
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value)) return this.judge(row, value);
      this.setExact(row, value);
      return undefined;
    }
    const text = typeof value === 'string' ? value : isWrittenNumber(value) ? value.value : undefined;
    if (text !== undefined) {
      const exact = scaledInteger(text, 0);
      if (!Number.isNaN(exact)) this.setExact(row, exact);
      else if (PLAIN_LONG.test(text)) this.setLong(row, BigInt(text));
      else return this.judge(row, value);
      return undefined;
    }
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return this.judge(row, value);
    this.setLong(row, value);
    return undefined;
  }

  protected setJudged(row: number, text: string): void {
    this.setLong(row, BigInt(text));
  }
}

export class TimestampBuilder extends LongBuilder {
  private readonly time: PlainTime = { seconds: 0, micros: 0 };
  private readonly isUtc: boolean;

  constructor(options: BuilderOptions) {
    super(options);
    const { type } = options.column;
    this.isUtc = type.type === 'timestamp' && (type.timezone === undefined || type.timezone === 'UTC');
  }

  protected set(row: number, value: unknown): string | undefined {
    if (typeof value === 'string' && plainTime(value, this.isUtc, this.time)) {
      this.setTime(row, this.time);
      return undefined;
    }
    return this.judge(row, value);
  }

  /** `2026-01-31 12:00:00.5`, in UTC. */
  protected setJudged(row: number, text: string): void {
    plainTime(text, true, this.time);
    this.setTime(row, this.time);
  }

  private setTime(row: number, { seconds, micros }: PlainTime): void {
    if (Math.abs(seconds) < MOST_SECONDS_IN_EXACT_MICROS) this.setExact(row, seconds * 1e6 + micros);
    else this.setLong(row, BigInt(seconds) * 1_000_000n + BigInt(micros));
  }
}

export class DateBuilder extends FixedBuilder {
  declare private days: Int32Array;

  constructor(options: BuilderOptions) {
    super(options, 4);
  }

  protected set(row: number, value: unknown): string | undefined {
    const days = typeof value === 'string' && value.length === 10 ? plainDay(value) : Number.NaN;
    if (Number.isNaN(days)) return this.judge(row, value);
    this.days[row] = days;
    return undefined;
  }

  protected setJudged(row: number, text: string): void {
    this.days[row] = plainDay(text);
  }

  protected override use(memory: ArrayBuffer): void {
    super.use(memory);
    this.days = new Int32Array(memory);
  }
}

export class DoubleBuilder extends FixedBuilder {
  declare private values: Float64Array;

  constructor(options: BuilderOptions) {
    super(options, 8);
  }

  protected set(row: number, value: unknown): string | undefined {
    if (typeof value !== 'number' || !Number.isFinite(value)) return this.judge(row, value);
    this.values[row] = value;
    return undefined;
  }

  protected setJudged(row: number, text: string): void {
    this.values[row] = Number(text);
  }

  protected override use(memory: ArrayBuffer): void {
    super.use(memory);
    this.values = new Float64Array(memory);
  }
}

export class BooleanBuilder extends FixedBuilder {
  constructor(options: BuilderOptions) {
    super(options, 1 / 8);
  }

  protected set(row: number, value: unknown): string | undefined {
    if (typeof value === 'boolean') this.setBit(row, value);
    else if (value === 1 || value === 0) this.setBit(row, value === 1);
    else return this.judge(row, value);
    return undefined;
  }

  protected setJudged(row: number, text: string): void {
    this.setBit(row, text === 'true');
  }

  private setBit(row: number, value: boolean): void {
    const bit = 1 << (row & 7);
    if (value) this.current[row >> 3]! |= bit;
    else this.current[row >> 3]! &= ~bit;
  }
}

/** 128 bits, as Arrow has them; Parquet gets them as 32, 64 or 128 by the precision. */
export class DecimalBuilder extends FixedBuilder {
  declare private words: Int32Array;
  private readonly scale: number;
  private readonly factor: number;
  private readonly bound: number;

  constructor(options: BuilderOptions) {
    super(options, 16);
    const { precision, scale } = options.column.type as { precision: number; scale: number };
    this.scale = scale;
    this.factor = 10 ** scale;
    this.bound = Math.min(10 ** precision, 10 ** MOST_EXACT_DIGITS);
  }

  protected set(row: number, value: unknown): string | undefined {
    let unscaled = Number.NaN;
    if (typeof value === 'string') {
      unscaled = scaledInteger(value, this.scale);
    } else if (typeof value === 'number') {
      unscaled = Math.round(value * this.factor);
      // With at most 15 digits only one decimal lies so near to a double.
      if (unscaled / this.factor !== value) return this.judge(row, value);
    }
    if (!(Math.abs(unscaled) < this.bound)) return this.judge(row, value);
    this.setExact(row, unscaled);
    return undefined;
  }

  /** `-1.5` at scale 2 is -150. */
  protected setJudged(row: number, text: string): void {
    const [whole, fraction = ''] = text.split('.');
    let unscaled = BigInt(whole + fraction.padEnd(this.scale, '0'));
    for (let word = 0; word < 4; word++) {
      this.words[row * 4 + word] = Number(BigInt.asIntN(32, unscaled));
      unscaled >>= 32n;
    }
  }

  private setExact(row: number, unscaled: number): void {
    const at = row * 4;
    const sign = unscaled < 0 ? -1 : 0;
    this.words[at] = unscaled | 0;
    this.words[at + 1] = Math.floor(unscaled / WORD);
    this.words[at + 2] = sign;
    this.words[at + 3] = sign;
  }

  protected override use(memory: ArrayBuffer): void {
    super.use(memory);
    this.words = new Int32Array(memory);
  }
}

/** `-12.5` at scale 2 is -1250. NaN unless the text is plain (`-`, digits, a point) and short enough to be exact. */
export function scaledInteger(text: string, scale: number): number {
  const { length } = text;
  const isNegative = text.charCodeAt(0) === 45;
  let at = isNegative ? 1 : 0;
  if (length === at || length - at > MOST_EXACT_DIGITS + 1) return Number.NaN;
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (decimals >= 0 || digits === 0 || at === length - 1) return Number.NaN;
      decimals = 0;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
    digits++;
    if (decimals >= 0) decimals++;
  }
  const missing = scale - Math.max(decimals, 0);
  if (missing < 0 || digits + missing > MOST_EXACT_DIGITS) return Number.NaN;
  for (let n = 0; n < missing; n++) value *= 10;
  return isNegative ? -value : value;
}
