/**
 * JSON whose numbers keep all their digits: 12345678901234567890 is not 12345678901234567000, and 0.1000000000000000055 not 0.1.
 * It is always the plain parser that reads, since no parser of numbers in JavaScript is within a fifth of its speed: what it would
 * round is put before it as an object that holds the digits.
 */
import { isAscii } from 'node:buffer';

/** A double holds so many digits, whatever they are, of a number of such a size. */
const EXACT_DIGITS = 15;
const LEAST = 1e-290;
const LARGEST = 1e300;
/** Fewer digits of an exponent do not lead out of them. */
const LONG_EXPONENT = /\d[eE][-+]?\d{3}/;

/** Of UTF-8, without a byte order mark. @throws {SyntaxError} */
export function parseJson(bytes: Buffer): unknown {
  try {
    // Both may as well be in a text; only the slower search tells.
    if (hasLongRun(bytes)) return JSON.parse(decode(withWrittenNumbers(bytes)));
    const text = decode(bytes);
    return JSON.parse(LONG_EXPONENT.test(text) ? decode(withWrittenNumbers(bytes)) : text);
  } catch (error) {
    // This one tells the mistake's place in what was answered.
    JSON.parse(bytes.toString());
    throw error;
  }
}

/** Whether more digits and points stand in a row than a double holds, and not as a text. */
function hasLongRun(bytes: Buffer): boolean {
  // Of a longer run at least one is at a multiple of this.
  const stride = EXACT_DIGITS + 1;
  for (let at = 0; at < bytes.length; at += stride) {
    if (!isDigitOrPoint(bytes[at]!)) continue;
    let start = at;
    while (start > 0 && isDigitOrPoint(bytes[start - 1]!)) start--;
    let end = at + 1;
    while (end < bytes.length && isDigitOrPoint(bytes[end]!)) end++;
    if (end - start > EXACT_DIGITS && bytes[start - 1] !== QUOTE) return true;
  }
  return false;
}

/** Puts an object in the place of each number that a double does not hold. */
function withWrittenNumbers(bytes: Buffer): Buffer {
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
    } else if (isDigit(byte) || byte === MINUS) {
      const start = at;
      let mayLose = false;
      for (; at + 1 < bytes.length && isOfNumber(bytes[at + 1]!); at++) {
        if ((bytes[at + 1]! | 0x20) === LOWER_E) mayLose = true;
      }
      mayLose ||= at - start >= EXACT_DIGITS;
      if (!mayLose || !isUnsafe(bytes, start, at + 1)) continue;
      pieces.push(bytes.subarray(copied, start), BEFORE_DIGITS, bytes.subarray(start, at + 1), AFTER_DIGITS);
      copied = at + 1;
    }
  }
  return copied === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(copied)]);
}

const BEFORE_DIGITS = Buffer.from('{"isLosslessNumber":true,"value":"');
const AFTER_DIGITS = Buffer.from('"}');
const NUMBER = /^-?(0|[1-9]\d*)(?:\.(\d+))?([eE][-+]?\d+)?$/;
const LEADING_ZEROS = /^0+/;

/** A number, and none that a double holds. What is no number is left to the parser, which says so. */
function isUnsafe(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let digit = first;
  while (digit < end && isDigit(bytes[digit]!)) digit++;
  if (digit === end) return end - first > EXACT_DIGITS && bytes[first] !== ZERO;
  const text = bytes.toString('latin1', start, end);
  const [, whole, fraction = '', exponent] = NUMBER.exec(text) ?? [];
  if (whole === undefined) return false;
  const digits = whole === '0' ? fraction.replace(LEADING_ZEROS, '').length : whole.length + fraction.length;
  if (digits > EXACT_DIGITS) return true;
  if (digits === 0 || (exponent === undefined && fraction.length < -Math.log10(LEAST))) return false;
  const size = Math.abs(Number(text));
  return size < LEAST || size > LARGEST;
}

/** Where the last byte of a string is that begins at a quote. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH) at++;
  }
  return bytes.length;
}

/** Twice as fast for what is ASCII throughout. */
const decode = (bytes: Buffer): string => (isAscii(bytes) ? bytes.toString('latin1') : bytes.toString());

const QUOTE = 34;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const LOWER_E = 101;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
const isDigitOrPoint = (byte: number): boolean => isDigit(byte) || byte === POINT;
const isOfNumber = (byte: number): boolean =>
  isDigitOrPoint(byte) || byte === MINUS || byte === PLUS || (byte | 0x20) === LOWER_E;
