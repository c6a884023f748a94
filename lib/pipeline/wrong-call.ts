/**
 * Builders that are called in a wrong way: without types to stop it (plain JavaScript, or `as any`), a text where a list belongs would be
 * taken apart into letters, and an option that is no object silently dropped. A builder does not throw: only `definePipeline` knows
 * the pipeline and the field. So what it answers instead stands where the right thing would, and is refused there with the rest.
 */
import { show, suggest } from './errors';
import { secretIn } from './secrets';

/** Stands where what the builder makes would. */
export class WrongCall {
  constructor(
    /** as it was written, or the value of the option in `path` */
    readonly value: string,
    readonly rule: string,
    readonly remedy: string,
    /** of the option that is wrong, where the call itself is right */
    readonly path: readonly string[] = [],
  ) {}

  /** Called as a member, as `key.text`. */
  of(owner: string): WrongCall {
    const remedy = this.remedy.replace(/^(Write (?:e\.g\. )?)/, `$1${owner}`);
    return new WrongCall(`${owner}${this.value}`, this.rule, remedy, this.path);
  }
}

/** What an argument or an option may be; with `?` it may be missing. */
const KINDS = {
  text: { is: 'a text', fits: (value: unknown) => typeof value === 'string' },
  number: { is: 'a number', fits: (value: unknown) => typeof value === 'number' && !Number.isNaN(value) },
  list: { is: 'a list', fits: Array.isArray },
  names: {
    is: 'a name or a list of names',
    fits: (value: unknown) => typeof value === 'string' || Array.isArray(value),
  },
  pattern: {
    is: 'a regular expression',
    fits: (value: unknown) => typeof value === 'string' || value instanceof RegExp,
  },
  object: { is: 'an object', fits: isObject },
} as const;
export type Kind = keyof typeof KINDS | `${keyof typeof KINDS}?`;

export interface Signature {
  /** a call that is right: `notNull('orders', 'order_id')` */
  readonly example: string;
  /** arguments in their order */
  readonly takes: Readonly<Record<string, Kind>>;
  /** any number of further texts */
  readonly andMore?: boolean;
  /** options of the last argument, where the builder picks them and would pass over others */
  readonly knows?: readonly string[];
  /** of an argument that is an object: what the builder takes apart, and what it is where that is not the last one */
  readonly members?: Readonly<Record<string, Kind>>;
  readonly takesApart?: string;
  /** which rule right arguments break together */
  readonly breaks?: (...args: never[]) => string | undefined;
  /** what is given may be a secret: it is not shown */
  readonly isSecret?: boolean;
  /** what these arguments are likely meant to be */
  readonly meant?: (...args: never[]) => string | false | undefined;
}

const EXAMPLES = new WeakMap<object, string>();

/** How a builder is called, for one that stands somewhere without a call. */
export const exampleOf = (builder: object): string | undefined => EXAMPLES.get(builder);

const nameOf = ({ example }: Signature): string => example.slice(0, example.indexOf('('));

/** `build`, with calls that it cannot understand answered by a `WrongCall`, or what `refuse` makes of one. */
export function checked<F extends (...args: never[]) => unknown>(
  signature: Signature,
  build: F,
  refuse: (wrong: WrongCall) => unknown = (wrong) => wrong,
): F {
  const call = (...args: unknown[]): unknown => {
    const wrong = mistakeIn(signature, args);
    return wrong ? refuse(wrong) : build(...(args as never[]));
  };
  Object.defineProperty(call, 'name', { value: nameOf(signature) });
  EXAMPLES.set(call, signature.example);
  return call as unknown as F;
}

function mistakeIn(signature: Signature, args: readonly unknown[]): WrongCall | undefined {
  const { takes, andMore = false, members = {}, takesApart } = signature;
  const parameters = Object.entries(takes);
  for (const [index, [name, kind]] of parameters.entries()) {
    const rule = broken(args[index], kind);
    if (rule !== undefined) return wrongCall(signature, args, `its ${nth(index, parameters.length)} (${name}) ${rule}`);
  }
  const more = andMore ? [] : args.slice(parameters.length).filter((value) => value !== undefined);
  if (more.length > 0) {
    const most = parameters.length;
    const takesWhat = most === 0 ? 'no arguments' : most === 1 ? 'one argument' : `${most} arguments at most`;
    return wrongCall(signature, args, `it takes ${takesWhat}`);
  }
  const options = args[takesApart === undefined ? parameters.length - 1 : Object.keys(takes).indexOf(takesApart)];
  const inside = takesApart === undefined ? [] : [takesApart];
  const { knows } = signature;
  const unknown = knows && isObject(options) && Object.keys(options).find((name) => !knows.includes(name));
  if (unknown) {
    const value = shown(show((options as Readonly<Record<string, unknown>>)[unknown]));
    return new WrongCall(value, 'there is no such option', suggest(unknown, knows), [unknown]);
  }
  for (const [name, kind] of Object.entries(members)) {
    const value = isObject(options) ? (options as Readonly<Record<string, unknown>>)[name] : undefined;
    if (value instanceof WrongCall)
      return new WrongCall(value.value, value.rule, value.remedy, [...inside, name, ...value.path]);
    const rule = broken(value, kind);
    if (rule === undefined) continue;
    const example = typeof value === 'string' && kind.startsWith('list') ? `${name}: [${written(value)}]` : undefined;
    return new WrongCall(
      shown(show(value)),
      value === undefined ? 'it must be here' : `it ${rule}`,
      `Write e.g. ${example ?? signature.example}.`,
      [...inside, name],
    );
  }
  const together = (signature.breaks as ((...args: readonly unknown[]) => string | undefined) | undefined)?.(...args);
  return together === undefined ? undefined : wrongCall(signature, args, together);
}

function broken(value: unknown, kind: Kind): string | undefined {
  const isOptional = kind.endsWith('?');
  if (value === undefined) return isOptional ? undefined : 'is missing';
  const { is, fits } = KINDS[kind.replace('?', '') as keyof typeof KINDS];
  return fits(value) ? undefined : `must be ${is}, not ${described(value)}`;
}

/** For what a signature cannot say. */
export function wrongCall(signature: Signature, args: readonly unknown[], rule: string): WrongCall {
  // What it makes of arguments that are no texts may be nonsense: it is written for those that people mix up.
  const meant = (signature.meant as ((...args: readonly unknown[]) => string | false | undefined) | undefined)?.(
    ...args,
  );
  const given = signature.isSecret && args.length > 0 ? '…' : args.map(written).join(', ');
  const call = `${nameOf(signature)}(${given})`;
  const remedy = meant ? `Write ${meant}.` : `Write e.g. ${signature.example}.`;
  return new WrongCall(
    shown(call.length > 100 ? `${call.slice(0, 97)}…` : call),
    rule,
    secretIn(remedy) ? 'Correct it.' : remedy,
  );
}

/** A value as it would be written in the definition. */
export function written(value: unknown): string {
  if (value === undefined || typeof value === 'number') return String(value);
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype && !('kind' in value || 'mode' in value)) {
    const members = Object.entries(value).map(([name, member]) => `${name}: ${written(member)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return value instanceof WrongCall ? value.value : show(value);
}

const shown = (text: string): string => (secretIn(text) ? `${text.slice(0, text.search(/[({]/) + 1)}…` : text);

function described(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (Number.isNaN(value)) return 'NaN';
  if (value instanceof WrongCall) return 'what a wrong call made';
  return (
    { string: 'a text', number: 'a number', boolean: 'true or false', function: 'a function' }[
      typeof value as string
    ] ?? 'an object'
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp);
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];
const nth = (index: number, of: number): string => (of === 1 ? 'argument' : `${ORDINALS[index]} argument`);

export interface FoundCall {
  /** where it stands */
  readonly at: readonly PropertyKey[];
  /** what of it is wrong */
  readonly path: readonly PropertyKey[];
  readonly wrong: WrongCall;
}

/** All of a definition. One that several fields are made of is there for each. */
export function wrongCalls(value: unknown, path: readonly PropertyKey[] = []): FoundCall[] {
  if (typeof value !== 'object' || value === null) return [];
  if (value instanceof WrongCall) return [{ at: path, path: [...path, ...value.path], wrong: value }];
  const { kind, type } = value as Readonly<Record<string, unknown>>;
  // A column goes on as one, so that `.notNull()` can be called on it.
  if (kind === 'column' && type instanceof WrongCall) return wrongCalls(type, path);
  return Object.entries(value).flatMap(([name, member]) =>
    wrongCalls(member, [...path, Array.isArray(value) ? Number(name) : name]),
  );
}
