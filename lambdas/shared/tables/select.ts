/** The statements that read a table: identifiers quoted, values in placeholders. */
import type { CursorBounds, RowPartition } from '../../../lib/tasks/extract-rows';
import type { SelectedColumn } from './columns';
import { cursorText } from './cursor-text';
import type { Engine, Statement } from './engine';

export interface TableQuery {
  readonly table?: string | undefined;
  readonly query?: string | undefined;
}

/** `schema.table` in quotes, or the query as a table; under one name. */
export function fromOf({ table, query }: TableQuery, engine: Engine): string {
  if (table !== undefined) return `${table.split('.').map(engine.quote).join('.')} AS ${engine.quote(ALIAS)}`;
  // The line break ends a comment that the query may end in.
  return `(${(query ?? '').trim().replace(/(\s*;)+$/, '')}\n) AS ${engine.quote(ALIAS)}`;
}

const ALIAS = 'source_rows';

export interface Selection {
  readonly from: string;
  readonly columns: readonly SelectedColumn[];
  readonly cursor?: { readonly column: SelectedColumn; readonly bounds: CursorBounds } | undefined;
  readonly key?: SelectedColumn | undefined;
}

export interface Slice {
  readonly partition: RowPartition;
  /** the last key that has been read; null: of rows that have none */
  readonly after?: string | null | undefined;
}

export function selectBounds(selection: Selection & { readonly key: SelectedColumn }, engine: Engine): Statement {
  const where = new Conditions(engine);
  const key = engine.quote(selection.key.name);
  const finite = engine.finite(selection.key, key);
  if (finite) where.add(finite);
  where.addCursor(selection.cursor);
  return where.statement(`SELECT MIN(${key}) AS low, MAX(${key}) AS high FROM ${selection.from}`, '');
}

export function selectRows(selection: Selection, { partition, after }: Slice, engine: Engine): Statement {
  const { from, columns, key, cursor } = selection;
  const wanted = columns.filter((column) => !column.ignored || column === key);
  const list = wanted.map((column) => {
    const quoted = engine.quote(column.name);
    const expression = engine.read(column, column.contract, quoted);
    return expression === quoted ? quoted : `${expression} AS ${quoted}`;
  });
  const where = new Conditions(engine);
  where.addCursor(cursor);
  if (key) {
    const quoted = engine.quote(key.name);
    const value = (text: string) => where.bind(key.kind === 'integer' ? BigInt(text) : text);
    const { from: low, to: high } = partition.values;
    if (after === null) where.add(`${quoted} IS NOT NULL`);
    else if (after !== undefined) where.add(`${quoted} > ${value(after)}`);
    if (typeof low === 'string') where.add(`${quoted} >= ${value(low)}`);
    if (typeof high === 'string') {
      // Rows without a key are the first range's.
      const before = `${quoted} < ${value(high)}`;
      where.add(typeof low === 'string' ? before : `(${before} OR ${quoted} IS NULL)`);
    }
  }
  // By the table's own column: one of the list may have its name, and be an expression that no index knows.
  const order = key ? ` ORDER BY ${engine.quote(ALIAS)}.${engine.quote(key.name)}${engine.nullsFirst}` : '';
  return where.statement(`SELECT ${list.join(', ') || '1 AS no_column'} FROM ${from}`, order);
}

class Conditions {
  private readonly conditions: string[] = [];
  private readonly values: (string | number | bigint)[] = [];

  constructor(private readonly engine: Engine) {}

  add(condition: string): void {
    this.conditions.push(condition);
  }

  /** The placeholder of a value. */
  bind(value: string | number | bigint): string {
    return this.engine.placeholder(this.values.push(value));
  }

  addCursor(cursor: Selection['cursor']): void {
    if (!cursor) return;
    const { column, bounds } = cursor;
    const quoted = this.engine.quote(column.name);
    if (bounds.from !== undefined) this.add(`${quoted} >= ${this.bind(cursorText(column, bounds.from))}`);
    if (bounds.to !== undefined) {
      // With everything that there is, also what has no time yet.
      const earlier = `${quoted} < ${this.bind(cursorText(column, bounds.to))}`;
      this.add(bounds.from === undefined ? `(${quoted} IS NULL OR ${earlier})` : earlier);
    }
  }

  statement(select: string, rest: string): Statement {
    const where = this.conditions.length > 0 ? ` WHERE ${this.conditions.join(' AND ')}` : '';
    return { sql: `${select}${where}${rest}`, values: this.values };
  }
}
