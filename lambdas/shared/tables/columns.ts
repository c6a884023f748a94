/** Which columns of a table are read, and as what. */
import type { ColumnType, ContractColumn } from '../../../lib/tasks/common';
import type { DriftEntry } from '../../../lib/tasks/drift';
import { SourceRefused } from '../../../lib/tasks/errors';
import type { RowSource } from '../../../lib/tasks/extract-rows';
import { matchHeader } from '../contract/match-header';
import { typeName } from '../contract/type-names';
import type { ColumnKind, TableColumn } from './engine';

export interface SelectedColumn extends TableColumn {
  /** absent: a column that the contract does not know */
  readonly contract?: ContractColumn;
  /** not passed on, but maybe a key or a cursor */
  readonly ignored: boolean;
}

export interface MatchedTable {
  readonly columns: readonly SelectedColumn[];
  /** how the table differs from the contract */
  readonly drift: readonly DriftEntry[];
}

/** @throws {ContractDrift} before a row is read {SourceRefused} for a type that no contract can hold */
export function matchColumns(table: readonly TableColumn[], source: RowSource, what: string): MatchedTable {
  const { columns, drift = [] } = matchHeader(
    table.map(({ name }) => name),
    source.columns,
    source.onDrift,
    { file: capitalize(what), source: source.name, kind: 'table', names: 'schema' },
    (matched) => ({
      types: table.map(({ type }) => type),
      changed: table.flatMap(({ kind, type }, index) => {
        const column = matched[index];
        if (column === undefined || !NEVER[column.type.type]?.includes(kind)) return [];
        return [{ name: column.name, was: typeName(column.type), is: type, examples: '' }];
      }),
    }),
  );
  const selected = columns.map(({ contract, ignored }, index) => {
    const column = table[index]!;
    if (column.kind === 'unreadable' && !ignored) {
      throw new SourceRefused(
        `Source ${source.name}: column ${column.name} of ${what} is a ${column.type}, which has no text. Read it by a query that makes one of it, e.g. ST_AsText(${column.name}) or ST_AsGeoJSON(${column.name}).`,
      );
    }
    return { ...column, ...(contract ? { contract } : {}), ignored };
  });
  return { columns: selected, drift };
}

const TIMES: readonly ColumnKind[] = ['date', 'time', 'instant'];
/** No value of a column of such a kind is one of the contract's type. A text may hold anything: its values tell. */
const NEVER: Readonly<Partial<Record<ColumnType['type'], readonly ColumnKind[]>>> = {
  bigint: TIMES,
  integer: TIMES,
  decimal: TIMES,
  double: TIMES,
  boolean: TIMES,
  date: ['integer'],
  timestamp: ['integer'],
};

/** The column that a pipeline names, by the table's name or the contract's. @throws {SourceRefused} */
export function namedColumn(
  columns: readonly SelectedColumn[],
  name: string,
  { option, source, what }: { readonly option: string; readonly source: string; readonly what: string },
): SelectedColumn {
  const found = columns.find((one) => one.name === name) ?? columns.find(({ contract }) => contract?.name === name);
  if (found) return found;
  throw new SourceRefused(
    `Source ${source}: ${what} has no column '${name}', which ${option} names. It has ${columns.map((one) => one.name).join(', ')}.`,
  );
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
