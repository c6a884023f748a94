import type { ColumnMetadata, Field } from '@aws-sdk/client-redshift-data';
import type { Client, FieldDef } from 'pg';
import { UnsupportedLocally } from '../../redshift/errors';
import type { Column } from './statement';

const TYPES: Readonly<
  Record<number, { readonly typeName: string; readonly kind: Column['kind']; readonly precision: number }>
> = {
  16: { typeName: 'bool', kind: 'boolean', precision: 1 },
  20: { typeName: 'int8', kind: 'long', precision: 19 },
  21: { typeName: 'int2', kind: 'long', precision: 5 },
  23: { typeName: 'int4', kind: 'long', precision: 10 },
  26: { typeName: 'oid', kind: 'long', precision: 10 },
  700: { typeName: 'float4', kind: 'double', precision: 8 },
  701: { typeName: 'float8', kind: 'double', precision: 17 },
  1042: { typeName: 'bpchar', kind: 'string', precision: 0 },
  1043: { typeName: 'varchar', kind: 'string', precision: 0 },
  25: { typeName: 'varchar', kind: 'string', precision: 0 },
  19: { typeName: 'name', kind: 'string', precision: 0 },
  1082: { typeName: 'date', kind: 'string', precision: 13 },
  1083: { typeName: 'time', kind: 'string', precision: 15 },
  1114: { typeName: 'timestamp', kind: 'string', precision: 29 },
  1184: { typeName: 'timestamptz', kind: 'string', precision: 35 },
  1266: { typeName: 'timetz', kind: 'string', precision: 21 },
  1700: { typeName: 'numeric', kind: 'string', precision: 38 },
  3802: { typeName: 'super', kind: 'super', precision: 0 },
};

/** Redshift writes it in another way than PostgreSQL. */
const INTERVAL = 1186;

/** The columns of a result, with the tables that they come from. */
export async function describeColumns(client: Client, fields: readonly FieldDef[]): Promise<Column[]> {
  const fromTables = fields.filter(({ tableID }) => tableID !== 0);
  const { rows } =
    fromTables.length === 0
      ? { rows: [] }
      : await client.query<{ table: number; column: number; schema: string; name: string; required: boolean }>(
          `SELECT c.oid::int AS table, a.attnum AS column, n.nspname AS schema, c.relname AS name, a.attnotnull AS required
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
           WHERE c.oid = ANY ($1) AND a.attnum > 0`,
          [[...new Set(fromTables.map(({ tableID }) => tableID))]],
        );
  if (fields.some(({ dataTypeID }) => dataTypeID === INTERVAL))
    throw new UnsupportedLocally('an INTERVAL as a column of a result; ask for a part of it by EXTRACT or DATEDIFF');
  return fields.map((field) => {
    const type = TYPES[field.dataTypeID] ?? { typeName: 'varchar', kind: 'string' as const, precision: 0 };
    const modifier = field.dataTypeModifier;
    const numeric = field.dataTypeID === 1700 && modifier > 0;
    const origin = rows.find(({ table, column }) => table === field.tableID && column === field.columnID);
    return {
      name: field.name,
      typeName: type.typeName,
      kind: type.kind,
      length: [1042, 1043].includes(field.dataTypeID) && modifier > 0 ? modifier - 4 : 0,
      precision: numeric ? ((modifier - 4) >> 16) & 0xffff : type.precision,
      scale: numeric ? (modifier - 4) & 0x7ff : 0,
      nullable: origin?.required ? 0 : 1,
      schemaName: origin?.schema ?? '',
      tableName: origin?.name ?? '',
    };
  });
}

export function metadata(column: Column): ColumnMetadata {
  return {
    isCaseSensitive: column.kind === 'string' && ['varchar', 'bpchar'].includes(column.typeName),
    isCurrency: false,
    isSigned: ['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'].includes(column.typeName),
    label: column.name,
    length: column.length,
    name: column.name,
    nullable: column.nullable,
    precision: column.precision,
    scale: column.scale,
    schemaName: column.schemaName,
    tableName: column.tableName,
    typeName: column.typeName,
  };
}

export function field(raw: string | null, { kind }: Column): Field {
  if (raw === null) return { isNull: true };
  switch (kind) {
    case 'boolean':
      return { booleanValue: raw === 't' };
    case 'long': {
      const value = Number(raw);
      return { longValue: Number.isSafeInteger(value) ? value : (BigInt(raw) as unknown as number) };
    }
    case 'double':
      return { doubleValue: Number(raw) };
    case 'super':
      // SUPER prints without blanks, jsonb with.
      return { stringValue: raw.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1') };
    case 'string':
      return { stringValue: raw };
  }
}

/** A value as CSV has it. */
export function textOf(raw: string | null, column: Column): string | null {
  if (raw === null) return null;
  const value = Object.values(field(raw, column))[0] as unknown;
  return column.kind === 'double' ? raw : String(value);
}
