import type { ColumnMetadata, DescribeTableRequest, DescribeTableResponse } from '@aws-sdk/client-redshift-data';
import { type OperationOf, page } from '../stateful';
import { askCatalog } from './catalog';
import { accessToWorkgroup, type RedshiftData } from './state';

interface Row {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly type: string;
  readonly modifier: number;
  readonly required: boolean;
  readonly default: string | null;
}

export const DescribeTable: OperationOf<RedshiftData, DescribeTableRequest, DescribeTableResponse> = (current) => ({
  authorize: (input) => accessToWorkgroup(current(), 'DescribeTable', input),

  async handle(input, context) {
    const sql = `SELECT a.attname AS name, n.nspname AS schema, c.relname AS table, t.typname AS type, a.atttypmod AS modifier, a.attnotnull AS required,
        pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relname = $1 AND n.nspname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;
    const rows = await askCatalog<Row>(current(), input, context, sql, [input.Table ?? '', input.Schema || 'public']);
    const { items, nextToken } = page(rows, input.MaxResults || 1000, input.NextToken);
    return {
      TableName: input.Table ?? '',
      ColumnList: items.map(column),
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});

function column({ name, schema, table, type, modifier, required, default: value }: Row): ColumnMetadata {
  const sized = ['varchar', 'bpchar'].includes(type) && modifier > 0;
  const numeric = type === 'numeric' && modifier > 0;
  return {
    name,
    label: name,
    schemaName: schema,
    tableName: table,
    typeName: type === 'jsonb' ? 'super' : type,
    nullable: required ? 0 : 1,
    length: sized ? modifier - 4 : 0,
    precision: numeric ? ((modifier - 4) >> 16) & 0xffff : 0,
    scale: numeric ? (modifier - 4) & 0x7ff : 0,
    isCaseSensitive: sized,
    isCurrency: false,
    isSigned: ['int2', 'int4', 'int8', 'float4', 'float8', 'numeric'].includes(type),
    ...(value === null ? {} : { columnDefault: value }),
  };
}
