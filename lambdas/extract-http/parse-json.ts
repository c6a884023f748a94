/** JSON whose numbers keep all their digits: 12345678901234567890 is not 12345678901234567000, and 0.1000000000000000055 not 0.1. */
import { LosslessNumber, parse } from 'lossless-json';

/** Any text with such a number has so many digits in a row. Few answers do, and the plain parser is twenty times faster. */
const MAY_LOSE_DIGITS = /\d[\d.]{15}|\d[eE][+-]?\d{3}/;
/** What a double holds, whatever the digits are. */
const EXACT_DIGITS = 15;
const LARGEST_EXPONENT = 300;

/** @throws {SyntaxError} */
export function parseJson(text: string): unknown {
  // The plain parser finds mistakes, and has no limit of depth.
  const plain: unknown = JSON.parse(text);
  if (!MAY_LOSE_DIGITS.test(text)) return plain;
  // As the plain parser has it: the last of several members of one name.
  return parse(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

function parseNumber(text: string): number | LosslessNumber {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const digits = mantissa.replace(/^-?[0.]*|\./g, '').length;
  return digits <= EXACT_DIGITS && Math.abs(Number(exponent)) <= LARGEST_EXPONENT
    ? Number(text)
    : new LosslessNumber(text);
}
