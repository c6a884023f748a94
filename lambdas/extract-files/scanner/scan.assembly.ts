// @ts-nocheck AssemblyScript: looks like TypeScript, compiles to WebAssembly (`node lambdas/extract-files/scanner/build.mjs`)
// biome-ignore-all lint: its integer types need == and casts
/**
 * Reads good CSV records into columns, and stops at the first record that needs a closer look. It decides nothing: a record is
 * "good" here only if every field is in its type's plainest spelling and inside its limits. Everything else (rejects, other
 * spellings, odd line ends) goes to the careful reader in TypeScript, which is the reference: a property test holds the two
 * against each other. DuckDB's own reader would take 1.5 as the integer 2, 0x10 as 16 and drop the offset of a timestamp; and it
 * takes three times as long as this and reading these columns back. In plain JavaScript this loop took 3.3 ns a byte.
 *
 * Memory: the table of columns at COLUMNS, 64 bytes each, as `columns.ts` lays it out. The text for NULL at NULL_TEXT. Data
 * anywhere after; 64 bytes behind its end, and behind the end of each column's values, may be read and written.
 */
const NULL_TEXT: usize = 16;
const COLUMNS: usize = 1024;

/** members of a column in the table */
const KIND: usize = 0;
const LIMIT: usize = 4;
const SCALE: usize = 8;
const NULLABLE: usize = 12;
const VALUES: usize = 16;
const CAPACITY: usize = 20;
/** rows that are NULL; a column has as many values as rows that are not */
const NULLS: usize = 24;
/** bytes of texts, each with four bytes for its length */
const USED: usize = 28;
/** a bit for each row: 0 for NULL. All are 1 beforehand, since most rows are not */
const VALIDITY: usize = 32;
const USED_BEFORE: usize = 36;

const TEXT: u32 = 0;
const INT32: u32 = 1;
const INT64: u32 = 2;
const DECIMAL32: u32 = 3;
const DECIMAL64: u32 = 4;
const DOUBLE: u32 = 5;
const BOOLEAN: u32 = 6;
const DATE: u32 = 7;
const TIMESTAMP: u32 = 8;
const IGNORED: u32 = 10;

const LF: u32 = 10;
const CR: u32 = 13;

export let delimiter: u32 = 44;
export let quote: u32 = 34;
export let columns: i32 = 0;
export let nullLength: i32 = 0;
/** line ends are CR LF: records with a bare LF go to the careful reader, as CR LF does otherwise */
export let crlf: i32 = 0;
/** rows in the columns now, and how many they take */
export let row: i32 = 0;
export let mostRows: i32 = 0;
/** number of the last record in the partition; where the numbers go, or 0 */
export let ordinal: i64 = 0;
export let ordinals: usize = 0;

/** results of the last call */
export let lines: i32 = 0;
/** 0: the data ends, maybe inside a record; 1: the record at the returned position needs the careful reader; 2: columns are full */
export let status: i32 = 0;

const POWERS = memory.data<i64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
  10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
]);

function power(n: i32): i64 {
  return load<i64>(POWERS + ((<usize>n) << 3));
}
function at(i: usize): u32 {
  return load<u8>(i);
}
function isDigit(x: u32): bool {
  return x - 48 < 10;
}
function notDigits2(i: usize): bool {
  return at(i) - 48 > 9 || at(i + 1) - 48 > 9;
}
function two(i: usize): u32 {
  return (at(i) - 48) * 10 + at(i + 1) - 48;
}

/** The null text must go to the careful reader, which writes NULL in its place. */
function isNullText(start: usize, length: i32): bool {
  if (length != nullLength) return false;
  for (let k = 0; k < length; k++) if (at(start + k) != at(NULL_TEXT + k)) return false;
  return true;
}

function markNull(column: usize): void {
  const byte = load<u32>(column, VALIDITY) + (row >> 3);
  const bit: u32 = 1 << (<u32>row & 7);
  store<u8>(byte, <u8>(<u32>load<u8>(byte) & ~bit));
  store<i32>(column, load<i32>(column, NULLS) + 1, NULLS);
}

/** Takes back the fields of a record that turned out not to be plain. */
function takeBack(upTo: i32): void {
  for (let c = 0; c < upTo; c++) {
    const column = COLUMNS + ((<usize>c) << 6);
    const byte = load<u32>(column, VALIDITY) + (row >> 3);
    const bit: u32 = 1 << (<u32>row & 7);
    if ((<u32>load<u8>(byte) & bit) == 0) {
      store<u8>(byte, <u8>(<u32>load<u8>(byte) | bit));
      store<i32>(column, load<i32>(column, NULLS) - 1, NULLS);
    } else if (load<u32>(column) == TEXT) store<u32>(column, load<u32>(column, USED_BEFORE), USED);
  }
}

/** Days since 1970, by Howard Hinnant's algorithm; for years from 1000. */
function days(year: u32, month: u32, day: u32): i32 {
  const y = month <= 2 ? year - 1 : year;
  const era = y / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + (yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear) - 719468;
}

/** Months met lately: the eight bytes YYYY-MM-, days since 1970 before its first day, its days. Most files are of a few months. */
const MONTHS = memory.data(16 * 32, 8);
const NOT_A_DAY: i32 = i32.MIN_VALUE;

/** Days since 1970 of the date YYYY-MM-DD at `i`, or NOT_A_DAY; the 29th of February is for the careful reader. */
function dayAt(i: usize): i32 {
  const key = load<u64>(i);
  const slot = MONTHS + ((<usize>(((key >> 48) ^ ((key >> 40) * 3) ^ (key >> 24)) & 31)) << 4);
  const tens = at(i + 8) - 48;
  const ones = at(i + 9) - 48;
  const day = <i32>(tens * 10 + ones);
  if (tens > 3 || ones > 9 || day == 0) return NOT_A_DAY;
  if (load<u64>(slot) != key) {
    const month = two(i + 5);
    const isMonth =
      at(i + 4) == 45 &&
      at(i + 7) == 45 &&
      at(i) - 49 < 9 &&
      isDigit(at(i + 1)) &&
      !notDigits2(i + 2) &&
      !notDigits2(i + 5) &&
      month - 1 < 12;
    if (!isMonth) return NOT_A_DAY;
    store<u64>(slot, key);
    store<i32>(slot, days(two(i) * 100 + two(i + 2), month, 1) - 1, 8);
    // 0x15aa: the months of 31 days
    store<i32>(slot, month == 2 ? 28 : 30 + ((0x15aa >> month) & 1), 12);
  }
  return day <= load<i32>(slot, 12) ? load<i32>(slot, 8) + day : NOT_A_DAY;
}

/** Scans [from, end); returns where it stopped: the start of a record. */
export function scan(from: usize, end: usize): usize {
  const D = delimiter;
  const Q = quote;
  const lineEnd = crlf ? CR : LF;
  const last = columns - 1;
  const vQuote = i8x16.splat(<i8>Q);
  const vDelimiter = i8x16.splat(<i8>D);
  const vLf = i8x16.splat(10);
  const vCr = i8x16.splat(13);
  lines = 0;
  status = 0;
  let i = from;
  while (i < end) {
    if (row >= mostRows) {
      status = 2;
      return i;
    }
    const record = i;
    let inner = 0;
    let plain = at(i) != LF && at(i) != CR;
    let c = 0;
    for (; plain && c < columns; c++) {
      const stop = c == last ? lineEnd : D;
      const column = COLUMNS + ((<usize>c) << 6);
      let x = at(i);
      if (x == stop) {
        if (!load<i32>(column, NULLABLE)) {
          plain = false;
          break;
        }
        markNull(column);
        i++;
        continue;
      }
      const kind = load<u32>(column);
      const limit = load<i32>(column, LIMIT);
      if (kind == TEXT || kind == IGNORED) {
        const used = load<u32>(column, USED);
        const room = load<u32>(column, CAPACITY);
        const target: usize = load<u32>(column, VALUES) + used + 4;
        // Bytes are copied while they are looked at: the columns have slack for the last 16.
        const limitOfTarget: usize = load<u32>(column, VALUES) + room;
        let to = target;
        let length: i32;
        if (x == Q) {
          i++;
          while (i < end) {
            if (to >= limitOfTarget) break;
            // 32 bytes at a time: most texts end within them, so that the branch is foreseen.
            const v = v128.load(i);
            const w = v128.load(i, 16);
            v128.store(to, v);
            v128.store(to, w, 16);
            const hits =
              i8x16.bitmask(v128.or(i8x16.eq(v, vQuote), i8x16.eq(v, vLf))) |
              (i8x16.bitmask(v128.or(i8x16.eq(w, vQuote), i8x16.eq(w, vLf))) << 16);
            if (hits == 0) {
              i += 32;
              to += 32;
              continue;
            }
            const n = ctz(hits);
            i += n;
            to += n;
            if (at(i) != Q) {
              inner++;
              i++;
              to++;
            } else if (at(i + 1) == Q) {
              i += 2;
              to++;
            } else break;
          }
        } else {
          while (i < end) {
            if (to >= limitOfTarget) break;
            const v = v128.load(i);
            const w = v128.load(i, 16);
            v128.store(to, v);
            v128.store(to, w, 16);
            const hits =
              i8x16.bitmask(
                v128.or(
                  v128.or(i8x16.eq(v, vQuote), i8x16.eq(v, vLf)),
                  v128.or(i8x16.eq(v, vDelimiter), i8x16.eq(v, vCr)),
                ),
              ) |
              (i8x16.bitmask(
                v128.or(
                  v128.or(i8x16.eq(w, vQuote), i8x16.eq(w, vLf)),
                  v128.or(i8x16.eq(w, vDelimiter), i8x16.eq(w, vCr)),
                ),
              ) <<
                16);
            if (hits == 0) {
              i += 32;
              to += 32;
              continue;
            }
            const n = ctz(hits);
            i += n;
            to += n;
            break;
          }
        }
        if (i >= end) {
          takeBack(c);
          return record;
        }
        if (to >= limitOfTarget) {
          takeBack(c);
          status = row > 0 ? 2 : 1;
          return record;
        }
        length = <i32>(to - target);
        if (x == Q) i++;
        // Bytes, where the limit counts characters: the careful reader counts those of a longer one.
        plain =
          at(i) == stop &&
          length <= limit &&
          // An empty text in quotation marks is NULL too, which the careful reader writes.
          length > 0 &&
          (nullLength == 0 || !isNullText(target, length));
        i++;
        if (!plain) break;
        if (kind == TEXT) {
          store<i32>(target - 4, length);
          store<u32>(column, used, USED_BEFORE);
          store<u32>(column, used + 4 + length, USED);
        }
        continue;
      }
      let fieldEnd = stop;
      if (x == Q) {
        fieldEnd = Q;
        x = at(++i);
      }
      const values: usize = load<u32>(column, VALUES);
      const count: usize = row - load<i32>(column, NULLS);
      if (kind == INT32 || kind == INT64) {
        const negative = x == 45;
        if (negative) x = at(++i);
        const digits = i;
        let value: i64 = 0;
        while (isDigit(x)) {
          value = value * 10 + (x - 48);
          x = at(++i);
        }
        plain = i > digits && <i32>(i - digits) <= limit;
        if (negative) value = -value;
        if (kind == INT32) store<i32>(values + (count << 2), <i32>value);
        else store<i64>(values + (count << 3), value);
      } else if (kind == DECIMAL32 || kind == DECIMAL64 || kind == DOUBLE) {
        const negative = x == 45;
        if (negative) x = at(++i);
        const digits = i;
        let value: i64 = 0;
        while (isDigit(x)) {
          value = value * 10 + (x - 48);
          x = at(++i);
        }
        const whole = <i32>(i - digits);
        plain = whole > 0 && whole <= limit;
        let fraction = 0;
        const scale = load<i32>(column, SCALE);
        if (x == 46) {
          const point = i;
          x = at(++i);
          while (isDigit(x)) {
            value = value * 10 + (x - 48);
            x = at(++i);
          }
          fraction = <i32>(i - point) - 1;
          plain = plain && fraction > 0 && fraction <= scale;
        }
        if (plain) {
          if (kind == DOUBLE) {
            // 15 digits and a power of ten up to 15 are exact, so their quotient is rounded once, as it should be.
            plain = whole + fraction <= 15;
            const magnitude = <f64>value / <f64>power(fraction > 15 ? 0 : fraction);
            store<f64>(values + (count << 3), negative ? -magnitude : magnitude);
          } else {
            value *= power(scale - fraction);
            if (negative) value = -value;
            if (kind == DECIMAL32) store<i32>(values + (count << 2), <i32>value);
            else store<i64>(values + (count << 3), value);
          }
        }
      } else if (kind == BOOLEAN) {
        const word = load<u32>(i);
        // "true" or "fals" and "e", without a branch that half of the rows would miss
        const value: u32 = word == 0x65757274 ? 1 : 0;
        plain = value == 1 || (word == 0x736c6166 && at(i + 4) == 101);
        i += 5 - value;
        const byte = values + (count >> 3);
        const bit = <u32>count & 7;
        const others: u32 = <u32>load<u8>(byte) & ~((<u32>1) << bit);
        store<u8>(byte, <u8>(others | (value << bit)));
      } else if (kind == DATE || kind == TIMESTAMP) {
        const day = dayAt(i);
        plain = day != NOT_A_DAY;
        i += 10;
        if (kind == DATE) store<i32>(values + (count << 2), day);
        else {
          const separator = at(i);
          const hour = two(i + 1);
          const minute = two(i + 4);
          const second = two(i + 7);
          plain =
            plain &&
            (separator == 32 || separator == 84) &&
            at(i + 3) == 58 &&
            at(i + 6) == 58 &&
            !notDigits2(i + 1) &&
            !notDigits2(i + 4) &&
            !notDigits2(i + 7) &&
            hour < 24 &&
            minute < 60 &&
            second < 60;
          i += 9;
          let micros: i64 = 0;
          if (at(i) == 46) {
            const point = i;
            while (isDigit(at(++i))) micros = micros * 10 + (at(i) - 48);
            const digits = <i32>(i - point) - 1;
            plain = plain && digits > 0 && digits <= 6;
            if (plain) micros *= power(6 - digits);
          }
          if (at(i) == 90) i++;
          const seconds = <i64>day * 86400 + hour * 3600 + minute * 60 + second;
          store<i64>(values + (count << 3), seconds * 1000000 + micros);
        }
      } else plain = false;
      plain = plain && at(i) == fieldEnd;
      if (fieldEnd == Q && plain) plain = at(++i) == stop;
      i++;
      // Breaks out before the column counts as done, so that only those before it are taken back.
      if (!plain) break;
    }
    if (plain && crlf) plain = at(i++) == LF;
    if (i > end || !plain) {
      // Bytes behind the end are whatever was there before, so even a misfit may only be an incomplete record.
      takeBack(c);
      status = 1;
      return record;
    }
    ordinal++;
    if (ordinals) store<i64>(ordinals + ((<usize>row) << 3), ordinal);
    row++;
    lines += inner + 1;
  }
  return i;
}
