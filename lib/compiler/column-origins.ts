/**
 * Which columns of its inputs each column of a query is made of, as its text tells: what stands in its expression. What decides which
 * rows there are (WHERE, JOIN, GROUP BY) is not part of it. Where one column cannot be told, none is.
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
  constructor(readonly aggregates: ReadonlySet<string>) {}

  /** `around`: the SELECT in whose expression it stands. */
  query(node: Node, outer: Tables, around?: Scope): Columns {
    const tables = new Map(outer);
    for (const { key, value } of list((node.cte_map as Node | undefined)?.map)) {
      const inner = (value as { query: { node: Node } }).query.node;
      tables.set(lower(key), renamed(this.query(inner, tables), (value as Node).aliases));
    }
    if (node.type === 'SELECT_NODE') return this.select(node, tables, around);
    if (node.type === 'SET_OPERATION_NODE') return this.setOperation(node, tables, around);
    throw new Untold();
  }

  private setOperation(node: Node, tables: Tables, around?: Scope): Columns {
    const left = this.query(node.left as Node, tables, around);
    if (node.setop_type === 'EXCEPT' || node.setop_type === 'INTERSECT') return left;
    const right = this.query(node.right as Node, tables, around);
    if (node.setop_type === 'UNION_BY_NAME') return merged([...left, ...right]);
    if (node.setop_type !== 'UNION' || left.size !== right.size) throw new Untold();
    const others = [...right.values()];
    return new Map([...left].map(([name, origins], index) => [name, together([origins, others[index]!])]));
  }

  private select(node: Node, tables: Tables, around?: Scope): Columns {
    const from = this.relations(node.from_table as Node | undefined, tables);
    const scope = new Scope(from, tables, this, around);
    return merged(
      list(node.select_list).flatMap((item, index): [string, readonly ColumnOrigin[]][] => {
        if (item.class === 'STAR') return [...scope.star(item)];
        const origins = scope.origins(item);
        const name = lower(
          item.alias || (item.class === 'COLUMN_REF' ? list<string>(item.column_names).at(-1) : `#${index}`),
        );
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
    private readonly tables: Tables,
    private readonly reader: Reader,
    private readonly around: Scope | undefined,
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
        return together([
          made('TRANSFORMATION', [
            ...list(item.case_checks).map(({ then_expr }) => this.origins(then_expr as Node)),
            ...(item.else_expr ? [this.origins(item.else_expr as Node)] : []),
          ]),
          this.deciding(list(item.case_checks).map(({ when_expr }) => when_expr)),
        ]);
      case 'FUNCTION':
      case 'WINDOW': {
        const how = this.reader.aggregates.has(lower(item.function_name)) ? 'AGGREGATION' : 'TRANSFORMATION';
        const own = [...children, ...(item.default_expr ? [item.default_expr as Node] : [])];
        return together([
          made(
            how,
            own.map((child) => this.origins(child)),
          ),
          this.deciding([item.filter, item.filter_expr, ...list(item.partitions)]),
          this.deciding(list(item.orders).map(({ expression }) => expression)),
        ]);
      }
      case 'SUBQUERY': {
        const columns = this.reader.query((item.subquery as { node: Node }).node, this.tables, this);
        const child = item.child ? [this.origins(item.child as Node)] : [];
        const how =
          item.subquery_type === 'EXISTS' || item.subquery_type === 'NOT_EXISTS' ? 'CONDITION' : 'TRANSFORMATION';
        return made(how, [...columns.values(), ...child]);
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

  /** What values of others depend on. */
  private deciding(items: readonly unknown[]): readonly ColumnOrigin[] {
    return made(
      'CONDITION',
      items.flatMap((item) => (item ? [this.origins(item as Node)] : [])),
    );
  }

  private column(path: readonly string[]): readonly ColumnOrigin[] {
    const own = this.ownColumn(path) ?? this.around?.column(path);
    if (own === undefined) throw new Untold();
    return own;
  }

  private ownColumn(path: readonly string[]): readonly ColumnOrigin[] | undefined {
    const [first, second, ...rest] = path.map(lower);
    const tables = second === undefined ? [] : this.from.filter(({ name }) => name === first);
    if (tables.length === 1) {
      const found = tables[0]!.columns.get(second!);
      return found && rest.length > 0 ? made('TRANSFORMATION', [found]) : found;
    }
    // With USING, a name means both tables' columns.
    const found = this.from.flatMap(({ columns }) => (columns.has(first!) ? [columns.get(first!)!] : []));
    const origins = found.length > 0 ? together(found) : this.aliases.get(first!);
    return origins && second !== undefined ? made('TRANSFORMATION', [origins]) : origins;
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

/** What more was done with it. */
const RANK = { CONDITION: -1, IDENTITY: 0, TRANSFORMATION: 1, AGGREGATION: 2 } as const;

/** One entry for each column: what is most is told. */
export function together<O extends ColumnOrigin>(all: readonly (readonly O[])[]): O[] {
  const found = new Map<string, O>();
  for (const origin of all.flat()) {
    const key = `${origin.of}.${origin.column}`;
    const known = found.get(key);
    if (known === undefined || RANK[known.how] < RANK[origin.how]) found.set(key, origin);
  }
  return [...found.values()];
}

/** What comes of columns that were made in their turn: what only decided stays so. */
export const made = <O extends ColumnOrigin>(how: ColumnOrigin['how'], all: readonly (readonly O[])[]): O[] =>
  together(
    all.map((origins) =>
      origins.map((origin) =>
        how === 'CONDITION' || (origin.how !== 'CONDITION' && RANK[how] > RANK[origin.how])
          ? { ...origin, how }
          : origin,
      ),
    ),
  );
