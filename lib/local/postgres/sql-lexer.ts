/** Splits SQL into tokens as PostgreSQL's scanner does, so that nothing inside a string, a comment or a quoted name is taken for SQL. */

export type TokenKind =
  /** an unquoted name or keyword */
  | 'word'
  /** a quoted name; `text` keeps the quotes */
  | 'quoted'
  /** a string literal of any form; `text` keeps its quotes and prefix */
  | 'string'
  | 'number'
  /** `:name` */
  | 'parameter'
  /** `(`, `)`, `,`, `;`, `[`, `]`, `.`, `::` */
  | 'punctuation'
  | 'operator'
  /** spaces and comments */
  | 'blank';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** offset in the SQL text */
  readonly at: number;
}

export class SqlSyntaxError extends Error {
  override name = 'SqlSyntaxError';

  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

export interface LexerOptions {
  /** Redshift treats a backslash in a plain string as an escape; PostgreSQL only in E'…'. */
  readonly backslashEscapes?: boolean;
}

export function tokenize(sql: string, options: LexerOptions = {}): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const [kind, end] = next(sql, at, options);
    tokens.push({ kind, text: sql.slice(at, end), at });
    at = end;
  }
  return tokens;
}

/** Tokens without blanks. */
export function significant(tokens: readonly Token[]): Token[] {
  return tokens.filter(({ kind }) => kind !== 'blank');
}

/** The statements of a script, without the semicolons between them and without empty ones. */
export function splitStatements(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ';') statements.push([]);
    else statements.at(-1)!.push(token);
  }
  return statements.filter((statement) => statement.some(({ kind }) => kind !== 'blank'));
}

const SPACE = /\s+/y;
const LINE_COMMENT = /--[^\n]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /:[A-Za-z_]\w*/y;
const OPERATOR = /[-+*/<>=~!@#%^&|`?:]|\$\d+|[\\{}]/y;

function next(sql: string, at: number, options: LexerOptions): [TokenKind, number] {
  const char = sql[at]!;
  const two = sql.slice(at, at + 2);
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.test(sql) ? pattern.lastIndex : undefined;
  };
  let end = match(SPACE) ?? match(LINE_COMMENT);
  if (end !== undefined) return ['blank', end];
  if (two === '/*') return ['blank', endOfComment(sql, at)];
  if (char === "'") return ['string', endOfQuoted(sql, at, "'", options.backslashEscapes === true)];
  if (/[eE]'/.test(two)) return ['string', endOfQuoted(sql, at + 1, "'", true)];
  if (/[bBxXnN]'/.test(two)) return ['string', endOfQuoted(sql, at + 1, "'", false)];
  if (/[uU]&/.test(two) && sql[at + 2] === "'") return ['string', endOfQuoted(sql, at + 2, "'", false)];
  if (char === '"') return ['quoted', endOfQuoted(sql, at, '"', false)];
  end = match(DOLLAR_TAG);
  if (end !== undefined) {
    const tag = sql.slice(at, end);
    const close = sql.indexOf(tag, end);
    if (close < 0)
      throw new SqlSyntaxError(`unterminated dollar-quoted string at or near "${sql.slice(at, at + 40)}"`, at);
    return ['string', close + tag.length];
  }
  end = match(WORD);
  if (end !== undefined) return ['word', end];
  end = match(NUMBER);
  if (end !== undefined) return ['number', end];
  if (two === '::' || two === ':=') return ['punctuation', at + 2];
  end = match(PARAMETER);
  if (end !== undefined) return ['parameter', end];
  if ('(),;[].'.includes(char)) return ['punctuation', at + 1];
  end = match(OPERATOR);
  if (end !== undefined) return ['operator', end];
  throw new SqlSyntaxError(`syntax error at or near "${char}"`, at);
}

function endOfQuoted(sql: string, open: number, quote: string, backslash: boolean): number {
  for (let at = open + 1; at < sql.length; at++) {
    if (backslash && sql[at] === '\\') at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  const what = quote === '"' ? 'quoted identifier' : 'quoted string';
  throw new SqlSyntaxError(`unterminated ${what} at or near "${sql.slice(open, open + 40)}"`, open);
}

/** Comments nest. */
function endOfComment(sql: string, open: number): number {
  let depth = 0;
  for (let at = open; at < sql.length; at++) {
    const two = sql.slice(at, at + 2);
    if (two === '/*') depth++;
    else if (two === '*/') depth--;
    else continue;
    at++;
    if (depth === 0) return at + 1;
  }
  throw new SqlSyntaxError(`unterminated /* comment at or near "${sql.slice(open, open + 40)}"`, open);
}
