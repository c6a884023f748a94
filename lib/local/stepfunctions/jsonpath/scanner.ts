/** Reads a text from left to right. */
export class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  get done(): boolean {
    return this.#at >= this.text.length;
  }

  get rest(): string {
    return this.text.slice(this.#at);
  }

  peek(token: string): boolean {
    return this.text.startsWith(token, this.#at);
  }

  take(token: string): boolean {
    if (!this.peek(token)) return false;
    this.#at += token.length;
    return true;
  }

  /** What a sticky pattern matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.#at += found[0].length;
    return found[0];
  }

  expect(pattern: RegExp, what: string): string {
    const found = this.match(pattern);
    if (found === undefined) throw new SyntaxError(`Expected ${what} at '${this.rest}' in '${this.text}'`);
    return found;
  }

  skip(): void {
    this.match(/\s*/y);
  }

  /** A quoted string; a backslash takes the next character as it is. */
  string(): string | undefined {
    const found = this.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy);
    return found?.slice(1, -1).replace(/\\(.)/gs, '$1');
  }
}
