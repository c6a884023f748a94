import { type Token, tokenize } from '../postgres/sql-lexer';
import { RedshiftError, syntaxError } from './errors';

/** SQL as tokens and bracketed groups, without blanks: as much structure as the dialect needs to tell a call from a list and an argument from the next. */
export type Node = Token | Group;

export interface Group {
  readonly kind: 'group';
  readonly text: '(';
  readonly nodes: readonly Node[];
  readonly at: number;
  /** offset after the closing bracket */
  readonly end: number;
}

/** Brackets within brackets. */
const MAX_DEPTH = 500;

export function parse(sql: string): Node[] {
  const root: Node[] = [];
  const open: { at: number; nodes: Node[] }[] = [];
  let current = root;
  for (const token of tokenize(sql, { backslashEscapes: true })) {
    if (token.kind === 'blank') continue;
    if (token.text === '(') {
      if (open.length >= MAX_DEPTH) throw new RedshiftError('stack depth limit exceeded');
      open.push({ at: token.at, nodes: current });
      current = [];
    } else if (token.text === ')') {
      const group = open.pop();
      if (!group) throw syntaxError(')');
      group.nodes.push({ kind: 'group', text: '(', nodes: current, at: group.at, end: token.at + 1 });
      current = group.nodes;
    } else {
      // `#name` is a temporary table's name; the xor of two numbers has no such gap before it.
      const sign = current.at(-1);
      const isTemporary =
        token.kind === 'word' &&
        sign?.text === '#' &&
        sign.at + 1 === token.at &&
        !/[\w)]/.test(sql[sign.at - 1] ?? ' ');
      if (isTemporary) {
        current.pop();
        current.push({ kind: 'quoted', text: `"#${token.text}"`, at: token.at - 1 });
      } else current.push(token);
    }
  }
  if (open.length > 0) throw syntaxError('end of input');
  return root;
}

/** The names of `:name` in an SQL text; that it cannot be read is said when it runs. */
export function namedParameters(sql: string): string[] {
  try {
    return tokenize(sql, { backslashEscapes: true })
      .filter(({ kind }) => kind === 'parameter')
      .map(({ text }) => text.slice(1));
  } catch {
    return [...sql.matchAll(/:([A-Za-z_]\w*)/g)].map(([, name]) => name!);
  }
}

export const endOf = (node: Node) => (node.kind === 'group' ? node.end : node.at + node.text.length);

/** The statements between top-level semicolons. */
export function statements(nodes: readonly Node[]): Node[][] {
  return split(nodes, ';').filter((statement) => statement.length > 0);
}

export function split(nodes: readonly Node[], separator: string): Node[][] {
  const parts: Node[][] = [[]];
  for (const node of nodes) {
    if (node.kind === 'punctuation' && node.text === separator) parts.push([]);
    else parts.at(-1)!.push(node);
  }
  return parts;
}

/** The lower-case word of a node, '' for anything else. */
export const wordOf = (node: Node | undefined) => (node?.kind === 'word' ? node.text.toLowerCase() : '');

export const isName = (node: Node | undefined): node is Token => node?.kind === 'word' || node?.kind === 'quoted';

export const isGroup = (node: Node | undefined): node is Group => node?.kind === 'group';

/** Whether the nodes begin with these words. */
export function startsWith(nodes: readonly Node[], ...words: readonly string[]): boolean {
  return words.every((word, index) => wordOf(nodes[index]) === word);
}

/** Reads nodes from left to right. */
export class Reader {
  private at = 0;

  constructor(readonly nodes: readonly Node[]) {}

  /** of the next node */
  get position(): number {
    return this.at;
  }

  get done(): boolean {
    return this.at >= this.nodes.length;
  }

  peek(offset = 0): Node | undefined {
    return this.nodes[this.at + offset];
  }

  /** Takes the words if they come next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, offset) => wordOf(this.peek(offset)) === word)) return false;
    this.at += words.length;
    return true;
  }

  expect(...words: readonly string[]): void {
    if (!this.take(...words)) throw this.unexpected();
  }

  takePunctuation(text: string): boolean {
    const next = this.peek();
    if (next?.kind !== 'punctuation' || next.text !== text) return false;
    this.at++;
    return true;
  }

  next(): Node {
    const node = this.nodes[this.at++];
    if (!node) throw syntaxError('end of input');
    return node;
  }

  skip(count: number): void {
    this.at += count;
  }

  group(): Group {
    const node = this.peek();
    if (!isGroup(node)) throw this.unexpected();
    this.at++;
    return node;
  }

  takeGroup(): Group | undefined {
    return isGroup(this.peek()) ? this.group() : undefined;
  }

  name(): Token {
    const node = this.peek();
    if (!isName(node)) throw this.unexpected();
    this.at++;
    return node;
  }

  string(): string {
    const node = this.peek();
    if (node?.kind !== 'string') throw this.unexpected();
    this.at++;
    return stringValue(node.text);
  }

  integer(): number {
    const node = this.peek();
    if (node?.kind !== 'number' || !/^\d+$/.test(node.text)) throw this.unexpected();
    this.at++;
    return Number(node.text);
  }

  rest(): readonly Node[] {
    const rest = this.nodes.slice(this.at);
    this.at = this.nodes.length;
    return rest;
  }

  unexpected(): Error {
    return syntaxError(this.peek()?.text ?? 'end of input');
  }

  end(): void {
    if (!this.done) throw this.unexpected();
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** The characters that a string literal stands for; Redshift reads backslashes in it. */
export function stringValue(literal: string): string {
  const dollar = /^\$[^$]*\$/.exec(literal);
  if (dollar) return literal.slice(dollar[0].length, -dollar[0].length);
  return literal
    .replace(/^[eE]?'|'$/g, '')
    .replace(/''|\\(.)/gs, (all, escaped: string | undefined) =>
      all === "''" ? "'" : (ESCAPES[escaped!] ?? escaped!),
    );
}
