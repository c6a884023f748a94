import { identifier, literal } from '../postgres/client';
import { qualifiedName } from './create-table';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName } from './names';
import type { Translated } from './translate';
import { isGroup, isName, type Node, parse, Reader, split, stringValue, wordOf } from './tree';
import { parseType } from './types';

/** Translates one statement of a procedure's body. */
export type TranslateStatement = (nodes: readonly Node[]) => Translated;

/**
 * CREATE [OR REPLACE] PROCEDURE name (arguments) AS $$ … $$ LANGUAGE plpgsql: the body is walked, its expressions and statements are translated.
 * What would end differently in PostgreSQL is refused: a block's EXCEPTION (Redshift throws the error on), statements of the procedure's own
 * transactions, and EXECUTE, whose text nobody has seen yet.
 */
export function createProcedure(reader: Reader, parameters: Parameters, translate: TranslateStatement): string {
  reader.expect('create');
  const replace = reader.take('or', 'replace');
  reader.expect('procedure');
  const name = qualifiedName(reader);
  const list = split(reader.group().nodes, ',').filter((part) => part.length > 0);
  const signature = list.map(argument);
  let body: string | undefined;
  let security = '';
  while (!reader.done) {
    if (reader.take('nonatomic')) throw new UnsupportedLocally('NONATOMIC procedures');
    if (reader.take('as') || reader.take('is')) body = reader.string();
    else if (reader.take('language')) {
      if (wordOf(reader.next()) !== 'plpgsql') throw new RedshiftError('procedures are written in plpgsql');
    } else if (reader.take('security', 'definer')) security = ' SECURITY DEFINER';
    else reader.expect('security', 'invoker');
  }
  if (body === undefined) throw syntaxError('end of input');
  const text = new Body(parse(body), parameters, translate).text();
  return `CREATE ${replace ? 'OR REPLACE ' : ''}PROCEDURE ${name}(${signature.join(', ')}) LANGUAGE plpgsql${security} AS ${literal(text)}`;
}

/** `name [IN|INOUT] type`, with or without the name */
function argument(part: readonly Node[]): string {
  let rest = part;
  let mode = '';
  let name = '';
  const takeMode = () => {
    const word = wordOf(rest[0]);
    if (!['in', 'out', 'inout'].includes(word)) return;
    if (word === 'out') throw new UnsupportedLocally('OUT arguments of procedures; use INOUT');
    mode = `${word.toUpperCase()} `;
    rest = rest.slice(1);
  };
  takeMode();
  if (rest.length > 1 && isName(rest[0]) && !isGroup(rest[1])) {
    name = `${identifier(foldedName(rest[0].text))} `;
    rest = rest.slice(1);
    takeMode();
  }
  return `${mode}${name}${typeOf(rest)}`;
}

function typeOf(nodes: readonly Node[]): string {
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

/** DROP PROCEDURE [IF EXISTS] name [(types)] */
export function dropProcedure(reader: Reader): string {
  reader.expect('drop', 'procedure');
  const ifExists = reader.take('if', 'exists') ? 'IF EXISTS ' : '';
  const name = qualifiedName(reader);
  const list = reader.takeGroup();
  reader.end();
  if (!list) return `DROP PROCEDURE ${ifExists}${name}`;
  const parts = split(list.nodes, ',').filter((part) => part.length > 0);
  return `DROP PROCEDURE ${ifExists}${name}(${parts.map(argument).join(', ')})`;
}

const LATER = new Set('case close commit execute fetch foreach move open rollback start truncate'.split(' '));

/** A block of PL/pgSQL, read from left to right. */
class Body {
  private readonly reader: Reader;
  private declaring = false;

  constructor(
    nodes: readonly Node[],
    private readonly parameters: Parameters,
    private readonly translate: TranslateStatement,
  ) {
    this.reader = new Reader(nodes);
  }

  text(): string {
    const lines: string[] = [];
    while (!this.reader.done) lines.push(this.next());
    return lines.join('\n');
  }

  private next(): string {
    const { reader } = this;
    if (reader.takePunctuation(';')) return ';';
    const word = wordOf(reader.peek());
    if (word === 'declare') {
      this.declaring = true;
      reader.next();
      return 'DECLARE';
    }
    if (['begin', 'else', 'loop'].includes(word)) {
      this.declaring = false;
      reader.next();
      return word.toUpperCase();
    }
    if (this.declaring) return this.declaration();
    if (word === 'exception') throw new UnsupportedLocally('EXCEPTION blocks in procedures');
    if (LATER.has(word)) throw new UnsupportedLocally(`${word.toUpperCase()} in procedures`);
    if (['if', 'elsif', 'elseif'].includes(word)) {
      reader.next();
      return `${word.toUpperCase()} ${this.sql(this.until('then'))} THEN`;
    }
    if (word === 'while') {
      reader.next();
      return `WHILE ${this.sql(this.until('loop'))} LOOP`;
    }
    if (word === 'for') return this.forLoop();
    const nodes = this.until(';');
    if (['end', 'null', 'get'].includes(word)) return plain(nodes);
    if (word === 'raise') return raise(nodes, (each) => this.sql(each));
    if (['return', 'exit', 'continue'].includes(word)) {
      const when = nodes.findIndex((node) => wordOf(node) === 'when');
      return when < 0 ? plain(nodes) : `${plain(nodes.slice(0, when))} WHEN ${this.sql(nodes.slice(when + 1))}`;
    }
    if (word === 'perform') return `PERFORM ${this.sql(nodes.slice(1))}`;
    const assigned = nodes.findIndex(({ text }) => text === ':=');
    if (assigned > 0) return `${plain(nodes.slice(0, assigned))} := ${this.sql(nodes.slice(assigned + 1))}`;
    return word === 'select' || word === 'with' ? this.selectInto(nodes) : this.statement(nodes);
  }

  /** name [CONSTANT] type [NOT NULL] [:= value] */
  private declaration(): string {
    const nodes = this.until(';');
    const [name] = nodes;
    if (!isName(name)) throw syntaxError(name?.text ?? ';');
    const constant = wordOf(nodes[1]) === 'constant';
    const rest = nodes.slice(constant ? 2 : 1);
    const value = rest.findIndex((node) => node.text === ':=' || wordOf(node) === 'default');
    const typed = value < 0 ? rest : rest.slice(0, value);
    const notNull = wordOf(typed.at(-2)) === 'not' && wordOf(typed.at(-1)) === 'null';
    const type = notNull ? typed.slice(0, -2) : typed;
    const sql = wordOf(type[0]) === 'record' ? 'record' : typeOf(type);
    return `${identifier(foldedName(name.text))} ${constant ? 'CONSTANT ' : ''}${sql}${notNull ? ' NOT NULL' : ''}${value < 0 ? '' : ` := ${this.sql(rest.slice(value + 1))}`}`;
  }

  /** FOR i IN 1..n LOOP, FOR row IN query LOOP */
  private forLoop(): string {
    const nodes = this.until('loop');
    const inside = nodes.slice(3);
    if (wordOf(nodes[2]) !== 'in') throw syntaxError(nodes[2]?.text ?? 'end of input');
    const isQuery = ['select', 'with'].includes(wordOf(inside[0]));
    if (wordOf(inside[0]) === 'execute') throw new UnsupportedLocally('EXECUTE in procedures');
    // `1..3` is read as the numbers `1.` and `.3`, which stand side by side again.
    const range = () =>
      inside
        .map((node) =>
          isGroup(node) ? `(${this.sql(node.nodes)})` : wordOf(node) === 'reverse' ? 'REVERSE ' : node.text,
        )
        .join('');
    return `FOR ${plain(nodes.slice(1, 2))} IN ${isQuery ? this.sql(inside) : range()} LOOP`;
  }

  /** SELECT … INTO variable, … FROM … */
  private selectInto(nodes: readonly Node[]): string {
    const into = nodes.findIndex((node) => wordOf(node) === 'into');
    if (into < 0) throw new RedshiftError('query has no destination for result data');
    let end = into + 2;
    while (nodes[end]?.text === ',' || nodes[end]?.text === '.') end += 2;
    const query = [...nodes.slice(0, into), ...nodes.slice(end)];
    return `${this.sql(query)} INTO ${plain(nodes.slice(into + 1, end))}`;
  }

  private statement(nodes: readonly Node[]): string {
    const translated = this.translate(nodes);
    if (translated.kind !== 'sql' || translated.values.length > 0)
      throw new UnsupportedLocally(`${wordOf(nodes[0]).toUpperCase()} in procedures`);
    const after = translated.after ? `; ${translated.after.replace(/^SELECT /, 'PERFORM ')}` : '';
    return translated.text + after;
  }

  /** What comes before the word, which is taken as well, or before the `;`, which is not. Those of a CASE are its own. */
  private until(end: string): Node[] {
    const { reader } = this;
    const nodes: Node[] = [];
    let cases = 0;
    for (;;) {
      const node = reader.peek();
      if (!node) throw syntaxError('end of input');
      if (cases === 0 && (end === ';' ? node.text === ';' : wordOf(node) === end)) {
        if (end !== ';') reader.next();
        return nodes;
      }
      if (wordOf(node) === 'case') cases++;
      if (wordOf(node) === 'end' && cases > 0) cases--;
      nodes.push(reader.next());
    }
  }

  private sql(nodes: readonly Node[]): string {
    return rewrite(nodes, this.parameters);
  }
}

/** Words and names only, as written. */
const plain = (nodes: readonly Node[]): string =>
  nodes.map((node) => (node.kind === 'quoted' ? identifier(foldedName(node.text)) : node.text)).join(' ');

/** RAISE level 'format' [, values] */
function raise(nodes: readonly Node[], sql: (nodes: readonly Node[]) => string): string {
  const [head = [], ...values] = split(nodes, ',');
  const format = head.at(-1);
  if (format?.kind !== 'string') throw syntaxError(format?.text ?? ';');
  const level = plain(head.slice(1, -1)).toUpperCase();
  if (!['', 'DEBUG', 'LOG', 'INFO', 'NOTICE', 'WARNING', 'EXCEPTION'].includes(level))
    throw syntaxError(level.toLowerCase());
  return `RAISE ${level} ${literal(stringValue(format.text))}${values.map((each) => `, ${sql(each)}`).join('')}`;
}
