import { identifier, literal } from '../postgres/client';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName } from './names';
import { type TranslateStatement, typeOf } from './procedure';
import { isGroup, isName, type Node, Reader, split, stringValue, wordOf } from './tree';

/** The text of a procedure that may end transactions begins so: it cannot be called inside of one. */
export const ENDS_TRANSACTIONS = '/* ends transactions */';

interface Block {
  readonly number: number;
  readonly catches: boolean;
  inHandler: boolean;
}

/**
 * The body of a procedure in PL/pgSQL, read from left to right; its expressions and statements are translated.
 *
 * An EXCEPTION is not PostgreSQL's: in Redshift an error undoes the whole transaction, the handler runs in a new one, which is committed, and then
 * the error is thrown on; in a NONATOMIC procedure each statement is a transaction, and a handled error is over. So each statement of such a block
 * is tried by itself, and the first one that fails leads to the handler, which stands behind the block. An error in the condition of an IF or a loop
 * goes past it to the caller.
 */
export class Body {
  private readonly reader: Reader;
  private declaring = false;
  private endsTransactions: boolean;
  private count = 0;
  private readonly blocks: Block[] = [];

  constructor(
    private readonly nodes: readonly Node[],
    private readonly parameters: Parameters,
    private readonly translate: TranslateStatement,
    private readonly nonatomic: boolean,
  ) {
    this.reader = new Reader(nodes);
    this.endsTransactions = nonatomic;
  }

  text(): string {
    const lines: string[] = [];
    while (!this.reader.done) lines.push(this.next());
    const caught = this.count > 0 ? 'DECLARE "caught state" text; "caught message" text; BEGIN\n' : '';
    const text = `${caught}${lines.join('\n')}${caught ? '\nEND;' : ''}`;
    return this.endsTransactions ? `${ENDS_TRANSACTIONS}\n${text}` : text;
  }

  private next(): string {
    const { reader } = this;
    if (reader.takePunctuation(';')) return ';';
    if (reader.peek()?.text === '<') return this.label();
    const word = wordOf(reader.peek());
    if (word === 'declare') {
      this.declaring = true;
      reader.next();
      return 'DECLARE';
    }
    if (word === 'begin') return this.begin();
    if (word === 'else' || word === 'loop') {
      reader.next();
      return word.toUpperCase();
    }
    if (this.declaring) return this.declaration();
    if (word === 'exception') return this.exception();
    if (['if', 'elsif', 'elseif'].includes(word)) {
      reader.next();
      return `${word.toUpperCase()} ${this.sql(this.until('then'))} THEN`;
    }
    if (word === 'when') {
      reader.next();
      return `WHEN ${this.sql(this.until('then'))} THEN`;
    }
    if (word === 'case') {
      reader.next();
      const value = this.sql(this.until('when'));
      return `CASE ${value} WHEN ${this.sql(this.until('then'))} THEN`;
    }
    if (word === 'while') {
      reader.next();
      return `WHILE ${this.sql(this.until('loop'))} LOOP`;
    }
    if (word === 'for') return this.forLoop();
    if (word === 'end') return this.end();
    const nodes = this.until(';');
    if (word === 'null') return plain(nodes);
    if (['return', 'exit', 'continue'].includes(word)) {
      const when = nodes.findIndex((node) => wordOf(node) === 'when');
      return when < 0 ? plain(nodes) : `${plain(nodes.slice(0, when))} WHEN ${this.sql(nodes.slice(when + 1))}`;
    }
    if (word === 'commit' || word === 'rollback') {
      if (nodes.length > 1) throw syntaxError(nodes[1]!.text);
      this.endsTransactions = true;
      return word.toUpperCase();
    }
    return this.tried(word, nodes);
  }

  /** A statement that may fail. */
  private tried(word: string, nodes: readonly Node[]): string {
    const { text, commits } = this.step(word, nodes);
    const block = this.blocks.findLast(({ catches, inHandler }) => catches && !inHandler);
    const after = commits === undefined ? '' : `; ${commits}`;
    if (!block) return text + after;
    return (
      `BEGIN ${text}; EXCEPTION WHEN OTHERS THEN "caught state" := SQLSTATE; "caught message" := SQLERRM; END; ` +
      `EXIT "block ${block.number}" WHEN "caught state" IS NOT NULL${after}`
    );
  }

  private step(word: string, nodes: readonly Node[]): { text: string; commits?: string } {
    if (['get', 'fetch', 'move', 'close'].includes(word)) return { text: plain(nodes) };
    if (word === 'raise') return { text: this.raise(nodes) };
    if (word === 'perform') return { text: `PERFORM ${this.sql(nodes.slice(1))}` };
    if (word === 'open') return { text: this.open(nodes) };
    if (word === 'execute') return this.execute(nodes.slice(1));
    const assigned = nodes.findIndex(({ text }) => text === ':=' || text === '=');
    if (assigned > 0 && nodes.slice(0, assigned).every(isTargetPart))
      return { text: `${plain(nodes.slice(0, assigned))} := ${this.sql(nodes.slice(assigned + 1))}` };
    return word === 'select' || word === 'with' ? { text: this.selectInto(nodes) } : this.statement(nodes);
  }

  private label(): string {
    const { reader } = this;
    const nodes = [reader.next(), reader.next(), reader.next(), reader.next(), reader.next()];
    if (nodes.map(({ text }, at) => (at === 2 ? '' : text)).join('') !== '<<>>') throw syntaxError(nodes[0]!.text);
    return `<<${plain(nodes.slice(2, 3))}>>`;
  }

  private begin(): string {
    this.declaring = false;
    const catches = hasHandler(this.nodes, this.reader.position);
    this.reader.next();
    if (catches) this.count++;
    this.blocks.push({ number: this.count, catches, inHandler: false });
    return catches ? `BEGIN "caught state" := NULL; <<"block ${this.count}">> BEGIN` : 'BEGIN';
  }

  /** EXCEPTION WHEN OTHERS THEN */
  private exception(): string {
    const { reader } = this;
    const block = this.blocks.at(-1)!;
    reader.next();
    if (reader.take('continue_handler')) throw new UnsupportedLocally('CONTINUE_HANDLER in procedures');
    reader.take('exit_handler');
    reader.expect('when', 'others', 'then');
    this.endsTransactions = true;
    block.inHandler = true;
    return `END "block ${block.number}"; IF "caught state" IS NOT NULL THEN${this.nonatomic ? '' : ' ROLLBACK;'}`;
  }

  /** END [label], END IF, END LOOP, END CASE */
  private end(): string {
    const nodes = this.until(';');
    if (['if', 'loop', 'case'].includes(wordOf(nodes[1]))) return plain(nodes);
    const block = this.blocks.pop();
    if (!block?.inHandler) return plain(nodes);
    const rethrow = this.nonatomic ? '"caught state" := NULL' : `COMMIT; ${RETHROW}`;
    return `${rethrow}; END IF; ${plain(nodes)}`;
  }

  /** name [CONSTANT] type [NOT NULL] [:= value], name CURSOR FOR query, name ALIAS FOR $n */
  private declaration(): string {
    const nodes = this.until(';');
    const [name] = nodes;
    if (!isName(name)) throw syntaxError(name?.text ?? ';');
    const own = identifier(foldedName(name.text));
    if (wordOf(nodes[1]) === 'alias')
      return `${own} ${nodes
        .slice(1)
        .map(({ text }) => text)
        .join(' ')}`;
    if (wordOf(nodes[1]) === 'cursor') {
      const query = nodes.findIndex((node) => ['for', 'is'].includes(wordOf(node)));
      const [, , list] = nodes;
      const args = isGroup(list)
        ? `(${split(list.nodes, ',')
            .map((part) => `${plain(part.slice(0, 1))} ${typeOf(part.slice(1))}`)
            .join(', ')})`
        : '';
      return `${own} CURSOR ${args} FOR ${this.sql(nodes.slice(query + 1))}`;
    }
    const constant = wordOf(nodes[1]) === 'constant';
    const rest = nodes.slice(constant ? 2 : 1);
    const value = rest.findIndex((node) => [':=', '='].includes(node.text) || wordOf(node) === 'default');
    const typed = value < 0 ? rest : rest.slice(0, value);
    const notNull = wordOf(typed.at(-2)) === 'not' && wordOf(typed.at(-1)) === 'null';
    const type = notNull ? typed.slice(0, -2) : typed;
    const copied = type.some(({ text }) => text === '%');
    const sql = copied
      ? type.map((node) => (isName(node) ? plain([node]) : node.text)).join('')
      : wordOf(type[0]) === 'record'
        ? 'record'
        : typeOf(type);
    return `${own} ${constant ? 'CONSTANT ' : ''}${sql}${notNull ? ' NOT NULL' : ''}${value < 0 ? '' : ` := ${this.sql(rest.slice(value + 1))}`}`;
  }

  /** FOR i IN 1..n LOOP, FOR row IN query LOOP, FOR row IN EXECUTE text LOOP */
  private forLoop(): string {
    const nodes = this.until('loop');
    const inside = nodes.slice(3);
    if (wordOf(nodes[2]) !== 'in') throw syntaxError(nodes[2]?.text ?? 'end of input');
    const head = `FOR ${plain(nodes.slice(1, 2))} IN`;
    if (wordOf(inside[0]) === 'execute') return `${head} EXECUTE ${this.dynamic(inside.slice(1))} LOOP`;
    if (['select', 'with'].includes(wordOf(inside[0]))) return `${head} ${this.sql(inside)} LOOP`;
    // `1..3` is read as the numbers `1.` and `.3`, which stand side by side again.
    const range = inside
      .map((node) =>
        isGroup(node) ? `(${this.sql(node.nodes)})` : wordOf(node) === 'reverse' ? 'REVERSE ' : node.text,
      )
      .join('');
    return `${head} ${range} LOOP`;
  }

  /** OPEN cursor [(values)], OPEN cursor FOR query, OPEN cursor FOR EXECUTE text */
  private open(nodes: readonly Node[]): string {
    const query = nodes.findIndex((node) => wordOf(node) === 'for');
    if (query < 0) return this.sql(nodes.slice(0, 2)) + (isGroup(nodes[2]) ? `(${this.sql(nodes[2].nodes)})` : '');
    const text =
      wordOf(nodes[query + 1]) === 'execute'
        ? `EXECUTE ${this.dynamic(nodes.slice(query + 2))}`
        : this.sql(nodes.slice(query + 1));
    return `OPEN ${plain(nodes.slice(1, query))} FOR ${text}`;
  }

  /** EXECUTE text [INTO variable] */
  private execute(nodes: readonly Node[]): { text: string; commits?: string } {
    const into = nodes.findIndex((node) => wordOf(node) === 'into');
    const text = `EXECUTE ${this.dynamic(into < 0 ? nodes : nodes.slice(0, into))}`;
    if (into >= 0) return { text: `${text} INTO ${plain(nodes.slice(into + 1))}` };
    this.endsTransactions = true;
    return {
      text,
      commits: this.nonatomic
        ? 'COMMIT'
        : "IF pg_catalog.current_setting('stepwell.commits', true) = 'yes' THEN COMMIT; END IF",
    };
  }

  private dynamic(nodes: readonly Node[]): string {
    return `redshift_catalog.dynamic(${this.sql(nodes)})`;
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

  private statement(nodes: readonly Node[]): { text: string; commits?: string } {
    const translated = this.translate(this.caught(nodes));
    if (wordOf(nodes[0]) === 'call') {
      this.endsTransactions = true;
      return { text: (translated as { text: string }).text };
    }
    const commits = this.nonatomic ? { commits: 'COMMIT' } : {};
    if (translated.kind === 'committing') {
      this.endsTransactions = true;
      return { text: translated.text, commits: 'COMMIT' };
    }
    if (translated.kind !== 'sql' || translated.values.length > 0)
      throw new UnsupportedLocally(`${wordOf(nodes[0]).toUpperCase()} in procedures`);
    const after = translated.after ? `; ${translated.after.replace(/^SELECT /, 'PERFORM ')}` : '';
    return { text: translated.text + after, ...commits };
  }

  /** RAISE [level 'format' [, values]] */
  private raise(nodes: readonly Node[]): string {
    if (nodes.length === 1) return RETHROW;
    const [head = [], ...values] = split(nodes, ',');
    const format = head.at(-1);
    if (format?.kind !== 'string') throw syntaxError(format?.text ?? ';');
    const level = plain(head.slice(1, -1)).toUpperCase();
    if (!['', 'DEBUG', 'LOG', 'INFO', 'NOTICE', 'WARNING', 'EXCEPTION'].includes(level))
      throw syntaxError(level.toLowerCase());
    return `RAISE ${level} ${literal(stringValue(format.text))}${values.map((each) => `, ${this.sql(each)}`).join('')}`;
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
      if (wordOf(node) === 'case' && wordOf(nodes.at(-1)) !== 'end') cases++;
      if (wordOf(node) === 'end' && cases > 0) cases--;
      nodes.push(reader.next());
    }
  }

  private sql(nodes: readonly Node[]): string {
    return rewrite(this.caught(nodes), this.parameters);
  }

  /** In a handler SQLSTATE and SQLERRM are those of the error that led there. */
  private caught(nodes: readonly Node[]): readonly Node[] {
    return this.blocks.some(({ inHandler }) => inHandler) ? withCaught(nodes) : nodes;
  }
}

const RETHROW = 'RAISE EXCEPTION USING ERRCODE = "caught state", MESSAGE = "caught message"';

const CAUGHT: Readonly<Record<string, string>> = { sqlstate: '"caught state"', sqlerrm: '"caught message"' };

const withCaught = (nodes: readonly Node[]): Node[] =>
  nodes.map((node) => {
    if (isGroup(node)) return { ...node, nodes: withCaught(node.nodes) };
    const name = CAUGHT[wordOf(node)];
    return name === undefined ? node : { ...node, kind: 'quoted', text: name };
  });

/** Whether the block that begins here has an EXCEPTION of its own. */
function hasHandler(nodes: readonly Node[], begin: number): boolean {
  let depth = 0;
  for (let at = begin + 1; at < nodes.length; at++) {
    const word = wordOf(nodes[at]);
    const starts = [';', 'begin', 'then', 'else', 'loop'].includes(nodes[at - 1]!.text.toLowerCase());
    if (word === 'begin') depth++;
    else if (word === 'end' && starts && !['if', 'loop', 'case'].includes(wordOf(nodes[at + 1]))) {
      if (depth === 0) return false;
      depth--;
    } else if (word === 'exception' && starts && depth === 0) return true;
  }
  return false;
}

/** `name` or `row.name` */
const isTargetPart = (node: Node, at: number) => (at % 2 === 0 ? isName(node) : node.text === '.');

/** Words and names only, as written. */
const plain = (nodes: readonly Node[]): string =>
  nodes.map((node) => (node.kind === 'quoted' ? identifier(foldedName(node.text)) : node.text)).join(' ');
