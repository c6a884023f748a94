/**
 * What a model's SQL says of itself, read from DuckDB's own syntax tree and plan: the tables it names, whether it is row-wise (each
 * output row depends on one input row alone), so that it can run inside the read of a file, and what is wrong with it.
 */
import { type Catalog, quoteText } from './duckdb';
import type { Node } from './text-length';

export interface SqlFacts {
  /** tables named in the SQL that are not its own WITH queries, in lower case, in order of appearance */
  readonly tables: readonly string[];
  /** as far as its text can tell; `isRowWise` asks the plan as well */
  readonly looksRowWise: boolean;
  readonly tree: Node;
}

/** Raised for SQL that is not one SELECT over sources and models; `message` is a rule, `remedy` what to do. */
export class SqlError extends Error {
  constructor(
    message: string,
    readonly remedy: string,
    /** the line of the SQL, with a caret under the place */
    readonly excerpt?: string,
  ) {
    super(message);
    this.name = 'SqlError';
  }
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Table functions that read nothing from outside. */
const PURE_TABLE_FUNCTIONS = new Set(['range', 'generate_series', 'unnest']);
/** Their result is another one each time: a retry would not make the same row. */
const VOLATILE = new Set(
  'random setseed uuid uuidv4 uuidv7 gen_random_uuid nextval currval current_query_id current_transaction_id'.split(
    ' ',
  ),
);

/**
 * The SQL without a semicolon and comments behind its end: it becomes part of other statements. What stands before its end stays,
 * so that line numbers agree with the file.
 */
export function withoutTrailer(sql: string): string {
  let end = 0;
  let position = 0;
  for (const token of tokensOf(sql)) {
    position += token.length;
    if (!/^(--|\/\*|\s|;$)/.test(token)) end = position;
  }
  return sql.slice(0, end);
}

/** Texts, quoted names and comments: what stands in them is no SQL. Its one group is the tag of a dollar-quoted text. */
export const OPAQUE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//;
const TOKENS = new RegExp(`${OPAQUE.source}|\\s+|[\\s\\S]`, 'g');

/** Texts, quoted names, comments and spaces whole; anything else character by character. */
function tokensOf(sql: string): string[] {
  return [...sql.matchAll(TOKENS)].map(([token]) => token);
}

/** @throws {SqlError} */
export async function readSql(sql: string, catalog: Catalog, aggregates: ReadonlySet<string>): Promise<SqlFacts> {
  const [row] = await catalog.query(`SELECT json_serialize_sql(${quoteText(sql)}, skip_default := true) AS tree`);
  const tree = JSON.parse(String(row!.tree)) as Node & { statements?: { node: Node }[] };
  if (tree.error) throw unreadable(sql, tree);
  const count = tree.statements?.length ?? 0;
  if (count === 0) throw new SqlError('there is no SQL', 'Write one SELECT.');
  if (count > 1) throw new SqlError(`it holds ${count} statements; a model is one SELECT`, 'Make a model of each.');
  const select = tree.statements![0]!.node;

  const tables = new Set<string>();
  const found = { aggregate: false, window: false, subquery: false, volatile: false, with: false };
  walk(select, new Set(), (node, ctes) => {
    if (node.type === 'BASE_TABLE') {
      const name = tableName(node);
      if (!ctes.has(name)) tables.add(name);
    }
    if (node.type === 'TABLE_FUNCTION') refuseReads(node);
    if (node.class === 'PARAMETER') throw new SqlError('it has a parameter', 'Write the value itself.');
    if (node.class === 'WINDOW') found.window = true;
    if (node.class === 'SUBQUERY') found.subquery = true;
    if (isNode(node.cte_map) && Array.isArray(node.cte_map.map)) found.with = true;
    if (node.class === 'FUNCTION') {
      const name = String(node.function_name).toLowerCase();
      if (aggregates.has(name)) found.aggregate = true;
      if (VOLATILE.has(name)) found.volatile = true;
    }
  });

  const from = select.from_table as Node | undefined;
  const looksRowWise =
    select.type === 'SELECT_NODE' &&
    from?.type === 'BASE_TABLE' &&
    from.sample === undefined &&
    !Object.values(found).includes(true) &&
    isEmpty(select.modifiers) &&
    isEmpty(select.group_expressions) &&
    isEmpty(select.group_sets) &&
    ['having', 'qualify', 'sample'].every((clause) => select[clause] === undefined || select[clause] === null) &&
    (select.aggregate_handling === undefined || select.aggregate_handling === 'STANDARD_HANDLING');
  return { tables: [...tables], looksRowWise, tree: select };
}

/** Steps of a plan that make at most one row of each row. */
const ROW_WISE_STEPS = new Set(['PROJECTION', 'FILTER', 'DUMMY_SCAN', 'EMPTY_RESULT']);

/** Asks DuckDB's plan: what a macro or a function hides (an aggregate, UNNEST) shows there. The SQL must bind. */
export async function isRowWise(sql: string, { looksRowWise }: SqlFacts, catalog: Catalog): Promise<boolean> {
  if (!looksRowWise) return false;
  const [row] = await catalog.query(`EXPLAIN (FORMAT json) ${sql}`);
  const [step, ...more] = JSON.parse(String(row!.explain_value)) as PlanStep[];
  if (more.length > 0) return false;
  for (let at = step; at !== undefined; at = at.children?.[0]) {
    if (!ROW_WISE_STEPS.has(at.name) || (at.children?.length ?? 0) > 1) return false;
  }
  return true;
}

interface PlanStep {
  readonly name: string;
  readonly children?: readonly PlanStep[];
}

/** Columns and types of a query, as DuckDB binds it. @throws {SqlError} */
export async function describeSql(sql: string, catalog: Catalog): Promise<{ name: string; type: string }[]> {
  const before = 'DESCRIBE ';
  try {
    const rows = await catalog.query(`${before}${sql}`);
    return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  } catch (error) {
    throw bindingError(sql, error, before.length);
  }
}

/** DuckDB's complaint (`errors_as_json`) about SQL that stands behind `offset` bytes of a statement. */
export function bindingError(sql: string, error: unknown, offset: number): SqlError {
  // Native errors come from outside, so `instanceof` does not tell.
  const text = (error as { message?: string }).message ?? String(error);
  const told = toldBy(text);
  const [rule = text, ...hints] = (told.exception_message ?? text).split('\n').filter((line) => line.trim() !== '');
  const position = told.position === undefined ? undefined : Number(told.position) - offset;
  const hint = hints.find((line) => /^(Candidate|Did you mean)/i.test(line));
  const [, missing] = /Function with name "?(\w+)"? does not exist/i.exec(rule) ?? [];
  const instead = IN_DUCKDB[missing?.toLowerCase() ?? ''];
  return new SqlError(
    plain(rule),
    instead === undefined
      ? `Correct the SQL (DuckDB's dialect).${hint === undefined ? '' : ` ${/[?]$/.test(hint) ? hint : `${hint}.`}`}`
      : `In DuckDB write ${instead}.`,
    position === undefined || position < 0 ? undefined : excerptAt(sql, position),
  );
}

/** Functions of the warehouses that people know, and what DuckDB has in their place. */
const IN_DUCKDB: Readonly<Record<string, string>> = {
  nvl: 'coalesce(a, b)',
  nvl2: 'CASE WHEN a IS NOT NULL THEN b ELSE c END',
  decode: "CASE a WHEN 1 THEN 'x' ELSE 'y' END",
  isnull: 'coalesce(a, b)',
  iif: 'CASE WHEN a THEN b ELSE c END',
  getdate: '{{interval.end}} where the pipeline has a schedule: what a run makes must not depend on when it runs',
  sysdate: '{{interval.end}} where the pipeline has a schedule: what a run makes must not depend on when it runs',
  dateadd: 'a + INTERVAL 1 DAY',
  to_char: "strftime(a, '%Y-%m-%d')",
  to_number: 'CAST(a AS decimal(12, 2))',
  charindex: 'strpos(text, part)',
  json_extract_path_text: "doc->>'$.a.b'",
  str_to_date: "strptime(a, '%Y-%m-%d')",
  convert_timezone: "timezone('Europe/Berlin', a)",
  safe_cast: 'TRY_CAST(a AS bigint)',
  safe_divide: 'a / nullif(b, 0)',
};

interface Told {
  readonly exception_message?: string;
  readonly position?: string;
}

/** Of a parser's error the message is JSON once more. */
function toldBy(text: string): Told {
  const json = text.replace(/^[A-Z][a-z]+ Error: /, '');
  if (!json.startsWith('{')) return {};
  const told = JSON.parse(json) as Told;
  return { ...told, ...toldBy(told.exception_message ?? '') };
}

function unreadable(sql: string, { error_type, error_message, position }: Node): SqlError {
  if (error_type === 'not implemented') {
    if (tokensOf(sql).some((token) => token === ';')) {
      return new SqlError('it holds several statements; a model is one SELECT', 'Remove the others.');
    }
    const [verb = ''] = withoutComments(sql)
      .trim()
      .split(/[^A-Za-z]+/);
    if (/^(pivot|unpivot|with|select|from)$/i.test(verb)) {
      return new SqlError('PIVOT and UNPIVOT cannot be read', 'Write it with GROUP BY and CASE, or UNION ALL.');
    }
    return new SqlError(
      `a model is one SELECT, this is ${verb.toUpperCase()}`,
      'Select the rows; sinks say where they go.',
    );
  }
  const at = position === undefined ? undefined : excerptAt(sql, Number(position));
  return new SqlError(plain(String(error_message)), "A model is one SELECT in DuckDB's dialect.", at);
}

const withoutComments = (sql: string): string => sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
/** One sentence without its full stop or exclamation mark. */
const plain = (message: string): string => message.replace(/^[A-Z][a-z]+ Error: /, '').replace(/[.!]+$/, '');

/** The line, cut to a window around the place, and a caret below it. `position` counts bytes. */
export function excerptAt(sql: string, position: number): string {
  const before = Buffer.from(sql, 'utf8').subarray(0, position).toString('utf8');
  const line = before.split('\n').length;
  const column = before.length - (before.lastIndexOf('\n') + 1);
  const text = sql.split('\n')[line - 1] ?? '';
  const start = Math.max(0, column - 50);
  const label = `line ${line}: `;
  return `${label}${text.slice(start, start + 90).trimEnd()}\n${' '.repeat(label.length + column - start)}^`;
}

const isEmpty = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);

function tableName(node: Node): string {
  const schema = String(node.schema_name ?? '');
  const name = String(node.table_name);
  if (schema !== '') {
    throw new SqlError(`'${schema}.${name}' has a schema`, 'Name sources and models as they stand in pipeline.ts.');
  }
  if (/[./]/.test(name)) throw new SqlError(`'${name}' is a file`, READ_REMEDY);
  return name.toLowerCase();
}

const READ_REMEDY = 'Declare a source and name it in FROM: what a run reads must be claimed, and pinned to a version.';

function refuseReads(node: Node): void {
  const name = String((node.function as Node | undefined)?.function_name ?? '');
  if (!PURE_TABLE_FUNCTIONS.has(name.toLowerCase())) {
    throw new SqlError(`${name}() reads from outside the pipeline`, READ_REMEDY);
  }
}

/** Visits every node with the names of the WITH queries that it can see. A WITH query sees those before it, and not itself. */
function walk(value: unknown, ctes: ReadonlySet<string>, visit: (node: Node, ctes: ReadonlySet<string>) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, ctes, visit);
  if (!isNode(value)) return;
  let visible = ctes;
  const withQueries = isNode(value.cte_map)
    ? ((value.cte_map.map as { key: string; value: Node }[] | undefined) ?? [])
    : [];
  for (const { key, value: query } of withQueries) {
    const own =
      ((query.query as Node | undefined)?.node as Node | undefined)?.type === 'RECURSIVE_CTE_NODE'
        ? [key.toLowerCase()]
        : [];
    walk(query, new Set([...visible, ...own]), visit);
    visible = new Set([...visible, key.toLowerCase()]);
  }
  visit(value, visible);
  for (const [key, child] of Object.entries(value)) {
    if (key !== 'cte_map') walk(child, visible, visit);
  }
}
