import type { ColumnMetadata, Field, ResultSetOptions } from '@aws-sdk/client-rds-data';
import { type FieldDef, types } from 'pg';
import { unsupportedResult } from './errors';

/** Its published types describe another function. */
const { arrayParser } = types as unknown as {
  arrayParser: { create(source: string, transform: (item: string) => unknown): { parse(): unknown[] } };
};

type Kind = 'boolean' | 'long' | 'double' | 'decimal' | 'blob' | 'timestamptz' | 'string';

/** By type OID; what is not here is a string. */
const KINDS: Readonly<Record<number, Kind>> = {
  16: 'boolean',
  17: 'blob',
  20: 'long',
  21: 'long',
  23: 'long',
  26: 'long',
  700: 'double',
  701: 'double',
  1184: 'timestamptz',
  1700: 'decimal',
};

/** Array type → its element's type. */
const ELEMENTS: Readonly<Record<number, number>> = {
  1000: 16,
  1001: 17,
  1005: 21,
  1007: 23,
  1016: 20,
  1021: 700,
  1022: 701,
  1231: 1700,
  1009: 25,
  1014: 1042,
  1015: 1043,
  1115: 1114,
  1182: 1082,
  1183: 1083,
  1185: 1184,
  199: 114,
  2951: 2950,
  3807: 3802,
};

/** point, lseg, path, box, polygon, line, circle, record: the Data API refuses them; the remedy is a cast to text. */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  600: 'POINT',
  601: 'LSEG',
  602: 'PATH',
  603: 'BOX',
  604: 'POLYGON',
  628: 'LINE',
  718: 'CIRCLE',
  2249: 'RECORD',
};

export type FieldReader = (raw: string | null) => Field;

export function fieldReader(typeId: number, options: ResultSetOptions = {}): FieldReader {
  const unsupported = UNSUPPORTED[typeId];
  if (unsupported) throw unsupportedResult(`The result contains the unsupported data type ${unsupported}.`);
  const element = ELEMENTS[typeId];
  if (element !== undefined) return arrayReader(KINDS[element] ?? 'string');
  const read = scalarReader(KINDS[typeId] ?? 'string', options);
  return (raw) => (raw === null ? { isNull: true } : read(raw));
}

function scalarReader(kind: Kind, options: ResultSetOptions): (raw: string) => Field {
  switch (kind) {
    case 'boolean':
      return (raw) => ({ booleanValue: raw === 't' });
    case 'long':
      return options.longReturnType === 'STRING'
        ? (raw) => ({ stringValue: raw })
        : (raw) => ({ longValue: long(raw) });
    case 'double':
      return (raw) => ({ doubleValue: Number(raw) });
    case 'decimal':
      return options.decimalReturnType === 'DOUBLE_OR_LONG'
        ? (raw) => (raw.includes('.') ? { doubleValue: Number(raw) } : { longValue: long(raw) })
        : (raw) => ({ stringValue: raw });
    case 'blob':
      return (raw) => ({ blobValue: bytes(raw) });
    case 'timestamptz':
      return (raw) => ({ stringValue: utc(raw) });
    case 'string':
      return (raw) => ({ stringValue: raw });
  }
}

function arrayReader(kind: Kind): FieldReader {
  return (raw) => {
    if (raw === null) return { isNull: true };
    const items = arrayParser.create(raw, (item) => item).parse();
    if (items.some(Array.isArray))
      throw unsupportedResult('The result contains a multidimensional array, which is not supported.');
    const texts = items as (string | null)[];
    // The API has no way to say null inside an array.
    if (texts.includes(null))
      throw unsupportedResult('The result contains an array with a null element, which is not supported.');
    const values = texts as string[];
    if (kind === 'boolean') return { arrayValue: { booleanValues: values.map((value) => value === 't') } };
    if (kind === 'long') return { arrayValue: { longValues: values.map(long) } };
    if (kind === 'double') return { arrayValue: { doubleValues: values.map(Number) } };
    return { arrayValue: { stringValues: kind === 'timestamptz' ? values.map(utc) : values } };
  };
}

/** What `formatRecordsAs: JSON` prints for a field. */
export function jsonValue(field: Field): unknown {
  if (field.isNull) return null;
  if (field.arrayValue) return Object.values(field.arrayValue)[0];
  if (field.blobValue) return Buffer.from(field.blobValue).toString('base64');
  return field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue ?? null;
}

/** Exact beyond 2^53 too: the codec writes a bigint as a number. */
function long(raw: string): number {
  const value = Number(raw);
  return Number.isSafeInteger(value) ? value : (BigInt(raw) as unknown as number);
}

const bytes = (raw: string) => new Uint8Array(Buffer.from(raw.slice(2), 'hex'));

/** The session is in UTC; the API's timestamps carry no offset. */
const utc = (raw: string) => raw.replace(/[+-]00$/, '');

/** JDBC's numbers, as the API reports them. */
const JDBC_TYPES: Readonly<Record<string, number>> = {
  bool: -7,
  int2: 5,
  int4: 4,
  int8: -5,
  float4: 7,
  float8: 8,
  numeric: 2,
  bpchar: 1,
  varchar: 12,
  text: 12,
  name: 12,
  date: 91,
  time: 92,
  timetz: 92,
  timestamp: 93,
  timestamptz: 93,
  bytea: -2,
};

const PRECISION: Readonly<Record<string, number>> = {
  bool: 1,
  int2: 5,
  int4: 10,
  int8: 19,
  float4: 8,
  float8: 17,
  date: 13,
};

export interface CatalogColumn {
  readonly typeName: string;
  readonly schemaName?: string;
  readonly tableName?: string;
  readonly notNull?: boolean;
  readonly identity?: boolean;
}

export function columnMetadata(field: FieldDef, catalog: CatalogColumn): ColumnMetadata {
  const { typeName } = catalog;
  const array = typeName.startsWith('_');
  const modifier = field.dataTypeModifier;
  const numeric = typeName === 'numeric' && modifier > 0;
  const sized = ['varchar', 'bpchar'].includes(typeName) && modifier > 0;
  return {
    arrayBaseColumnType: 0,
    isAutoIncrement: catalog.identity ?? false,
    isCaseSensitive: !(typeName in PRECISION) && typeName !== 'numeric',
    isCurrency: typeName === 'money',
    isSigned: ['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'].includes(typeName),
    label: field.name,
    name: field.name,
    nullable: catalog.tableName === undefined ? 2 : catalog.notNull ? 0 : 1,
    precision: numeric ? ((modifier - 4) >> 16) & 0xffff : sized ? modifier - 4 : (PRECISION[typeName] ?? 2147483647),
    scale: numeric ? (modifier - 4) & 0xffff : 0,
    schemaName: catalog.schemaName ?? '',
    tableName: catalog.tableName ?? '',
    type: array ? 2003 : (JDBC_TYPES[typeName] ?? 1111),
    typeName,
  };
}
