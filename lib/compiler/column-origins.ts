/**
 * Which columns of its inputs each column of a query is made of, as its text tells: what stands in its expression. What only decides
 * which rows there are (WHERE, JOIN, GROUP BY, the conditions of CASE) is not part of it. Where one column cannot be told, none is.
 */
import type { LineageOrigin } from '../tasks/lineage';
import type { Node } from './text-length';

export type ColumnOrigin = Pick<LineageOrigin, 'of' | 'column' | 'how'>;
export type ColumnOrigins = ReadonlyMap<string, readonly ColumnOrigin[]>;

type Columns = ReadonlyMap<string, readonly ColumnOrigin[]>;
type Tables = ReadonlyMap<string, Columns>;

interface Relation {
  /** by which `alias.column` names it */
  readonly name?: string;
  readonly columns: Columns;
}

/** The query has something that is not read here. */
class Untold extends Error {}

/**
 * @param query DuckDB's syntax tree of a query
 * @param inputs names of the columns of what it may name
 * @param aggregates names of functions
 * @returns by the column's name in lower case; undefined where one is not told
 */
export function columnOrigins(
  query: Node,
  inputs: ReadonlyMap<string, readonly string[]>,
  aggregates: ReadonlySet<string>,
): ColumnOrigins | undefined {
  const tables = new Map(
    [...inputs].map(([of, columns]) => [
      of,
      new Map(columns.map((column) => [lower(column), [{ of, column, how: 'IDENTITY' as const }]])),
    ]),
  );
  try {
    return new Reader(aggregates).query(query, tables);
  } catch (error) {
    if (error instanceof Untold) return undefined;
    throw error;
  }
}

class Reader {
  constructor(private readonly aggregates: ReadonlySet<string>) {}

  query(node: Node, outer: Tables): Columns {
    const tables = new Map(outer);
    for (const { key, value } of list((node.cte_map as Node | undefined)?.map)) {
      const inner = (value as { query: { node: Node } }).query.node;
      tables.set(lower(key), renamed(this.query(inner, tables), (value as Node).aliases));
    }
    if (node.type === 'SELECT_NODE') return this.select(node, tables);
    if (node.type === 'SET_OPERATION_NODE') return this.setOperation(node, tables);
    throw new Untold();
  }

  private setOperation(node: Node, tables: Tables): Columns {
    const left = this.query(node.left as Node, tables);
    if (node.setop_type === 'EXCEPT' || node.setop_type === 'INTERSECT') return left;
    const right = this.query(node.right as Node, tables);
    if (node.setop_type === 'UNION_BY_NAME') return merged([...left, ...right]);
    if (node.setop_type !== 'UNION' || left.size !== right.size) throw new Untold();
    const others = [...right.values()];
    return new Map([...left].map(([name, origins], index) => [name, together([origins, others[index]!])]));
  }

  private select(node: Node, tables: Tables): Columns {
    const from = this.relations(node.from_table as Node | undefined, tables);
    const scope = new Scope(from, this.aggregates);
    return merged(
      list(node.select_list).flatMap((item): [string, readonly ColumnOrigin[]][] => {
        if (item.class === 'STAR') return [...scope.star(item)];
        const origins = scope.origins(item);
        const name = lower(item.alias || (item.class === 'COLUMN_REF' ? list<string>(item.column_names).at(-1) : ''));
        if (item.alias) scope.alias(name, origins);
        return [[name, origins]];
      }),
    );
  }

  private relations(table: Node | undefined, tables: Tables): Relation[] {
    if (table === undefined || table.type === 'EMPTY') return [];
    if (table.type === 'JOIN')
      return [...this.relations(table.left as Node, tables), ...this.relations(table.right as Node, tables)];
    const named = (columns: Columns, name?: string): Relation[] => [
      {
        columns: renamed(columns, table.column_name_alias),
        ...(table.alias ? { name: lower(table.alias) } : name === undefined ? {} : { name }),
      },
    ];
    if (table.type === 'BASE_TABLE') {
      const name = lower(table.table_name);
      const columns = tables.get(name);
      if (columns === undefined) throw new Untold();
      return named(columns, name);
    }
    if (table.type === 'SUBQUERY') return named(this.query((table.subquery as { node: Node }).node, tables));
    throw new Untold();
  }
}

const PLAIN_STAR = new Set(['class', 'type', 'query_location', 'relation_name', 'exclude_list', 'replace_list']);
/** Their parts are other expressions, and nothing else decides what they are. */
const OF_CHILDREN = new Set(['OPERATOR', 'COMPARISON', 'CONJUNCTION', 'BETWEEN', 'COLLATE']);

/** Names in one SELECT: of its tables first, then of the columns that were named before. */
class Scope {
  private readonly aliases = new Map<string, readonly ColumnOrigin[]>();

  constructor(
    private readonly from: readonly Relation[],
    private readonly aggregates: ReadonlySet<string>,
  ) {}

  alias(name: string, origins: readonly ColumnOrigin[]): void {
    this.aliases.set(name, origins);
  }

  star(item: Node): Columns {
    if (Object.keys(item).some((key) => !PLAIN_STAR.has(key))) throw new Untold();
    const of = item.relation_name ? this.from.filter(({ name }) => name === lower(item.relation_name)) : this.from;
    if (of.length === 0) throw new Untold();
    const excluded = new Set(
      list<unknown>(item.exclude_list).map((one) => lower(typeof one === 'string' ? one : (one as Node)?.column)),
    );
    const replaced = new Map(
      list(item.replace_list).map(({ key, value }) => [lower(key), this.origins(value as Node)]),
    );
    const columns = of.flatMap((relation) => [...relation.columns]).filter(([name]) => !excluded.has(name));
    return merged(columns.map(([name, origins]) => [name, replaced.get(name) ?? origins]));
  }

  origins(item: Node): readonly ColumnOrigin[] {
    const children = list(item.children);
    switch (item.class) {
      case 'COLUMN_REF':
        return this.column(list<string>(item.column_names));
      case 'CONSTANT':
        return [];
      case 'CAST':
        return made('TRANSFORMATION', [this.origins(item.child as Node)]);
      case 'CASE':
        return made('TRANSFORMATION', [
          ...list(item.case_checks).map(({ then_expr }) => this.origins(then_expr as Node)),
          ...(item.else_expr ? [this.origins(item.else_expr as Node)] : []),
        ]);
      case 'FUNCTION':
      case 'WINDOW': {
        const name = lower(item.function_name);
        return made(
          this.aggregates.has(name) ? 'AGGREGATION' : 'TRANSFORMATION',
          [...children, ...(item.default_expr ? [item.default_expr as Node] : [])].map((child) => this.origins(child)),
        );
      }
      default:
        if (!OF_CHILDREN.has(String(item.class))) throw new Untold();
        return made(
          'TRANSFORMATION',
          [...children, ...PARTS.flatMap((part) => (item[part] ? [item[part] as Node] : []))].map((child) =>
            this.origins(child),
          ),
        );
    }
  }

  private column(path: readonly string[]): readonly ColumnOrigin[] {
    const [first, second, ...rest] = path.map(lower);
    const tables = second === undefined ? [] : this.from.filter(({ name }) => name === first);
    if (tables.length === 1) {
      const found = tables[0]!.columns.get(second!);
      if (found === undefined) throw new Untold();
      return rest.length > 0 ? made('TRANSFORMATION', [found]) : found;
    }
    // With USING, a name means both tables' columns.
    const found = this.from.flatMap(({ columns }) => (columns.has(first!) ? [columns.get(first!)!] : []));
    const origins = found.length > 0 ? together(found) : this.aliases.get(first!);
    if (origins === undefined) throw new Untold();
    return second === undefined ? origins : made('TRANSFORMATION', [origins]);
  }
}

/** Where an expression keeps what no list holds. */
const PARTS = ['left', 'right', 'input', 'lower', 'upper', 'child'] as const;

const lower = (value: unknown): string => String(value ?? '').toLowerCase();
const list = <T = Node>(value: unknown): readonly T[] => (Array.isArray(value) ? value : []);

/** Of two columns of one name (in a join's `*`) both count. */
function merged(columns: readonly (readonly [string, readonly ColumnOrigin[]])[]): Columns {
  const map = new Map<string, readonly ColumnOrigin[]>();
  for (const [name, origins] of columns) map.set(name, together([map.get(name) ?? [], origins]));
  return map;
}

function renamed(columns: Columns, aliases: unknown): Columns {
  const names = list<string>(aliases);
  return new Map([...columns].map(([name, origins], index) => [lower(names[index] ?? name), origins]));
}

const RANK = { IDENTITY: 0, TRANSFORMATION: 1, AGGREGATION: 2 } as const;

/** One entry for each column; what is more than identity counts. */
export function together(all: readonly (readonly ColumnOrigin[])[]): ColumnOrigin[] {
  const found = new Map<string, ColumnOrigin>();
  for (const origin of all.flat()) {
    const key = `${origin.of}.${origin.column}`;
    const known = found.get(key);
    if (known === undefined || RANK[known.how] < RANK[origin.how]) found.set(key, origin);
  }
  return [...found.values()];
}

/** What comes of columns that were made in their turn. */
export const made = (how: ColumnOrigin['how'], all: readonly (readonly ColumnOrigin[])[]): ColumnOrigin[] =>
  together(all).map((origin) => (RANK[origin.how] >= RANK[how] ? origin : { ...origin, how }));
