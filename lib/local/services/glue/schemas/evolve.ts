/** Whether a definition may follow the versions that a schema has. */
import type { Compatibility } from '@aws-sdk/client-glue';
import { type Schema, unreadable } from '../../../../schema';
import { AwsError } from '../../../service';
import type { SchemaRecord, VersionRecord } from './registry';

/** What is wrong with it as a JSON Schema; undefined for one that can be registered. */
export function invalidity(definition: string | undefined): string | undefined {
  try {
    const schema: unknown = JSON.parse(definition ?? '');
    if (typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema)))
      return undefined;
    return 'a JSON Schema is an object, or true or false';
  } catch (error) {
    return (error as Error).message;
  }
}

export function assertDefinition(format: string | undefined, definition: string | undefined): string {
  if (format !== 'JSON')
    throw new AwsError('InvalidInputException', `The local cloud knows schemas of the format JSON, not ${format}.`);
  const problem = invalidity(definition);
  if (problem === undefined) return definition!;
  throw new AwsError('InvalidInputException', `Schema definition of JSON data format is invalid: ${problem}`);
}

/** Whatever its spacing and the order of its members. */
export const isSameDefinition = (a: string, b: string): boolean =>
  canonical(JSON.parse(a)) === canonical(JSON.parse(b));

export function isCompatible({ compatibility, versions, checkpoint }: SchemaRecord, definition: string): boolean {
  const available = versions.filter(({ status }) => status === 'AVAILABLE');
  const compared = compatibility.endsWith('_ALL')
    ? available.filter(({ number }) => number >= checkpoint)
    : available.slice(-1);
  const next = JSON.parse(definition) as Schema;
  return compared.every((version) => follows(compatibility, version, next));
}

function follows(compatibility: Compatibility, { definition }: VersionRecord, next: Schema): boolean {
  const before = JSON.parse(definition) as Schema;
  const [direction] = compatibility.split('_');
  const isBackward = direction !== 'BACKWARD' && direction !== 'FULL' ? true : unreadable(before, next).length === 0;
  const isForward = direction !== 'FORWARD' && direction !== 'FULL' ? true : unreadable(next, before).length === 0;
  return isBackward && isForward;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
