/**
 * How long the texts of a model's columns can be: an upper bound that holds for every input, or nothing. Without it a column that
 * went through `any_value` or `lower` would be VARCHAR(65535) in Redshift, which costs memory in every query. Lengths count
 * characters, as the contract does.
 */
import type { ColumnType, OutputColumn } from '../tasks/common';
import { MASK } from '../tasks/pii';

export type Node = Record<string, unknown>;

/** Of a column: a text's length, or another type as it stands (for CAST to text). Absent: nothing is known. */
type Known = ColumnType | undefined;

interface Relation {
  /** by which `alias.column` names it */
  readonly name?: string;
  readonly columns: ReadonlyMap<string, Known>;
  /** has columns that are not listed */
  readonly open: boolean;
}

const MAX_LENGTH = 65_535;
const OPEN: Relation = { columns: new Map(), open: true };

/** Of a column of which each value is `***`, or NULL: this object stands for no other. */
const MASKED: ColumnType = { type: 'text', length: MASK.length };

export interface TextColumns {
  /** by the column's name in lower case */
  readonly lengths: ReadonlyMap<string, number>;
  /** columns that hold nothing but masked personal data, as far as the query shows it: by name, or through a function that leaves it so */
  readonly masked: ReadonlySet<string>;
}

/**
 * @param query DuckDB's syntax tree of a query
 * @param inputs columns of the sources and models that it may name
 * @param masked of each of them the columns that are masked
 */
export function textColumns(
  query: Node,
  inputs: ReadonlyMap<string, readonly OutputColumn[]>,
  masked: ReadonlyMap<string, ReadonlySet<string>>,
): TextColumns {
  const tables = new Map(
    [...inputs].map(([name, columns]) => [
      name,
      {
        columns: columnMap(
          columns.map((column) => [column.name, masked.get(name)?.has(column.name) ? MASKED : column.type]),
        ),
        open: false,
      },
    ]),
  );
  const { columns } = relationOf(query, tables);
  const lengths = new Map<string, number>();
  for (const [name, known] of columns) {
    if (known?.type === 'text' && known.length !== undefined) lengths.set(name, known.length);
  }
  return { lengths, masked: new Set([...columns].flatMap(([name, known]) => (known === MASKED ? [name] : []))) };
}

type Tables = ReadonlyMap<string, Relation>;

function relationOf(query: Node, outer: Tables): Relation {
  const tables = new Map(outer);
  for (const { key, value } of list((query.cte_map as Node | undefined)?.map)) {
    const inner = (value as { query: { node: Node }; aliases?: string[] }).query.node;
    const renamed = list((value as Node).aliases).length > 0;
    tables.set(lower(key), renamed || inner.type === 'RECURSIVE_CTE_NODE' ? OPEN : relationOf(inner, tables));
  }
  if (query.type === 'SELECT_NODE') return select(query, tables);
  if (query.type === 'SET_OPERATION_NODE') return setOperation(query, tables);
  return OPEN;
}

function setOperation(query: Node, tables: Tables): Relation {
  const left = relationOf(query.left as Node, tables);
  const right = relationOf(query.right as Node, tables);
  if (query.setop_type === 'EXCEPT' || query.setop_type === 'INTERSECT') return left;
  if (left.open || right.open) return OPEN;
  const columns = new Map<string, Known>();
  if (query.setop_type === 'UNION_BY_NAME') {
    for (const [name, known] of [...left.columns, ...right.columns]) {
      columns.set(name, columns.has(name) ? longest([columns.get(name), known]) : known);
    }
  } else if (left.columns.size === right.columns.size) {
    const others = [...right.columns.values()];
    [...left.columns].forEach(([name, known], index) => {
      columns.set(name, longest([known, others[index]]));
    });
  } else return OPEN;
  return { columns, open: false };
}

function select(query: Node, tables: Tables): Relation {
  const from = fromRelations(query.from_table as Node | undefined, tables);
  const scope = new Scope(from);
  const columns: [string, Known][] = [];
  let open = false;
  for (const item of list(query.select_list)) {
    if (item.class === 'STAR') {
      const all = star(item, from, scope);
      open ||= all.open;
      columns.push(...all.columns);
    } else {
      const name = lower(item.alias || (item.class === 'COLUMN_REF' ? list<string>(item.column_names).at(-1) : ''));
      const known = scope.measure(item);
      columns.push([name, known]);
      if (item.alias) scope.alias(name, known);
    }
  }
  return { columns: columnMap(columns), open };
}

/** Of two columns of one name (in a join's `*`) the longer one counts. */
function columnMap(columns: readonly (readonly [string, Known])[]): Map<string, Known> {
  const map = new Map<string, Known>();
  for (const [name, known] of columns)
    map.set(lower(name), map.has(lower(name)) ? longest([map.get(lower(name)), known]) : known);
  return map;
}

const PLAIN_STAR = new Set(['class', 'type', 'query_location', 'relation_name', 'exclude_list', 'replace_list']);

function star(item: Node, from: readonly Relation[], scope: Scope): Relation {
  if (Object.keys(item).some((key) => !PLAIN_STAR.has(key))) return OPEN;
  const of = item.relation_name ? from.filter(({ name }) => name === lower(item.relation_name)) : from;
  const excluded = new Set(
    list<unknown>(item.exclude_list).map((one) => lower(typeof one === 'string' ? one : (one as Node)?.column)),
  );
  const replaced = new Map(list(item.replace_list).map(({ key, value }) => [lower(key), scope.measure(value as Node)]));
  const columns = of.flatMap((relation) => [...relation.columns]).filter(([name]) => !excluded.has(name));
  return {
    columns: columnMap(columns.map(([name, known]) => [name, replaced.has(name) ? replaced.get(name) : known])),
    open: of.length === 0 || of.some(({ open }) => open),
  };
}

function fromRelations(table: Node | undefined, tables: Tables): Relation[] {
  if (table === undefined || table.type === 'EMPTY') return [];
  if (table.type === 'JOIN')
    return [...fromRelations(table.left as Node, tables), ...fromRelations(table.right as Node, tables)];
  const renamed = list(table.column_name_alias).length > 0;
  const alias = table.alias ? { name: lower(table.alias) } : {};
  if (table.type === 'BASE_TABLE') {
    const name = lower(table.table_name);
    const { columns, open } = renamed ? OPEN : (tables.get(name) ?? OPEN);
    return [{ name, columns, open, ...alias }];
  }
  if (table.type === 'SUBQUERY' && !renamed) {
    return [{ ...relationOf((table.subquery as { node: Node }).node, tables), ...alias }];
  }
  return [{ ...OPEN, ...alias }];
}

/** Names in one SELECT: of its tables first, then of the columns that were named before. */
class Scope {
  private readonly aliases = new Map<string, Known>();

  constructor(private readonly from: readonly Relation[]) {}

  alias(name: string, known: Known): void {
    this.aliases.set(name, known);
  }

  measure(item: Node | undefined): Known {
    if (item === undefined) return undefined;
    if (this.isMasked(item)) return MASKED;
    const length = this.length(item);
    if (length !== undefined)
      return length <= MAX_LENGTH ? { type: 'text', length: Math.max(1, length) } : { type: 'text' };
    return item.class === 'COLUMN_REF' ? this.column(list<string>(item.column_names)) : undefined;
  }

  private isMasked(item: Node): boolean {
    if (item.class === 'COLUMN_REF') return this.column(list<string>(item.column_names)) === MASKED;
    const [first] = list(item.children);
    const isKept = ['FUNCTION', 'WINDOW'].includes(String(item.class)) && MASK_STAYS.has(lower(item.function_name));
    return isKept && first !== undefined && item.default_expr == null && this.isMasked(first);
  }

  private column(path: readonly string[]): Known {
    const name = lower(path.at(-1));
    if (path.length > 2) return undefined;
    if (path.length === 2) {
      const tables = this.from.filter((relation) => relation.name === lower(path[0]));
      return tables.length === 1 ? tables[0]!.columns.get(name) : undefined;
    }
    // With USING, a name may mean either table's column.
    if (this.from.length > 1 && this.from.some(({ open }) => open)) return undefined;
    const found = this.from.filter(({ columns }) => columns.has(name));
    if (found.length > 0) return longest(found.map(({ columns }) => columns.get(name)));
    return this.from.some(({ open }) => open) ? undefined : this.aliases.get(name);
  }

  /** The most characters that a text expression can have; undefined: unknown, or no text. */
  private length(item: Node): number | undefined {
    const children = list(item.children);
    switch (item.class) {
      case 'COLUMN_REF':
        return lengthOf(this.column(list<string>(item.column_names)));
      case 'CONSTANT':
        return constantLength(item.value as Node);
      case 'COLLATE':
        return this.length(item.child as Node);
      case 'CAST':
        return (item.cast_type as Node).id === 'VARCHAR' ? this.asText(item.child as Node) : undefined;
      case 'CASE': {
        const branches = [
          ...list(item.case_checks).map(({ then_expr }) => then_expr as Node),
          item.else_expr as Node | undefined,
        ];
        return most(branches.map((branch) => (branch === undefined ? 0 : this.length(branch))));
      }
      case 'OPERATOR':
        if (item.type === 'OPERATOR_COALESCE') return most(children.map((child) => this.length(child)));
        return item.type === 'ARRAY_SLICE' ? least(this.length(children[0]!), sliceLength(children)) : undefined;
      case 'WINDOW':
        if (item.default_expr) return most([this.length(children[0]!), this.length(item.default_expr as Node)]);
        return FIRST_ARGUMENT.has(lower(item.function_name)) ? this.length(children[0]!) : undefined;
      case 'FUNCTION':
        return this.functionLength(lower(item.function_name), children);
      default:
        return undefined;
    }
  }

  private functionLength(name: string, children: readonly Node[]): number | undefined {
    const [first, second, third] = children;
    if (name in FIXED) return FIXED[name];
    if (first === undefined) return undefined;
    if (FIRST_ARGUMENT.has(name)) return this.length(first);
    switch (name) {
      case 'greatest':
      case 'least':
      case 'ifnull':
        return most(children.map((child) => this.length(child)));
      case '||':
      case 'concat':
        return sum(children.map((child) => this.asText(child)));
      case 'concat_ws':
        return sum([
          ...children.slice(1).map((child) => this.asText(child)),
          (this.length(first) ?? Number.NaN) * Math.max(0, children.length - 2),
        ]);
      case 'left':
      case 'right': {
        const count = wholeNumber(second);
        return least(this.length(first), count !== undefined && count >= 0 ? count : undefined);
      }
      case 'substr':
      case 'substring': {
        const count = wholeNumber(third);
        return least(this.length(first), count === undefined ? undefined : Math.abs(count));
      }
      case 'lpad':
      case 'rpad':
        return wholeNumber(second);
      case 'replace': {
        const [from, to] = [second, third].map((part) =>
          part?.class === 'CONSTANT' ? constantLength(part.value as Node) : undefined,
        );
        return from !== undefined && to !== undefined && to <= from ? this.length(first) : undefined;
      }
      default:
        return undefined;
    }
  }

  /** As DuckDB writes a value of that type. */
  private asText(item: Node): number | undefined {
    const length = this.length(item);
    if (length !== undefined) return length;
    const known = item.class === 'COLUMN_REF' ? this.column(list<string>(item.column_names)) : undefined;
    if (known?.type === 'decimal') return known.precision + 3;
    return known === undefined ? undefined : WRITTEN[known.type];
  }
}

/** Their result is their first argument, or a part or another case of it. */
const FIRST_ARGUMENT = new Set(
  `any_value arbitrary first last min max arg_max arg_min max_by min_by mode first_value last_value nth_value lag lead
  lower lcase upper ucase trim ltrim rtrim reverse nullif split_part regexp_extract translate`.split(/\s+/),
);
/** What they make of a masked value is one. */
const MASK_STAYS = new Set(
  `any_value arbitrary first last min max mode first_value last_value nth_value lag lead lower lcase upper ucase trim
  ltrim rtrim reverse nullif`.split(/\s+/),
);
const FIXED: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64, dayname: 9, monthname: 9 };
const WRITTEN: Readonly<Record<string, number>> = { bigint: 20, integer: 11, boolean: 5, date: 17 };

const lower = (value: unknown): string => String(value ?? '').toLowerCase();
const list = <T = Node>(value: unknown): readonly T[] => (Array.isArray(value) ? value : []);
const lengthOf = (known: Known): number | undefined => (known?.type === 'text' ? known.length : undefined);

function longest(all: readonly Known[]): Known {
  if (all.every((one) => one === MASKED)) return MASKED;
  const length = most(all.map(lengthOf));
  if (length !== undefined) return { type: 'text', length };
  const [first] = all;
  return all.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? first : undefined;
}

function constantLength(value: Node): number | undefined {
  if (value.is_null === true) return 0;
  return (value.type as Node).id === 'VARCHAR' ? [...String(value.value ?? '')].length : undefined;
}

function wholeNumber(item: Node | undefined): number | undefined {
  const value = item?.class === 'CONSTANT' ? (item.value as Node).value : undefined;
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

function sliceLength([, start, end]: readonly Node[]): number | undefined {
  const [from, to] = [wholeNumber(start), wholeNumber(end)];
  return from !== undefined && to !== undefined && from >= 1 && to >= 0 ? Math.max(0, to - from + 1) : undefined;
}

const most = (lengths: readonly (number | undefined)[]): number | undefined =>
  lengths.length === 0 || lengths.includes(undefined) ? undefined : Math.max(...(lengths as number[]));
const least = (...lengths: readonly (number | undefined)[]): number | undefined => {
  const known = lengths.filter((length) => length !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};
function sum(lengths: readonly (number | undefined)[]): number | undefined {
  const total = lengths.reduce<number>((all, length) => all + (length ?? Number.NaN), 0);
  return Number.isNaN(total) ? undefined : total;
}
