/** What is counted of a stream's rows, and the items that its tables get. */
import type { ColumnType } from '../../../lib/tasks/common';
import type { AggregateKind, StreamPlan } from '../../../lib/tasks/stream';
import { attributeOf, type Item } from '../dynamo/item';
import { type RowTexts, Unfit } from '../unfit';

/** With all that its items need, since what was counted may be written by a function that has another plan. */
export interface Aggregate {
  readonly table: string;
  readonly model: string;
  readonly by: readonly { readonly name: string; readonly type: ColumnType }[];
  /** attribute */
  readonly count: string;
  readonly values: readonly {
    readonly name: string;
    readonly how: AggregateKind;
    readonly column: string;
    readonly type: ColumnType;
  }[];
}

/** How many rows, then what is kept of their values. */
export type Counts = [number, ...(string | null)[]];

/** Of an item that a rebuild has counted: its run. */
export const REBUILT_BY = '_rebuilt_by';

const MOST_GROUP_BYTES = 2048;

export function aggregatesOf({ aggregates, source, columns, rowFunction }: StreamPlan): Aggregate[] {
  return (aggregates?.tables ?? []).map(({ table, model, by, count, values }) => {
    const typeOf = (name: string): ColumnType => {
      const column = (model === source ? columns : rowFunction!.columns).find((one) => one.name === name)!;
      return column.pii === undefined ? column.type : { type: 'text' };
    };
    return {
      table,
      model,
      by: by.map((name) => ({ name, type: typeOf(name) })),
      count,
      values: values.map(({ name, how, column }) => ({ name, how, column, type: typeOf(column) })),
    };
  });
}

export const valuesOf = (row: RowTexts, { by }: Aggregate): (string | null)[] =>
  by.map(({ name }) => row[name] ?? null);

/** @throws {Unfit} what no item can have, or cannot compare */
export function refuseCounted(row: RowTexts, aggregate: Aggregate): void {
  for (const { column, type } of aggregate.values) {
    const text = row[column] ?? null;
    if (text !== null && (type.type === 'date' || type.type === 'timestamp') && !/^\d{4}-/.test(text))
      throw new Unfit(column, `is ${text}, and times are compared of the years 0 to 9999`);
  }
  const values = valuesOf(row, aggregate);
  groupAttributes(values, aggregate);
  const bytes = Buffer.byteLength(groupOf(values));
  if (bytes <= MOST_GROUP_BYTES) return;
  throw new Unfit(undefined, `its group is a key of ${bytes} bytes, and DynamoDB takes ${MOST_GROUP_BYTES} at most`);
}

/** `window`: the whole sort key. */
export function aggregateItem(
  aggregate: Aggregate,
  window: string,
  values: readonly (string | null)[],
  [count, ...kept]: Counts,
): Item {
  const item: Item = {
    group: { S: groupOf(values) },
    window: { S: window },
    ...groupAttributes(values, aggregate),
    [aggregate.count]: { N: String(count) },
  };
  aggregate.values.forEach(({ name, how, type }, index) => {
    const value = kept[index] ?? null;
    if (value !== null) item[name] = keptAttribute(value, how === 'countOf' ? { type: 'bigint' } : type, name);
  });
  return item;
}

function groupAttributes(values: readonly (string | null)[], { by }: Aggregate): Item {
  const item: Item = {};
  by.forEach(({ name, type }, index) => {
    const value = values[index] ?? null;
    if (value !== null) item[name] = attributeOf(value, type, name);
  });
  return item;
}

/** A number that DynamoDB has none of, as a sum of more than 38 digits, is kept as text. */
function keptAttribute(value: string, type: ColumnType, name: string): Item[string] {
  try {
    return attributeOf(value, type, name);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return { S: value };
  }
}

/** `de`, or of several columns `de#female`; NULL is `\N`, an empty text alone `\E`, and `all` is that of no columns. */
export function groupOf(values: readonly (string | null)[]): string {
  if (values.length === 0) return 'all';
  const group = values.map((value) => (value === null ? '\\N' : value.replace(/[\\#]/g, '\\$&'))).join('#');
  return group === '' ? '\\E' : group;
}
