import { parseJson, stringifyJson } from './numbers';
/**
 * A JSON value on its way through states, with its text: history, journal and the size limit need the text, expressions the
 * value. Each is made at most once, and neither is ever changed, so values are passed on without copying.
 */
export class Data {
  #value: unknown;
  #json: string | undefined;
  #parsed: boolean;

  private constructor(value: unknown, json: string | undefined, parsed: boolean) {
    this.#value = value;
    this.#json = json;
    this.#parsed = parsed;
  }

  static of(value: unknown): Data {
    return new Data(value, undefined, true);
  }

  /** The text is trusted to be JSON, or parsing it throws when the value is asked for. */
  static parse(json: string): Data {
    return new Data(undefined, json, false);
  }

  /** The array of some values, whose text is put together from theirs. */
  static list(items: readonly Data[]): Data {
    return new Data(
      items.map((item) => item.value),
      `[${items.map((item) => item.json).join(',')}]`,
      true,
    );
  }

  get value(): unknown {
    if (!this.#parsed) {
      this.#value = parseJson(this.#json ?? 'null');
      this.#parsed = true;
    }
    return this.#value;
  }

  get json(): string {
    this.#json ??= stringifyJson(this.#value) ?? 'null';
    return this.#json;
  }

  exceeds(bytes: number): boolean {
    const { json } = this;
    // No string takes more than three bytes for one UTF-16 unit, so most need no counting.
    return json.length * 3 > bytes && Buffer.byteLength(json) > bytes;
  }
}
