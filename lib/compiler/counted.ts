/** The tables of a stream's aggregates as sinks, for those who want to know what is in them; lambdas/shared/stream/aggregates.ts makes the items. */
import type { Aggregate } from '../pipeline/types';
import type { ColumnType, DynamoSink, OutputColumn } from '../tasks/common';
import { AGGREGATE_KINDS, type AggregateKind } from '../tasks/stream';

const text = { type: 'text' } as const;
const bigint = { type: 'bigint' } as const;
const MOST_DIGITS = 38;

/** `columns`: of the model. */
export function countedSink(
  { model, by, count, ...kinds }: Aggregate,
  table: string,
  source: string,
  columns: readonly OutputColumn[],
): DynamoSink {
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? text;
  const values = AGGREGATE_KINDS.flatMap((how) =>
    Object.entries(kinds[how] ?? {}).map(([name, column]): OutputColumn => {
      return { name, type: keptType(how, typeOf(column)), nullable: how !== 'countOf' };
    }),
  );
  return {
    kind: 'dynamoTable',
    id: `aggregate:${table}`,
    model: model ?? source,
    columns: [
      { name: 'group', type: text, nullable: false },
      { name: 'window', type: text, nullable: false },
      ...by.map((name) => ({ name, type: typeOf(name), nullable: true })),
      { name: count, type: bigint, nullable: false },
      ...values,
    ],
    write: { mode: 'merge', keys: ['group', 'window'] },
    evolve: false,
    table,
    key: { partitionKey: 'group', sortKey: 'window' },
  };
}

function keptType(how: AggregateKind, type: ColumnType): ColumnType {
  if (how === 'countOf' || (how === 'sum' && type.type === 'integer')) return bigint;
  return how === 'sum' && type.type === 'decimal' ? { ...type, precision: MOST_DIGITS } : type;
}
