/**
 * Whether what is written by one schema can be read by another: each document that the writer's allows, the reader's must allow. So a
 * new version is BACKWARD compatible where it reads what the old one writes, and FORWARD the other way round:
 * https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html#schema-registry-compatibility
 */
import { tighterBounds } from './bounds';
import type { Difference, Schema, SchemaObject } from './types';

const ALL_TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;

/** Keywords that say nothing of which documents are allowed. */
const NOTES: ReadonlySet<string> = new Set([
  ...['$schema', '$id', '$comment', 'title', 'description', 'default', 'examples', 'definitions', '$defs'],
  ...['deprecated', 'readOnly', 'writeOnly', 'contentEncoding', 'contentMediaType'],
]);
const KNOWN: ReadonlySet<string> = new Set([
  ...['$ref', 'type', 'enum', 'const', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'format', 'items', 'minItems', 'maxItems', 'uniqueItems'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties', 'anyOf', 'oneOf', 'allOf'],
]);

/**
 * What the reader may refuse of what the writer writes; empty where it reads it all. A property that the reader adds, and does not
 * require, is no difference, though the writer may have allowed any further properties: registries see it so.
 *
 * @example unreadable({ required: ['id'] }, { required: ['id', 'name'] }) // [{ at: '', what: "'name' is required, which it was not" }]
 */
export function unreadable(writer: Schema, reader: Schema): Difference[] {
  return new Comparison(writer, reader).compare(writer, reader, '', 0);
}

/** Deeper than any contract; a schema that refers to itself ends here. */
const MOST_DEPTH = 32;

class Comparison {
  /** pairs that are being compared: where a schema holds itself, they come again */
  private readonly pairs = new Map<SchemaObject, Set<SchemaObject>>();

  constructor(
    private readonly writerRoot: Schema,
    private readonly readerRoot: Schema,
  ) {}

  compare(writer: Schema, reader: Schema, at: string, depth: number): Difference[] {
    const w = resolved(writer, this.writerRoot);
    const r = resolved(reader, this.readerRoot);
    if (r === true || w === false) return [];
    if (r === false) return [{ at, what: 'no value is allowed any more' }];
    if (this.isTheSame(w, r)) return [];
    const from: SchemaObject = w === true ? {} : w;
    const seen = this.pairs.get(from) ?? new Set();
    if (seen.has(r) || depth > MOST_DEPTH) return [];
    this.pairs.set(from, seen.add(r));
    try {
      return this.compareObjects(from, r, at, depth + 1);
    } finally {
      seen.delete(r);
    }
  }

  /** By their texts; references mean the same where they lead to the same. */
  private isTheSame(writer: Schema, reader: Schema): boolean {
    if (!isSame(writer, reader)) return false;
    return !JSON.stringify(reader).includes('"$ref"') || isSame(this.writerRoot, this.readerRoot);
  }

  private compareObjects(writer: SchemaObject, reader: SchemaObject, at: string, depth: number): Difference[] {
    const branches = writer.anyOf ?? writer.oneOf;
    if (
      branches !== undefined &&
      (reader.anyOf ?? reader.oneOf) !== undefined &&
      isSame(branches, reader.anyOf ?? reader.oneOf)
    )
      return this.compareObjects(without(writer), without(reader), at, depth);
    // Each way in which the writer may write has to be read.
    if (branches !== undefined)
      return branches.flatMap((branch) =>
        this.compare(merged(without(writer), branch, this.writerRoot), reader, at, depth),
      );
    const ways = reader.anyOf ?? reader.oneOf;
    if (reader.oneOf !== undefined && !areDisjoint(reader.oneOf.map((way) => resolved(way, this.readerRoot))))
      return [{ at, what: 'oneOf has changed, and cannot be compared: its ways are not of different types' }];
    if (ways !== undefined) {
      const rest = this.compareObjects(writer, without(reader), at, depth);
      const tried = ways.map((way) => this.compare(writer, way, at, depth));
      const isRead = tried.some((differences) => differences.length === 0);
      return isRead ? rest : [...rest, { at, what: 'none of the ways that are allowed fits what was allowed before' }];
    }
    if (reader.allOf !== undefined) {
      const { allOf, ...rest } = reader;
      return [rest, ...allOf].flatMap((one) => this.compare(writer, one, at, depth));
    }
    const from =
      writer.allOf?.reduce<SchemaObject>((whole, one) => merged(whole, one, this.writerRoot), {
        ...writer,
        allOf: undefined,
      }) ?? writer;
    return [...unknownKeywords(from, reader).map((what) => ({ at, what })), ...this.values(from, reader, at, depth)];
  }

  private values(writer: SchemaObject, reader: SchemaObject, at: string, depth: number): Difference[] {
    const listed = writer.enum ?? ('const' in writer ? [writer.const] : undefined);
    const allowed = reader.enum ?? ('const' in reader ? [reader.const] : undefined);
    if (allowed !== undefined) {
      const lost = listed?.filter((value) => !allowed.some((one) => isSame(one, value)));
      if (lost === undefined) return [{ at, what: `only ${shown(allowed)} is allowed, which it was not before` }];
      return lost.length === 0 ? [] : [{ at, what: `${shown(lost)} is no longer allowed` }];
    }
    const types = typesOf(writer);
    const readable = typesOf(reader);
    const lost = [...types].filter((type) => !readable.has(type) && !(type === 'integer' && readable.has('number')));
    if (lost.length > 0) return [{ at, what: `type ${lost.join(', ')} is no longer allowed` }];
    return [
      ...tighterBounds(writer, reader, types).map((what) => ({ at, what })),
      ...(types.has('array') ? this.items(writer, reader, at, depth) : []),
      ...(types.has('object') ? this.properties(writer, reader, at, depth) : []),
    ];
  }

  private items(writer: SchemaObject, reader: SchemaObject, at: string, depth: number): Difference[] {
    const { items } = reader;
    if (items === undefined) return [];
    if (isTuple(items))
      return items.flatMap((one, index) => this.compare(elementOf(writer, index), one, `${at}/${index}`, depth));
    if (!isTuple(writer.items)) return this.compare(writer.items ?? true, items, `${at}/*`, depth);
    const firsts = writer.items.flatMap((one, index) => this.compare(one, items, `${at}/${index}`, depth));
    return [...firsts, ...this.compare(true, items, `${at}/*`, depth)];
  }

  private properties(writer: SchemaObject, reader: SchemaObject, at: string, depth: number): Difference[] {
    const { properties: before = {}, required: had = [], additionalProperties: open = true } = writer;
    const { properties: now = {}, required = [], additionalProperties: others = true } = reader;
    const place = (name: string) => `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const newlyRequired = required.filter((name) => !had.includes(name));
    return [
      ...newlyRequired.map((name) => ({ at, what: `'${name}' is required, which it was not` })),
      ...Object.entries(before).flatMap(([name, schema]) => {
        if (Object.hasOwn(now, name)) return this.compare(schema, now[name]!, place(name), depth);
        if (others === false) return [{ at: place(name), what: 'is gone, and further properties are not allowed' }];
        return this.compare(schema, others, place(name), depth);
      }),
      // What an open writer may have put there is not known; where it says what, that is compared.
      ...(typeof open === 'object'
        ? Object.entries(now)
            .filter(([name]) => !Object.hasOwn(before, name))
            .flatMap(([name, schema]) => this.compare(open, schema, place(name), depth))
        : []),
      ...(open === false ? [] : this.further(open, others, at, depth)),
    ];
  }

  private further(open: Schema, others: Schema, at: string, depth: number): Difference[] {
    if (others === false) return [{ at, what: 'further properties are no longer allowed' }];
    return this.compare(open, others, `${at}/*`, depth);
  }
}

const isTuple = (items: SchemaObject['items']): items is readonly Schema[] => Array.isArray(items);

/** Elements behind the last that a list names may be anything. */
const elementOf = ({ items = true }: SchemaObject, index: number): Schema =>
  isTuple(items) ? (items[index] ?? true) : items;

/** A keyword that is not understood here may say anything: only where both say the same is nothing lost. */
function unknownKeywords(writer: SchemaObject, reader: SchemaObject): string[] {
  return Object.keys(reader)
    .filter((name) => !KNOWN.has(name) && !NOTES.has(name) && !isSame(reader[name], writer[name]))
    .map((name) => `${name} has changed, and cannot be compared`);
}

const typesOf = ({ type, enum: listed, ...rest }: SchemaObject): ReadonlySet<string> => {
  if (type !== undefined) return new Set(typeof type === 'string' ? [type] : type);
  const values = listed ?? ('const' in rest ? [rest.const] : undefined);
  return new Set(values === undefined ? ALL_TYPES : values.map(typeOfValue));
};

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** No value fits two of them, as their types tell. */
function areDisjoint(ways: readonly Schema[]): boolean {
  const types = ways.flatMap((way) => [...typesOf(typeof way === 'boolean' ? {} : way)]);
  return new Set(types).size === types.length && !(types.includes('integer') && types.includes('number'));
}

const without = ({ anyOf: _, oneOf: __, ...rest }: SchemaObject): SchemaObject => rest;

/** Both hold. */
function merged(a: SchemaObject, b: Schema, root: Schema): SchemaObject {
  const other = resolved(b, root);
  if (typeof other === 'boolean') return a;
  return {
    ...a,
    ...other,
    ...(a.properties || other.properties ? { properties: { ...a.properties, ...other.properties } } : {}),
    ...(a.required || other.required ? { required: [...(a.required ?? []), ...(other.required ?? [])] } : {}),
  };
}

/** Follows `#/definitions/name`. A reference that leads nowhere allows anything, as far as is known. */
function resolved(schema: Schema, root: Schema): Schema {
  let found: unknown = schema;
  for (let steps = 0; steps < MOST_DEPTH; steps++) {
    const reference: unknown = (found as SchemaObject | undefined)?.$ref;
    if (typeof found !== 'object' || found === null || typeof reference !== 'string') break;
    if (!reference.startsWith('#')) return true;
    found = reference
      .slice(1)
      .split('/')
      .filter((step) => step !== '')
      .reduce<unknown>(
        (value, step) =>
          (value as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')],
        root,
      );
  }
  return (found ?? true) as Schema;
}

const shown = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}
