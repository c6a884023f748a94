/**
 * What a model's SQL says of itself, read from DuckDB's own syntax tree: the tables it names, and whether it is row-wise
 * (each output row depends on one input row alone), so that it can run inside the read of a file.
 */
import { type Catalog, quoteText } from './duckdb';

export interface SqlFacts {
  /** tables named in the SQL that are not its own WITH queries, in order of appearance */
  readonly tables: readonly string[];
  readonly rowWise: boolean;
  /** output columns that are an input column as it stands: output name → input name */
  readonly plainColumns: ReadonlyMap<string, string>;
  /** `*` hands on every input column */
  readonly star: boolean;
}

/** Raised for SQL that is not one SELECT over sources and models; `message` is a rule, `remedy` what to do. */
export class SqlError extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
    this.name = 'SqlError';
  }
}

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Table functions that read nothing from outside. */
const PURE_TABLE_FUNCTIONS = new Set(['range', 'generate_series', 'unnest']);

export async function readSql(sql: string, catalog: Catalog, aggregates: ReadonlySet<string>): Promise<SqlFacts> {
  const [row] = await catalog.query(`SELECT json_serialize_sql(${quoteText(sql)}, skip_default := true) AS tree`);
  const tree = JSON.parse(String(row!.tree)) as Node & { statements?: { node: Node }[] };
  if (tree.error) {
    const position = Number(tree.position ?? Number.NaN);
    const where = Number.isFinite(position) ? ` (line ${sql.slice(0, position).split('\n').length})` : '';
    throw new SqlError(`${String(tree.error_message)}${where}`, 'A model is one SELECT in DuckDB SQL.');
  }
  if (tree.statements?.length !== 1) throw new SqlError('a model is one SELECT', 'Remove the other statements.');
  const select = tree.statements[0]!.node;

  const ctes = new Set<string>();
  const tables: string[] = [];
  const found = { aggregate: false, window: false, subquery: false };
  walk(select, (node) => {
    for (const entry of (node.cte_map as { map?: { key: string }[] } | undefined)?.map ?? []) ctes.add(entry.key);
    if (node.type === 'BASE_TABLE') tables.push(tableName(node));
    if (node.type === 'TABLE_FUNCTION') refuseReads(node);
    if (node.class === 'WINDOW') found.window = true;
    if (node.class === 'SUBQUERY') found.subquery = true;
    if (node.class === 'FUNCTION' && aggregates.has(String(node.function_name))) found.aggregate = true;
  });

  const from = select.from_table as Node | undefined;
  const rowWise =
    select.type === 'SELECT_NODE' &&
    from?.type === 'BASE_TABLE' &&
    from.sample === undefined &&
    ctes.size === 0 &&
    !found.aggregate &&
    !found.window &&
    !found.subquery &&
    isEmpty(select.modifiers) &&
    isEmpty(select.group_expressions) &&
    isEmpty(select.group_sets) &&
    ['having', 'qualify', 'sample'].every((clause) => select[clause] === undefined || select[clause] === null) &&
    (select.aggregate_handling === undefined || select.aggregate_handling === 'STANDARD_HANDLING');

  return {
    tables: [...new Set(tables.filter((name) => !ctes.has(name)))],
    rowWise,
    ...plainColumns(select),
  };
}

const isEmpty = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);

function tableName(node: Node): string {
  const schema = String(node.schema_name ?? '');
  if (schema !== '') {
    throw new SqlError(
      `'${schema}.${String(node.table_name)}' has a schema`,
      'Name sources and models as they stand in pipeline.ts.',
    );
  }
  return String(node.table_name);
}

function refuseReads(node: Node): void {
  const name = String((node.function as Node | undefined)?.function_name ?? '');
  if (!PURE_TABLE_FUNCTIONS.has(name)) {
    throw new SqlError(`${name}() reads from outside the pipeline`, 'Declare a source and name it in FROM.');
  }
}

/** For text lengths: `SELECT name AS n, *` keeps them, `upper(name)` does not. */
function plainColumns(select: Node): Pick<SqlFacts, 'plainColumns' | 'star'> {
  const plain = new Map<string, string>();
  let star = false;
  for (const item of (select.select_list as Node[] | undefined) ?? []) {
    if (item.class === 'STAR') star = true;
    if (item.class !== 'COLUMN_REF') continue;
    const input = (item.column_names as string[]).at(-1)!;
    plain.set(String(item.alias ?? '') || input, input);
  }
  return { plainColumns: plain, star };
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  if (!isNode(value)) return;
  visit(value);
  for (const child of Object.values(value)) walk(child, visit);
}
