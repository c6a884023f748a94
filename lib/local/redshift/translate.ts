import { literal } from '../postgres/client';
import { tokenize } from '../postgres/sql-lexer';
import { alterTable } from './alter-table';
import { type CopyStatement, copyStatement } from './copy-statement';
import { createTable, isTemporaryName, qualifiedName } from './create-table';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { merge } from './merge';
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
  | { readonly kind: 'alone'; readonly text: string; readonly values: readonly string[] }
  | { readonly kind: 'copy'; readonly copy: CopyStatement }
  | { readonly kind: 'unload'; readonly unload: UnloadStatement; readonly query: string }
  /** means nothing here, e.g. SET query_group */
  | { readonly kind: 'nothing' };

/** The translation depends on the columns of this query: ask for them, and translate again. */
export class NeedsColumns extends Error {
  override name = 'NeedsColumns';

  constructor(readonly query: string) {
    super(`The columns of ${query} are not known`);
  }
}

export interface Given {
  /** the values of named parameters */
  readonly parameters?: ReadonlyMap<string, string>;
  /** query → the names of its columns, as asked for by NeedsColumns */
  readonly columns?: ReadonlyMap<string, readonly string[]>;
}

/** Translates exactly one statement. */
export function translate(sql: string, { parameters: given = new Map(), columns }: Given = {}): Translated {
  const found = statements(parse(sql));
  if (found.length === 0) throw syntaxError('end of input');
  if (found.length > 1) throw new RedshiftError('cannot insert multiple commands into a prepared statement');
  const nodes = found[0]!;
  const values: string[] = [];
  const numbers = new Map<string, number>();
  const parameters: Parameters = {
    placeholder(name) {
      const value = given.get(name);
      if (value === undefined) throw new RedshiftError(`syntax error at or near ":${name}"`);
      if (!numbers.has(name)) numbers.set(name, values.push(value));
      return `$${numbers.get(name)}`;
    },
    describe(asked) {
      const query = tokenize(asked)
        .map(({ kind, text }) =>
          kind === 'operator' && /^\$\d/.test(text) ? literal(values[Number(text.slice(1)) - 1]!) : text,
        )
        .join('');
      const known = columns?.get(query);
      if (!known) throw new NeedsColumns(query);
      return known;
    },
  };
  const rule = RULES.find(({ words }) => startsWith(nodes, ...words));
  if (!rule) throw refusal(nodes);
  const result = rule.translate(new Reader(nodes), parameters, nodes);
  if (typeof result === 'string') return { kind: 'sql', text: result, values };
  return 'values' in result ? { ...result, values } : result;
}

/** Whether a statement cannot run inside a transaction, so that its call must be for it alone. */
export function runsAlone(sql: string): boolean {
  try {
    return translate(sql).kind === 'alone';
  } catch {
    // Said when it is run.
    return false;
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

/** Only these statements pass: what is not listed fails, rather than meaning something else here. */
const RULES: readonly Rule[] = [
  { words: ['select'], translate: selectInto },
  { words: ['with'], translate: asIs },
  { words: ['insert', 'into'], translate: asIs },
  { words: ['update'], translate: asIs },
  { words: ['delete'], translate: deleteRows },
  { words: ['merge'], translate: merge },
  { words: ['copy'], translate: (reader) => ({ kind: 'copy', copy: copyStatement(reader) }) },
  { words: ['unload'], translate: unload },
  { words: ['lock'], translate: lock },
  {
    words: ['truncate'],
    translate: (_reader, parameters, nodes) => ({ kind: 'committing', text: rewrite(nodes, parameters), values: [] }),
  },
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
  { words: ['alter', 'table'], translate: alterTable },
  { words: ['alter', 'schema'], translate: alterTable },
  { words: ['drop', 'user'], translate: dropUser },
  { words: ['drop', 'group'], translate: dropUser },
  { words: ['drop', 'role'], translate: dropUser },
  { words: ['drop', 'table'], translate: asIs },
  { words: ['drop', 'view'], translate: asIs },
  { words: ['drop', 'schema'], translate: asIs },
  { words: ['grant'], translate: grant },
  { words: ['revoke'], translate: grant },
  { words: ['comment', 'on'], translate: asIs },
  { words: ['analyze'], translate: analyze },
  { words: ['vacuum'], translate: vacuum },
  { words: ['set'], translate: set },
  { words: ['reset'], translate: set },
];

const KNOWN_STATEMENTS = new Set(
  `abort alter attach begin call cancel close commit create deallocate declare desc describe detach drop end execute explain fetch prepare
  refresh rollback savepoint show start unload use values`.split(/\s+/),
);

function refusal(nodes: readonly Node[]): Error {
  const first = wordOf(nodes[0]);
  if (['begin', 'start', 'commit', 'end', 'rollback', 'abort'].includes(first)) {
    return new RedshiftError(
      'Transaction commands are not supported by the Data API outside of a session: a batch is one transaction',
    );
  }
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

function createView(_reader: Reader, parameters: Parameters, nodes: readonly Node[]): string {
  const words = nodes.slice(-4).map(wordOf);
  if (words.join(' ') === 'with no schema binding')
    throw new UnsupportedLocally('CREATE VIEW … WITH NO SCHEMA BINDING');
  return rewrite(nodes, parameters);
}

function analyze(reader: Reader, parameters: Parameters): string | Translated {
  reader.expect('analyze');
  if (wordOf(reader.peek()) === 'compression') throw new UnsupportedLocally('ANALYZE COMPRESSION');
  reader.take('verbose');
  return `ANALYZE ${rewrite(reader.rest(), parameters)}`;
}

/** VACUUM [FULL|SORT ONLY|DELETE ONLY|REINDEX|RECLUSTER] [table] [TO n PERCENT] [BOOST] */
function vacuum(reader: Reader, parameters: Parameters): Translated {
  reader.expect('vacuum');
  for (const words of [['full'], ['sort', 'only'], ['delete', 'only'], ['reindex'], ['recluster']])
    reader.take(...words);
  const nodes: Node[] = [];
  while (!reader.done && !['to', 'boost'].includes(wordOf(reader.peek()))) nodes.push(reader.next());
  return { kind: 'alone', text: `VACUUM ${rewrite(nodes, parameters)}`, values: [] };
}

/** Settings that both have, and those that only tune Redshift. */
const SETTINGS = new Set(['search_path', 'statement_timeout', 'timezone', 'datestyle', 'extra_float_digits']);
const TUNING = new Set([
  'query_group',
  'wlm_query_slot_count',
  'enable_result_cache_for_session',
  'application_name',
  'analyze_threshold_percent',
]);

function set(reader: Reader, parameters: Parameters, nodes: readonly Node[]): string | Translated {
  reader.next();
  const name = wordOf(reader.next());
  if (TUNING.has(name)) return { kind: 'nothing' };
  if (!SETTINGS.has(name)) throw new UnsupportedLocally(`SET ${name}`);
  return rewrite(nodes, parameters);
}
