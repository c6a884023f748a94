/**
 * What is wrong with a text that should be JSON, in the words of the parser that AWS uses (Jackson); undefined when nothing is.
 * https://github.com/FasterXML/jackson-core: ReaderBasedJsonParser, ParserMinimalBase
 */
export function jsonProblem(text: string): string | undefined {
  return problemOf(text, API);
}

/** The same in the words that States.StringToJson has for it: of a later version, which does not show the text. */
export const functionJsonProblem = (text: string): string | undefined => problemOf(text, FUNCTION);

interface Dialect {
  source(text: string): string;
  /** Where it says that a character was found: there, or behind it. */
  readonly characterAt: 0 | 1;
}

const API: Dialect = { source: (text) => `(String)"${text}"`, characterAt: 1 };
const FUNCTION: Dialect = {
  source: () => 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)',
  characterAt: 0,
};

function problemOf(text: string, dialect: Dialect): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return new Scanner(text, dialect).problem() ?? (error as Error).message;
  }
}

const VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** Its message is what the scanner was made for. */
class Found extends Error {}

class Scanner {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly dialect: Dialect,
  ) {}

  /** Undefined where it finds nothing that JSON.parse has refused. */
  problem(): string | undefined {
    try {
      this.skip();
      if (this.#at === this.text.length) return 'No content to map due to end-of-input';
      this.value();
      this.skip();
      if (this.#at < this.text.length) this.unexpected(`expected a valid value ${VALUE}`);
      return undefined;
    } catch (error) {
      if (error instanceof Found) return error.message;
      // Values in each other until the stack is full.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private value(): void {
    const character = this.text[this.#at];
    if (character === '{') this.members('Object', '}', () => this.member());
    else if (character === '[') this.members('Array', ']', () => this.value());
    else if (character === '"') this.string();
    else if (/[-\d]/.test(character ?? '')) this.number();
    else this.word();
  }

  private members(kind: string, end: string, member: () => void): void {
    const start = this.place(this.#at);
    const next = () => {
      this.skip();
      if (this.#at === this.text.length) {
        this.fail(
          `Unexpected end-of-input: expected close marker for ${kind} (start marker at ${start})`,
          this.text.length,
        );
      }
      return this.text[this.#at];
    };
    this.#at++;
    if (next() === end) {
      this.#at++;
      return;
    }
    for (;;) {
      member();
      const character = next();
      if (character === end) break;
      if (character !== ',') this.unexpected(`was expecting comma to separate ${kind} entries`);
      this.#at++;
      next();
    }
    this.#at++;
  }

  private member(): void {
    if (this.text[this.#at] !== '"') this.unexpected('was expecting double-quote to start field name');
    this.string();
    this.skip();
    if (this.#at === this.text.length) this.fail('Unexpected end-of-input within/between Object entries', this.#at);
    if (this.text[this.#at] !== ':') this.unexpected('was expecting a colon to separate field name and value');
    this.#at++;
    this.skip();
    this.value();
  }

  private string(): void {
    for (this.#at++; this.text[this.#at] !== '"'; this.#at++) {
      const character = this.text[this.#at];
      if (character === undefined) {
        this.fail('Unexpected end-of-input: was expecting closing quote for a string value', this.#at);
      }
      if (character === '\\') this.#at++;
      else if (character! < ' ') {
        const what = `Illegal unquoted character ((CTRL-CHAR, code ${character!.charCodeAt(0)}))`;
        this.fail(`${what}: has to be escaped using backslash to be included in string value`, this.#at + 1);
      }
    }
    this.#at++;
  }

  private number(): void {
    const [number = ''] = /^-?\d*(\.\d*)?([eE][-+]?\d*)?/.exec(this.text.slice(this.#at)) ?? [];
    this.#at += number.length;
  }

  private word(): void {
    const [word] = /^[A-Za-z_$][\w$]*/.exec(this.text.slice(this.#at)) ?? [];
    if (word === 'null' || word === 'true' || word === 'false') {
      this.#at += word.length;
      return;
    }
    if (this.#at === this.text.length) this.fail('Unexpected end-of-input', this.#at);
    if (word === undefined) this.unexpected(`expected a valid value ${VALUE}`);
    this.fail(`Unrecognized token '${word}': was expecting ${VALUE}`, this.#at + word!.length);
  }

  private skip(): void {
    while (/[ \t\r\n]/.test(this.text[this.#at] ?? '')) this.#at++;
  }

  private unexpected(wanted: string): never {
    const character = this.text[this.#at]!;
    this.fail(
      `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${wanted}`,
      this.#at + this.dialect.characterAt,
    );
  }

  private fail(message: string, index: number): never {
    throw new Found(`${message}\n at ${this.place(index)}`);
  }

  private place(index: number): string {
    const lines = this.text.slice(0, index).split('\n');
    return `[Source: ${this.dialect.source(this.text)}; line: ${lines.length}, column: ${lines.at(-1)!.length + 1}]`;
  }
}
