/** Bounds of numbers, texts, arrays and objects: those of a reader may not be tighter than those of a writer. */
import type { SchemaObject } from './types';

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const;
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const;

const OF_TYPE: Readonly<Record<string, string>> = {
  minimum: 'number',
  exclusiveMinimum: 'number',
  maximum: 'number',
  exclusiveMaximum: 'number',
  multipleOf: 'number',
  minLength: 'string',
  maxLength: 'string',
  pattern: 'string',
  format: 'string',
  minItems: 'array',
  maxItems: 'array',
  uniqueItems: 'array',
  minProperties: 'object',
  maxProperties: 'object',
};

/** @param types that a document of the writer may have here */
export function tighterBounds(writer: SchemaObject, reader: SchemaObject, types: ReadonlySet<string>): string[] {
  const matters = (keyword: string) => {
    const type = OF_TYPE[keyword]!;
    return types.has(type) || (type === 'number' && types.has('integer'));
  };
  return [
    ...LOWER.filter((name) => matters(name) && isTighter(lowest(writer, name), reader[name], (a, b) => a >= b)),
    ...UPPER.filter((name) => matters(name) && isTighter(highest(writer, name), reader[name], (a, b) => a <= b)),
    ...(['pattern', 'format'] as const).filter(
      (name) => matters(name) && reader[name] !== undefined && reader[name] !== writer[name],
    ),
    ...(matters('multipleOf') && !isMultiple(writer, reader.multipleOf, types) ? ['multipleOf'] : []),
    ...(matters('uniqueItems') && reader.uniqueItems === true && writer.uniqueItems !== true ? ['uniqueItems'] : []),
  ].map((name) => {
    const before = writer[name] === undefined ? 'not there before' : `before ${JSON.stringify(writer[name])}`;
    return `${name} is ${JSON.stringify(reader[name])}, ${before}`;
  });
}

const isTighter = (
  writer: number | undefined,
  reader: number | undefined,
  covers: (writer: number, reader: number) => boolean,
): boolean => reader !== undefined && (writer === undefined || !covers(writer, reader));

/** `exclusiveMinimum: 3` is as good as `minimum: 3` to a reader that asks for that, and not the other way round. */
function lowest(writer: SchemaObject, name: (typeof LOWER)[number]): number | undefined {
  if (name === 'minimum') return larger(writer.minimum, writer.exclusiveMinimum);
  if (name === 'minItems' || name === 'minLength' || name === 'minProperties') return writer[name] ?? 0;
  return writer[name];
}

function highest(writer: SchemaObject, name: (typeof UPPER)[number]): number | undefined {
  return name === 'maximum' ? smaller(writer.maximum, writer.exclusiveMaximum) : writer[name];
}

const larger = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b);
const smaller = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

function isMultiple(writer: SchemaObject, of: number | undefined, types: ReadonlySet<string>): boolean {
  if (of === undefined) return true;
  const step = writer.multipleOf ?? (types.has('number') ? undefined : 1);
  return step !== undefined && Number.isInteger(step / of);
}
