/**
 * The contract of a stream as a JSON Schema, in the newest draft that the Glue Schema Registry takes: what producers may put on the
 * stream. It allows what the judge of contracts accepts, as far as a JSON Schema can say it: a number may come as text, and a text as a
 * number; that a date is one of the calendar, or how many decimals a number has, it cannot say.
 */
import type { Schema, SchemaObject } from '../../schema';
import type { ColumnType, ContractColumn, OnDrift } from '../../tasks/common';
import { policyOf } from '../../tasks/drift';
import { parsePath } from '../../tasks/paths';
import { STAGED_MEMBERS } from '../../tasks/stream';

const DRAFT = 'http://json-schema.org/draft-07/schema#';
/** Of Kinesis, not of the record. */
const GIVEN: ReadonlySet<string> = new Set([STAGED_MEMBERS.shard, STAGED_MEMBERS.sequence, STAGED_MEMBERS.received]);
export const isGiven = (member: string): boolean => GIVEN.has(member);

export interface StreamContract {
  readonly stream: string;
  readonly columns: readonly ContractColumn[];
  readonly onDrift: OnDrift;
}

/** @example contractSchema({ stream: 'users', columns: [{ name: 'id', type: { type: 'bigint' }, nullable: false, key: true }], onDrift: 'ignore' }) */
export function contractSchema({ stream, columns, onDrift }: StreamContract): SchemaObject {
  const policy = policyOf(onDrift);
  const root = node();
  for (const column of columns) {
    const member = column.from ?? column.name;
    if (isGiven(member)) continue;
    const path = parsePath(member);
    const isNested = path !== undefined && path.length > 1;
    const leaf = (isNested ? path : [member]).reduce<Node>(childOf, root);
    leaf.own.push({ $comment: columnNote(column), ...valueSchema(column) });
    leaf.isRequired ||= !isNullable(column) || policy.missingColumns !== 'ignore';
  }
  const isClosed = policy.newColumns === 'fail' || policy.newColumns === 'quarantine';
  return {
    $schema: DRAFT,
    title: stream,
    description: `A record of the stream ${stream}`,
    type: 'object',
    ...withoutType(membersOf(root)),
    ...(isClosed ? { additionalProperties: false } : {}),
  };
}

/** What a column's schema says of where it comes from; `columnOfNote` reads it. */
const columnNote = ({ name, type, key }: ContractColumn): string =>
  `column ${name}: ${typeText(type)}${key ? ', key' : ''}`;

export interface NotedColumn {
  readonly name: string;
  /** as a definition has it, e.g. `decimal(12, 2)` */
  readonly type: string;
}

export function columnOfNote(note: unknown): NotedColumn | undefined {
  const [, name, type] = /^column (\S+): (.*?)(?:, key)?$/.exec(String(note)) ?? [];
  return name === undefined ? undefined : { name, type: type! };
}

export function typeText(type: ColumnType): string {
  if (type.type === 'decimal') return `decimal(${type.precision}, ${type.scale})`;
  return type.type === 'text' && type.length !== undefined ? `text(${type.length})` : type.type;
}

interface Node {
  /** of the columns that are read from here */
  readonly own: SchemaObject[];
  readonly members: Map<string, Node>;
  readonly elements: Map<number, Node>;
  /** a record without it is a bad one */
  isRequired: boolean;
}

const node = (): Node => ({ own: [], members: new Map(), elements: new Map(), isRequired: false });

/** `items.0`, unlike `items[0]`, may be of a list or of an object. */
function childOf(parent: Node, step: string | number): Node {
  const isEither = typeof step === 'string' && /^\d+$/.test(step);
  const child = (typeof step === 'number' ? parent.elements.get(step) : parent.members.get(step)) ?? node();
  if (typeof step === 'string') parent.members.set(step, child);
  if (typeof step === 'number' || isEither) parent.elements.set(Number(step), child);
  return child;
}

/** A value on the way to one that must be there must be there itself. */
const mustBe = (one: Node): boolean =>
  one.isRequired || [...one.members.values(), ...one.elements.values()].some(mustBe);

function schemaOf(one: Node): Schema {
  const inside = membersOf(one);
  const parts = [...one.own, ...(Object.keys(inside).length > 0 ? [inside] : [])];
  return parts.length > 1 ? { allOf: parts } : (parts[0] ?? true);
}

/** Where nothing inside must be there, a value of another type is as good as none. */
function membersOf({ members, elements }: Node): SchemaObject {
  const inBoth = new Set([...members.values()].filter((child) => [...elements.values()].includes(child)));
  const must = (child: Node) => !inBoth.has(child) && mustBe(child);
  const required = [...members].flatMap(([name, child]) => (must(child) ? [name] : [])).sort();
  const last = Math.max(-1, ...[...elements].flatMap(([index, child]) => (must(child) ? [index] : [])));
  const isEither = required.length === 0 && last < 0 && [...inBoth].some(mustBe);
  const type = required.length > 0 ? 'object' : last >= 0 ? 'array' : isEither ? ['object', 'array'] : undefined;
  return {
    ...(type === undefined ? {} : { type }),
    ...(members.size === 0
      ? {}
      : { properties: Object.fromEntries([...members].map(([name, child]) => [name, schemaOf(child)])) }),
    ...(required.length === 0 ? {} : { required }),
    ...(elements.size === 0 ? {} : { items: tupleOf(elements) }),
    ...(last < 0 ? {} : { minItems: last + 1 }),
  };
}

const tupleOf = (elements: ReadonlyMap<number, Node>): Schema[] =>
  Array.from({ length: Math.max(...elements.keys()) + 1 }, (_, index) => {
    const child = elements.get(index);
    return child === undefined ? true : schemaOf(child);
  });

const withoutType = ({ type: _, ...rest }: SchemaObject): SchemaObject => rest;

const isNullable = ({ nullable, key }: ContractColumn): boolean => nullable && !key;

// One pattern for all numbers, so that a column may be widened: a text with its own would seem to be another one.
const NUMBER = '^(?:\\s*[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?\\s*)?$';
const TRUTH = '^(?:\\s*(?:[Tt](?:[Rr][Uu][Ee])?|[Ff](?:[Aa][Ll][Ss][Ee])?|[Yy](?:[Ee][Ss])?|[Nn][Oo]?|[01])\\s*)?$';
const DAY = '\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}';
const TIME = '[T ]+\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?';
const ZONE = '(?:[Zz]|[Uu][Tt][Cc]|[Gg][Mm][Tt]|[+-]\\d{2}(?::?\\d{2})?)';

const ANY = ['object', 'array', 'string', 'number', 'boolean'];
const LARGEST_INTEGER = 2 ** 31;

/** An empty text is NULL. */
function valueSchema(column: ContractColumn): SchemaObject {
  const nullable = isNullable(column);
  const { type } = column;
  if (type.type === 'json') return nullable ? {} : { type: ANY };
  const { types, ...rest } = scalarSchema(type);
  return {
    type: nullable ? [...types, 'null'] : types.length === 1 ? types[0]! : types,
    ...(nullable ? {} : { minLength: 1 }),
    ...rest,
  };
}

function scalarSchema(type: Exclude<ColumnType, { type: 'json' }>): SchemaObject & { readonly types: string[] } {
  switch (type.type) {
    case 'text':
      return {
        types: ['string', 'number', 'boolean'],
        ...(type.length === undefined ? {} : { maxLength: type.length }),
      };
    case 'integer':
      return {
        types: ['integer', 'string'],
        minimum: -LARGEST_INTEGER,
        maximum: LARGEST_INTEGER - 1,
        pattern: NUMBER,
      };
    case 'bigint':
      return { types: ['integer', 'string'], pattern: NUMBER };
    case 'decimal': {
      const most = Number(`${'9'.repeat(type.precision - type.scale) || '0'}.${'9'.repeat(type.scale) || '0'}`);
      return { types: ['number', 'string'], minimum: -most, maximum: most, pattern: NUMBER };
    }
    case 'double':
      return { types: ['number', 'string'], pattern: NUMBER };
    case 'boolean':
      return { types: ['boolean', 'integer', 'string'], minimum: 0, maximum: 1, pattern: TRUTH };
    case 'date':
      return { types: ['string'], pattern: `^(?:\\s*${DAY}\\s*)?$` };
    case 'timestamp':
      return { types: ['string'], pattern: `^(?:\\s*${DAY}(?:${TIME})?\\s*${ZONE}?\\s*)?$` };
  }
}
