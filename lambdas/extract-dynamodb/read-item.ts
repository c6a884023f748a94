/** An item as DynamoDB writes it in JSON, as the row that it is: numbers keep all their digits, which may be 38. */
import type { Row } from '../shared/rows/paths';
import type { WrittenNumber } from '../shared/rows/value-text';

/** `{ "S": "text" }`, with base64 for bytes. */
export type WireValue = Readonly<Record<string, unknown>>;
export type WireItem = Readonly<Record<string, WireValue>>;

export function readItem(item: WireItem): Row {
  const row: Record<string, unknown> = {};
  for (const name of Object.keys(item)) {
    const value = readValue(item[name]!);
    // An assignment to it would change what the row is, not what it has.
    if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true });
    else row[name] = value;
  }
  return row;
}

function readValue(value: WireValue): unknown {
  for (const type in value) {
    const content = value[type];
    switch (type) {
      case 'S':
      case 'BOOL':
        return content;
      case 'N':
        return readNumber(content as string);
      case 'NULL':
        return null;
      case 'M':
        return readItem(content as WireItem);
      case 'L':
        return (content as WireValue[]).map(readValue);
      case 'SS':
        return new Set(content as string[]);
      case 'NS':
        return new Set((content as string[]).map(readNumber));
      case 'B':
        return bytesOf(content as string);
      case 'BS':
        return new Set((content as string[]).map(bytesOf));
    }
  }
  throw new Error(`DynamoDB answers with a value of a type that is not known: ${Object.keys(value).join(', ')}.`);
}

/** A double where its own spelling is the very same, which is quicker to write. */
function readNumber(text: string): number | WrittenNumber {
  if (text.length <= MOST_EXACT_CHARACTERS) {
    const value = Number(text);
    if (String(value) === text) return value;
  }
  return { isLosslessNumber: true, value: text };
}

const MOST_EXACT_CHARACTERS = 15;

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
