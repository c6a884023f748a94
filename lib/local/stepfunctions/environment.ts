import type { Bindings } from './jsonata/expression';
import { withDoubles, withLongs } from './numbers';

export type Variables = Readonly<Record<string, unknown>>;

export type Context = Readonly<Record<string, unknown>>;

/** What the fields of a state are evaluated against. A new one when a result or an error is there. */
export class Environment {
  #whole: Bindings | undefined;
  #bindings: Bindings | undefined;
  #context: Context | undefined;

  constructor(
    readonly input: unknown,
    /** Makes the context object, which most states do not read. */
    private readonly makeContext: () => Context,
    readonly variables: Variables,
    readonly extra: { readonly result?: unknown; readonly errorOutput?: unknown } = {},
    /** The input's text where there is one, to be shown in errors. */
    readonly inputText?: string,
  ) {}

  /** `$states.context`, or `$$` in JSONPath. */
  get context(): Context {
    this.#context ??= this.makeContext();
    return this.#context;
  }

  /** For JSONata: the variables and `$states`. */
  get bindings(): Bindings {
    this.#bindings ??= withDoubles(this.#given);
    return this.#bindings;
  }

  /** The same with whole numbers that only a long can hold. Undefined where there are none. */
  get bindingsWithLongs(): Bindings | undefined {
    return this.bindings === this.#given ? undefined : withLongs(this.#given);
  }

  get #given(): Bindings {
    this.#whole ??= { ...this.variables, states: { input: this.input, context: this.context, ...this.extra } };
    return this.#whole;
  }

  /** The same with another input. */
  on(input: unknown): Environment {
    return new Environment(input, () => this.context, this.variables, this.extra);
  }

  with(extra: { readonly result?: unknown; readonly errorOutput?: unknown }): Environment {
    return new Environment(this.input, () => this.context, this.variables, extra, this.inputText);
  }
}

export type MaybePromise<T> = T | Promise<T>;

/** A field of a state, ready to be evaluated. */
export type Evaluator<T = unknown> = (environment: Environment) => MaybePromise<T>;
