import { identifier, literal } from '../postgres/client';
import { qualifiedName } from './create-table';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName, roleIdentifier } from './names';
import { Body } from './procedure-body';
import type { Translated } from './translate';
import { isGroup, isName, type Node, parse, type Reader, split, statements, wordOf } from './tree';
import { parseType } from './types';

/** Translates one statement of a procedure's body. */
export type TranslateStatement = (nodes: readonly Node[]) => Translated;

/** CREATE [OR REPLACE] PROCEDURE name (arguments) [NONATOMIC] AS $$ … $$ LANGUAGE plpgsql */
export function createProcedure(reader: Reader, parameters: Parameters, translate: TranslateStatement): string {
  reader.expect('create');
  const replace = reader.take('or', 'replace');
  reader.expect('procedure');
  const name = qualifiedName(reader);
  const list = split(reader.group().nodes, ',').filter((part) => part.length > 0);
  const signature = list.map((part) => argument(part, true));
  let body: string | undefined;
  let security = '';
  let nonatomic = false;
  while (!reader.done) {
    if (reader.take('nonatomic')) nonatomic = true;
    else if (reader.take('as') || reader.take('is')) body = reader.string();
    else if (reader.take('language')) {
      if (wordOf(reader.next()) !== 'plpgsql') throw new RedshiftError('procedures are written in plpgsql');
    } else if (reader.take('security', 'definer')) security = ' SECURITY DEFINER';
    else reader.expect('security', 'invoker');
  }
  if (body === undefined) throw syntaxError('end of input');
  const text = new Body(parse(body), parameters, translate, nonatomic).text();
  return `CREATE ${replace ? 'OR REPLACE ' : ''}PROCEDURE ${name}(${signature.join(', ')}) LANGUAGE plpgsql${security} AS ${literal(text)}`;
}

/** `name [IN|OUT|INOUT] type`, with or without the name. A call names no OUT argument: it is one that may be left out. */
function argument(part: readonly Node[], defines: boolean): string {
  let rest = part;
  let mode = '';
  let out = false;
  let name = '';
  const takeMode = () => {
    const word = wordOf(rest[0]);
    if (!['in', 'out', 'inout'].includes(word)) return;
    out = word === 'out';
    mode = out ? 'INOUT ' : `${word.toUpperCase()} `;
    rest = rest.slice(1);
  };
  takeMode();
  if (rest.length > 1 && isName(rest[0]) && !isGroup(rest[1])) {
    name = `${identifier(foldedName(rest[0].text))} `;
    rest = rest.slice(1);
    takeMode();
  }
  return `${mode}${name}${typeOf(rest)}${out && defines ? ' DEFAULT NULL' : ''}`;
}

export function typeOf(nodes: readonly Node[]): string {
  if (nodes.length === 1 && wordOf(nodes[0]) === 'refcursor') return 'refcursor';
  const type = parseType(nodes, (name) => new RedshiftError(`type "${name}" does not exist`), false);
  if (type.length !== nodes.length) throw syntaxError(nodes[type.length]!.text);
  return type.text;
}

/** CALL name (arguments) */
export function call(reader: Reader, parameters: Parameters): string {
  reader.expect('call');
  const name = qualifiedName(reader);
  const values = reader.group();
  reader.end();
  return `CALL ${name}(${rewrite(values.nodes, parameters)})`;
}

/** DROP PROCEDURE|FUNCTION [IF EXISTS] name [(types)] [CASCADE|RESTRICT] */
export function dropRoutine(reader: Reader): string {
  reader.expect('drop');
  const kind = wordOf(reader.next()).toUpperCase();
  const ifExists = reader.take('if', 'exists') ? 'IF EXISTS ' : '';
  const name = qualifiedName(reader);
  const list = reader.takeGroup();
  const cascade = reader.take('cascade') ? ' CASCADE' : '';
  if (!cascade) reader.take('restrict');
  reader.end();
  if (!list) return `DROP ${kind} ${ifExists}${name}${cascade}`;
  const parts = split(list.nodes, ',').filter((part) => part.length > 0);
  return `DROP ${kind} ${ifExists}${name}(${parts.map((part) => argument(part, false)).join(', ')})${cascade}`;
}

/** ALTER PROCEDURE|FUNCTION name (types) OWNER TO user | RENAME TO name */
export function alterRoutine(reader: Reader): string {
  reader.expect('alter');
  const kind = wordOf(reader.next()).toUpperCase();
  const name = qualifiedName(reader);
  const parts = split(reader.group().nodes, ',').filter((part) => part.length > 0);
  const head = `ALTER ${kind} ${name}(${parts.map((part) => argument(part, false)).join(', ')})`;
  if (reader.take('rename', 'to')) return `${head} RENAME TO ${identifier(foldedName(reader.name().text))}`;
  reader.expect('owner', 'to');
  return `${head} OWNER TO ${roleIdentifier(foldedName(reader.name().text))}`;
}

/** CREATE [OR REPLACE] FUNCTION name (types) RETURNS type VOLATILE|STABLE|IMMUTABLE AS $$ SELECT expression $$ LANGUAGE sql */
export function createFunction(reader: Reader, parameters: Parameters): string {
  reader.expect('create');
  const replace = reader.take('or', 'replace');
  reader.expect('function');
  const language = wordOf(reader.nodes.at(-1));
  if (language !== 'sql') throw new UnsupportedLocally(`functions in ${language}`);
  const name = qualifiedName(reader);
  const types = split(reader.group().nodes, ',')
    .filter((part) => part.length > 0)
    .map((part) => typeOf(part));
  reader.expect('returns');
  const result: Node[] = [];
  while (!reader.done && !['volatile', 'stable', 'immutable'].includes(wordOf(reader.peek())))
    result.push(reader.next());
  const volatility = wordOf(reader.next()).toUpperCase();
  reader.expect('as');
  const body = reader.string();
  reader.expect('language', 'sql');
  reader.end();
  const [query = [], ...more] = statements(parse(body));
  if (wordOf(query[0]) !== 'select' || more.length > 0) throw syntaxError(query[0]?.text ?? 'end of input');
  if (query.some((node) => CLAUSES.has(wordOf(node))) || hasQuery(query.slice(1)))
    throw new RedshiftError('The select expression can not have subqueries or references to tables/columns.');
  // The size of a text is not part of a function's type.
  const type = typeOf(result).replace(/^(varchar|char)\(\d+\)$/, '$1');
  const text = `SELECT (${rewrite(query.slice(1), parameters)})::${type}`;
  return `CREATE ${replace ? 'OR REPLACE ' : ''}FUNCTION ${name}(${types.join(', ')}) RETURNS ${type} ${volatility} LANGUAGE sql AS ${literal(text)}`;
}

const CLAUSES = new Set(['from', 'into', 'where', 'group', 'order', 'limit', 'union']);

const hasQuery = (nodes: readonly Node[]): boolean =>
  nodes.some((node) => isGroup(node) && (wordOf(node.nodes[0]) === 'select' || hasQuery(node.nodes)));
