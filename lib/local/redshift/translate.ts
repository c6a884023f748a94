import { identifier, literal } from '../postgres/client';
import { tokenize } from '../postgres/sql-lexer';
import { alterTable } from './alter-table';
import { type CopyStatement, copyStatement } from './copy-statement';
import { createTable, isTemporaryName, qualifiedName } from './create-table';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { type DescribedColumn, type Parameters, rewrite } from './expressions';
import { insert, update } from './insert-update';
import { close, deallocate, declare, execute, fetch, prepare } from './kept-statements';
import { merge } from './merge';
import { alterRoutine, call, createFunction, createProcedure, dropRoutine } from './procedure';
import { set, show } from './settings';
import { type Node, parse, Reader, startsWith, statements, wordOf } from './tree';
import { type UnloadStatement, unloadStatement } from './unload-statement';
import {
  alterDefaultPrivileges,
  alterGroup,
  alterUser,
  createGroup,
  createSchema,
  createUser,
  dropUser,
  grant,
} from './users';
import { createMaterializedView, createView, dropView, refresh } from './views';

/** A Redshift statement as PostgreSQL runs it. */
export type Translated =
  | {
      readonly kind: 'sql';
      readonly text: string;
      readonly values: readonly string[];
      /** what the catalogue has to note of it afterwards */
      readonly after?: string;
    }
  /** commits what came before it and itself, as TRUNCATE does in Redshift */
  | { readonly kind: 'committing'; readonly text: string; readonly values: readonly string[] }
  /** cannot run inside a transaction */
  | { readonly kind: 'alone'; readonly text: string; readonly values: readonly string[]; readonly name?: string }
  | { readonly kind: 'copy'; readonly copy: CopyStatement }
  | { readonly kind: 'unload'; readonly unload: UnloadStatement; readonly query: string }
  /** means nothing here, e.g. SET query_group */
  | { readonly kind: 'nothing' };

/** The translation depends on the columns of this query: ask for them, and translate again. */
export class NeedsColumns extends Error {
  override name = 'NeedsColumns';

  constructor(
    readonly query: string,
    /** only its types are of use, and not needed if it fails */
    readonly optional: boolean,
  ) {
    super(`The columns of ${query} are not known`);
  }
}

/** The translation depends on whether there is a function of this name: look for it, and translate again. */
export class NeedsFunction extends Error {
  override name = 'NeedsFunction';

  constructor(readonly functionName: string) {
    super(`Whether there is a function ${functionName} is not known`);
  }
}

export interface Given {
  /** the values of named parameters */
  readonly parameters?: ReadonlyMap<string, string>;
  /** query → its columns, as asked for by NeedsColumns */
  readonly columns?: ReadonlyMap<string, readonly DescribedColumn[]>;
  /** name → the schema of the user's own function of that name, if there is one, as asked for by NeedsFunction */
  readonly functions?: ReadonlyMap<string, string | undefined>;
}

/** Translates exactly one statement. */
export function translate(sql: string, { parameters: given = new Map(), columns, functions }: Given = {}): Translated {
  const found = statements(parse(sql));
  if (found.length === 0) throw syntaxError('end of input');
  if (found.length > 1) throw new RedshiftError('cannot insert multiple commands into a prepared statement');
  const nodes = found[0]!;
  const values: string[] = [];
  const numbers = new Map<string, number>();
  const known = (asked: string, optional: boolean) => {
    const query = withLiterals(asked, values);
    const found = columns?.get(query);
    if (!found) throw new NeedsColumns(query, optional);
    return found;
  };
  const parameters: Parameters = {
    placeholder(name) {
      const value = given.get(name);
      if (value === undefined) throw new RedshiftError(`syntax error at or near ":${name}"`);
      if (!numbers.has(name)) numbers.set(name, values.push(value));
      return `$${numbers.get(name)}`;
    },
    describe: (query) => known(query, false).map(({ name }) => name),
    types: (query) => known(query, true),
    functionSchema(name) {
      if (!functions?.has(name)) throw new NeedsFunction(name);
      return functions.get(name);
    },
  };
  const result = translateNodes(nodes, parameters);
  return 'values' in result ? { ...result, values } : result;
}

/** A query that can be asked for alone: with the parameters' values in it. */
const withLiterals = (sql: string, values: readonly string[]) =>
  tokenize(sql)
    .map(({ kind, text }) =>
      kind === 'operator' && /^\$\d/.test(text) ? ofParameter(text, values[Number(text.slice(1)) - 1]) : text,
    )
    .join('');

/** An argument of a function's has no value yet. */
const ofParameter = (text: string, value: string | undefined) => (value === undefined ? text : literal(value));

function translateNodes(nodes: readonly Node[], parameters: Parameters): Translated {
  const rule = RULES.find(({ words }) => startsWith(nodes, ...words));
  if (!rule) throw refusal(nodes);
  const result = rule.translate(new Reader(nodes), parameters, nodes);
  return typeof result === 'string' ? { kind: 'sql', text: result, values: [] } : result;
}

const procedure: Rule['translate'] = (reader, parameters) =>
  createProcedure(reader, parameters, (nodes) => translateNodes(nodes, parameters));

/** Whether a statement cannot run inside a transaction, so that its call must be for it alone. */
export function runsAlone(sql: string): boolean {
  try {
    return translate(sql).kind === 'alone';
  } catch (error) {
    // ALTER TABLE … APPEND asks for columns first; anything else is said when it is run.
    return error instanceof NeedsColumns && /^\s*alter\s/i.test(sql);
  }
}

/** What of a transaction's commands a statement is, if it is one. A session of the Data API takes them. */
export function transactionCommand(sql: string): 'BEGIN' | 'COMMIT' | 'ROLLBACK' | undefined {
  try {
    const [first, ...more] = statements(parse(sql));
    if (!first || more.length > 0) return undefined;
    const words = first.map(wordOf).join(' ');
    const found = TRANSACTION.find(([pattern]) => pattern.test(words));
    return found?.[1];
  } catch {
    // Said when it is run.
    return undefined;
  }
}

/** All levels of isolation are the same one in Redshift. */
const TRANSACTION = [
  [
    /^(begin( work| transaction)?|start transaction)( isolation level (serializable|read committed|read uncommitted|repeatable read))?( read (write|only))?$/,
    'BEGIN',
  ],
  [/^(commit|end)( work| transaction)?$/, 'COMMIT'],
  [/^(rollback|abort)( work| transaction)?$/, 'ROLLBACK'],
] as const;

interface Rule {
  readonly words: readonly string[];
  translate(reader: Reader, parameters: Parameters, nodes: readonly Node[]): string | Translated;
}

const asIs: Rule['translate'] = (_reader, parameters, nodes) => rewrite(nodes, parameters);

/** The common tables of an INSERT stand before its query. */
const withTables: Rule['translate'] = (_reader, parameters, nodes) => {
  const main = nodes.find(
    (node, at) => at > 0 && ['select', 'insert', 'merge', 'update', 'delete'].includes(wordOf(node)),
  );
  if (['insert', 'merge'].includes(wordOf(main))) throw syntaxError(main!.text);
  return rewrite(nodes, parameters);
};

/** Only these statements pass: what is not listed fails, rather than meaning something else here. */
const RULES: readonly Rule[] = [
  { words: ['select'], translate: selectInto },
  { words: ['with'], translate: withTables },
  { words: ['insert', 'into'], translate: insert },
  { words: ['update'], translate: update },
  { words: ['delete'], translate: deleteRows },
  { words: ['merge'], translate: merge },
  { words: ['copy'], translate: (reader) => ({ kind: 'copy', copy: copyStatement(reader) }) },
  { words: ['unload'], translate: unload },
  { words: ['lock'], translate: lock },
  { words: ['truncate'], translate: truncate },
  { words: ['create', 'user'], translate: createUser },
  { words: ['create', 'group'], translate: createGroup },
  { words: ['create', 'role'], translate: createGroup },
  { words: ['create', 'schema'], translate: createSchema },
  { words: ['create', 'table'], translate: createTable },
  { words: ['create', 'temp', 'table'], translate: createTable },
  { words: ['create', 'temporary', 'table'], translate: createTable },
  { words: ['create', 'local', 'temp', 'table'], translate: createTable },
  { words: ['create', 'local', 'temporary', 'table'], translate: createTable },
  { words: ['create', 'view'], translate: createView },
  { words: ['create', 'or', 'replace', 'view'], translate: createView },
  { words: ['alter', 'user'], translate: alterUser },
  { words: ['alter', 'group'], translate: alterGroup },
  { words: ['alter', 'default', 'privileges'], translate: alterDefaultPrivileges },
  { words: ['create', 'materialized', 'view'], translate: createMaterializedView },
  { words: ['refresh', 'materialized', 'view'], translate: refresh },
  { words: ['drop', 'materialized', 'view'], translate: asIs },
  { words: ['alter', 'table'], translate: alterOrAppend },
  { words: ['alter', 'schema'], translate: alterTable },
  { words: ['drop', 'user'], translate: dropUser },
  { words: ['drop', 'group'], translate: dropUser },
  { words: ['drop', 'role'], translate: dropUser },
  { words: ['create', 'procedure'], translate: procedure },
  { words: ['create', 'or', 'replace', 'procedure'], translate: procedure },
  { words: ['drop', 'procedure'], translate: dropRoutine },
  { words: ['alter', 'procedure'], translate: alterRoutine },
  { words: ['create', 'function'], translate: createFunction },
  { words: ['create', 'or', 'replace', 'function'], translate: createFunction },
  { words: ['drop', 'function'], translate: dropRoutine },
  { words: ['alter', 'function'], translate: alterRoutine },
  { words: ['explain'], translate: explain },
  { words: ['declare'], translate: declare },
  { words: ['fetch'], translate: fetch },
  { words: ['close'], translate: close },
  {
    words: ['prepare'],
    translate: (reader, parameters) => prepare(reader, parameters, (nodes) => translateNodes(nodes, parameters)),
  },
  { words: ['execute'], translate: execute },
  { words: ['deallocate'], translate: deallocate },
  { words: ['call'], translate: call },
  { words: ['drop', 'table'], translate: asIs },
  { words: ['drop', 'view'], translate: dropView },
  { words: ['drop', 'schema'], translate: asIs },
  { words: ['grant'], translate: grant },
  { words: ['revoke'], translate: grant },
  { words: ['comment', 'on'], translate: asIs },
  { words: ['analyze'], translate: analyze },
  { words: ['vacuum'], translate: vacuum },
  { words: ['set'], translate: set },
  { words: ['show'], translate: show },
  { words: ['reset'], translate: set },
];

const KNOWN_STATEMENTS = new Set(
  `abort alter attach begin call cancel commit create desc describe detach drop end refresh rollback show start use`.split(
    /\s+/,
  ),
);

/** Of PostgreSQL, and not of Redshift: what can be made, altered and dropped there. */
const NOT_IN_REDSHIFT = new Set(
  `access aggregate cast collation conversion domain event extension foreign index operator policy publication rule sequence statistics
  subscription tablespace text transform trigger type unique unlogged global`.split(/\s+/),
);

function refusal(nodes: readonly Node[]): Error {
  const first = wordOf(nodes[0]);
  if (['begin', 'start', 'commit', 'end', 'rollback', 'abort'].includes(first)) {
    return new RedshiftError(
      'Transaction commands are not supported by the Data API outside of a session: a batch is one transaction',
    );
  }
  const second = wordOf(nodes[1]);
  if (['create', 'alter', 'drop'].includes(first) && NOT_IN_REDSHIFT.has(second))
    return new RedshiftError(
      `SQL command "${first.toUpperCase()} ${second.toUpperCase()}" not supported on Redshift tables.`,
    );
  if (!KNOWN_STATEMENTS.has(first)) return syntaxError(nodes[0]!.text);
  return new UnsupportedLocally(`${first.toUpperCase()} ${wordOf(nodes[1]).toUpperCase()}`.trim());
}

/** SELECT … INTO [TEMP] table makes a table of the query. */
function selectInto(_reader: Reader, parameters: Parameters, nodes: readonly Node[]): string {
  const from = nodes.findIndex((node) => wordOf(node) === 'from');
  const into = nodes.findIndex((node) => wordOf(node) === 'into');
  if (into < 0 || (from >= 0 && from < into)) return rewrite(nodes, parameters);
  const reader = new Reader(nodes.slice(into + 1));
  const temporary = reader.take('temporary') || reader.take('temp');
  reader.take('table');
  const name = qualifiedName(reader);
  const query = [...nodes.slice(0, into), ...reader.rest()];
  return `CREATE ${temporary || isTemporaryName(name) ? 'TEMP ' : ''}TABLE ${name} AS ${rewrite(query, parameters)}`;
}

/** DELETE [FROM] table */
function deleteRows(reader: Reader, parameters: Parameters): string {
  reader.expect('delete');
  reader.take('from');
  return `DELETE FROM ${rewrite(reader.rest(), parameters)}`;
}

/** EXPLAIN [VERBOSE] of what reads or changes rows. The plan is the one of the PostgreSQL below. */
function explain(reader: Reader, parameters: Parameters): Translated {
  reader.expect('explain');
  const verbose = reader.take('verbose') ? 'VERBOSE ' : '';
  const nodes = reader.rest();
  if (nodes.length === 0) throw syntaxError('end of input');
  const translated = translateNodes(nodes, parameters);
  if (
    translated.kind !== 'sql' ||
    !/^(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|CREATE (TEMP )?TABLE .* AS )/is.test(translated.text)
  )
    throw new UnsupportedLocally(`EXPLAIN ${wordOf(nodes[0]).toUpperCase()}`);
  return { kind: 'sql', text: `EXPLAIN ${verbose}${translated.text}`, values: [] };
}

/** The query of an UNLOAD is a text; its LIMIT would be each slice's. */
function unload(reader: Reader, parameters: Parameters): Translated {
  const statement = unloadStatement(reader);
  const [nodes = [], ...more] = statements(parse(statement.query));
  const first = wordOf(nodes[0]);
  if (more.length > 0 || !['select', 'with'].includes(first)) throw syntaxError(nodes[0]?.text ?? 'end of input');
  if (nodes.some((node) => wordOf(node) === 'limit') || wordOf(nodes[1]) === 'top')
    throw new RedshiftError('LIMIT clause is not supported in the outer SELECT of UNLOAD');
  return { kind: 'unload', unload: statement, query: rewrite(nodes, parameters) };
}

/** Redshift's LOCK is always ACCESS EXCLUSIVE. Like in PostgreSQL it takes no snapshot, which is what makes it safe as the first statement. */
function lock(reader: Reader, parameters: Parameters): string {
  reader.expect('lock');
  reader.take('table');
  return `LOCK TABLE ${rewrite(reader.rest(), parameters)} IN ACCESS EXCLUSIVE MODE`;
}

/** ALTER TABLE target APPEND FROM source [IGNOREEXTRA|FILLTARGET] moves all rows. */
function appendTable(reader: Reader, parameters: Parameters): Translated {
  reader.expect('alter', 'table');
  const target = qualifiedName(reader);
  reader.expect('append', 'from');
  const source = qualifiedName(reader);
  const ignoreExtra = reader.take('ignoreextra');
  const fillTarget = reader.take('filltarget');
  reader.end();
  const [here, there] = [target, source].map((table) => parameters.describe(`SELECT * FROM ${table}`));
  const extra = there!.filter((column) => !here!.includes(column));
  const missing = here!.filter((column) => !there!.includes(column));
  if (extra.length > 0 && !ignoreExtra)
    throw new RedshiftError(
      `Source table has columns that the target has not: ${extra.join(', ')}. Use IGNOREEXTRA to discard them`,
    );
  if (missing.length > 0 && !fillTarget)
    throw new RedshiftError(
      `Target table has columns that the source has not: ${missing.join(', ')}. Use FILLTARGET to fill them`,
    );
  const columns = here!
    .filter((column) => there!.includes(column))
    .map(identifier)
    .join(', ');
  const text = `WITH moved AS (DELETE FROM ${source} RETURNING *) INSERT INTO ${target} (${columns}) SELECT ${columns} FROM moved`;
  return { kind: 'alone', text, values: [], name: 'ALTER TABLE APPEND' };
}

function alterOrAppend(reader: Reader, parameters: Parameters, nodes: readonly Node[]): string | Translated {
  const appends = nodes.some((node, at) => wordOf(node) === 'append' && wordOf(nodes[at + 1]) === 'from');
  return appends ? appendTable(reader, parameters) : alterTable(reader, parameters);
}

/** TRUNCATE [TABLE] name */
function truncate(reader: Reader): Translated {
  reader.expect('truncate');
  reader.take('table');
  const name = qualifiedName(reader);
  reader.end();
  return { kind: 'committing', text: `TRUNCATE TABLE ${name}`, values: [] };
}

function analyze(reader: Reader, parameters: Parameters): string | Translated {
  reader.expect('analyze');
  if (wordOf(reader.peek()) === 'compression') throw new UnsupportedLocally('ANALYZE COMPRESSION');
  reader.take('verbose');
  if (reader.done) return 'ANALYZE';
  const table = qualifiedName(reader);
  const columns = reader.takeGroup();
  if (!reader.take('predicate', 'columns')) reader.take('all', 'columns');
  reader.end();
  return `ANALYZE ${table}${columns ? ` (${rewrite(columns.nodes, parameters)})` : ''}`;
}

/** VACUUM [FULL|SORT ONLY|DELETE ONLY|REINDEX|RECLUSTER] [table] [TO n PERCENT] [BOOST] */
function vacuum(reader: Reader, parameters: Parameters): Translated {
  reader.expect('vacuum');
  for (const words of [['full'], ['sort', 'only'], ['delete', 'only'], ['reindex'], ['recluster']])
    reader.take(...words);
  const nodes: Node[] = [];
  while (!reader.done && !['to', 'boost'].includes(wordOf(reader.peek()))) nodes.push(reader.next());
  return { kind: 'alone', text: `VACUUM ${rewrite(nodes, parameters)}`, values: [], name: 'VACUUM' };
}
