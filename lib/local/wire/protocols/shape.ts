import type { NormalizedSchema } from '@smithy/core/schema';
import { SerializationError } from '../errors';

/**
 * The SDK's deserializers believe what they are sent. This does not: it checks a decoded document against its schema, so that
 * an operation can rely on the types of its input.
 */
export function checkShape(schema: NormalizedSchema, value: unknown, path = ''): void {
  if (value === undefined || value === null) return;
  if (schema.isDocumentSchema() || schema.isUnitSchema()) return;
  if (schema.isStructSchema()) {
    const record = expectObject(value, path);
    for (const [name, member] of schema.structIterator())
      checkShape(member, record[name], path ? `${path}.${name}` : name);
    return;
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw mismatch(path, 'a list', value);
    const member = schema.getValueSchema();
    value.forEach((item, index) => {
      checkShape(member, item, `${path}.${index + 1}.member`);
    });
    return;
  }
  if (schema.isMapSchema()) {
    const member = schema.getValueSchema();
    for (const [key, item] of Object.entries(expectObject(value, path))) checkShape(member, item, `${path}.${key}`);
    return;
  }
  if (schema.isStringSchema() && typeof value !== 'string' && !(value instanceof String))
    throw mismatch(path, 'a string', value);
  if (schema.isNumericSchema() && typeof value !== 'number') throw mismatch(path, 'a number', value);
  if (schema.isBooleanSchema() && typeof value !== 'boolean') throw mismatch(path, 'a boolean', value);
  if (schema.isBlobSchema() && !(value instanceof Uint8Array)) throw mismatch(path, 'base64', value);
  if (schema.isTimestampSchema() && !(value instanceof Date && !Number.isNaN(value.getTime()))) {
    throw mismatch(path, 'a timestamp', value);
  }
}

function expectObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw mismatch(path, 'an object', value);
  }
  return value as Record<string, unknown>;
}

function mismatch(path: string, expected: string, value: unknown): SerializationError {
  const got = Array.isArray(value)
    ? 'a list'
    : value instanceof Date
      ? 'an invalid date'
      : `a value of type ${typeof value}`;
  return new SerializationError(`${path || 'The request body'} must be ${expected}, not ${got}.`);
}
