/** JSONPath as Step Functions takes it: the input (`$`), the context object (`$$`) and variables (`$name`). */
import type { Environment } from '../environment';
import { type Predicate, parseFilter } from './filter';
import { Scanner } from './scanner';

type Selector = (value: unknown, root: unknown) => unknown[];

export interface CompiledPath {
  readonly source: string;
  /** A path without wildcard, slice, filter or descent, which names one place. */
  readonly definite: boolean;
  /** Only names and indexes, as ResultPath needs. */
  readonly steps: readonly (string | number)[];
  /** `undefined` when a definite path leads nowhere; otherwise all that was found, as an array. */
  select(environment: Environment, document?: unknown): unknown;
}

/** Throws a SyntaxError. */
export function compilePath(source: string): CompiledPath {
  const scanner = new Scanner(source);
  if (!scanner.take('$')) throw new SyntaxError(`Invalid path '${source}': it must begin with '$'`);
  const isContext = scanner.take('$');
  const variable = isContext ? undefined : scanner.match(/[\p{L}_][\p{L}\p{N}_]*/uy);
  const root = (environment: Environment, document: unknown) =>
    isContext ? environment.context : variable === undefined ? document : environment.variables[variable];

  const { selectors, steps, definite, length } = parseSteps(scanner);
  if (!scanner.done) throw new SyntaxError(`Invalid path '${source}' at '${scanner.rest}'`);
  return {
    source,
    definite,
    steps,
    select(environment, document = environment.input) {
      const start = root(environment, document);
      if (start === undefined) return undefined;
      const found = selectAll(selectors, start);
      if (length) return found.length > 0 && Array.isArray(found[0]) ? found[0].length : undefined;
      return definite ? found[0] : found;
    },
  };
}

/** A path relative to `@`, in a filter. */
export function parseRelative(scanner: Scanner): (value: unknown) => unknown {
  const { selectors, definite } = parseSteps(scanner);
  return (value) => {
    const found = selectAll(selectors, value);
    return definite ? found[0] : found;
  };
}

function selectAll(selectors: readonly Selector[], start: unknown): unknown[] {
  let found = [start];
  for (const select of selectors) found = found.flatMap((value) => select(value, start));
  return found;
}

interface Steps {
  readonly selectors: Selector[];
  readonly steps: (string | number)[];
  readonly definite: boolean;
  /** It ends in `.length()`. */
  readonly length: boolean;
}

function parseSteps(scanner: Scanner): Steps {
  const selectors: Selector[] = [];
  const steps: (string | number)[] = [];
  let definite = true;
  for (;;) {
    if (scanner.take('..')) {
      definite = false;
      selectors.push(descend);
      if (scanner.take('*')) selectors.push(children);
      else if (scanner.peek('[')) continue;
      else selectors.push(member(scanner.expect(NAME, 'a name')));
    } else if (scanner.take('.length()')) {
      return { selectors, steps, definite, length: true };
    } else if (scanner.take('.')) {
      if (scanner.take('*')) {
        definite = false;
        selectors.push(children);
      } else {
        const name = scanner.expect(NAME, 'a name');
        steps.push(name);
        selectors.push(member(name));
      }
    } else if (scanner.take('[')) {
      const bracket = parseBracket(scanner);
      if (bracket.step === undefined) definite = false;
      else steps.push(bracket.step);
      selectors.push(bracket.select);
    } else {
      return { selectors, steps, definite, length: false };
    }
  }
}

const NAME = /[^.[\]()'",@\s=<>!&|?*:]+/uy;
const INTEGER = /-?\d+/y;

function parseBracket(scanner: Scanner): { select: Selector; step?: string | number } {
  scanner.skip();
  if (scanner.take('?')) {
    scanner.skip();
    scanner.expect(/\(/y, "'('");
    const holds: Predicate = parseFilter(scanner);
    scanner.expect(/\s*\)\s*\]/y, "')]'");
    return { select: (value, root) => children(value).filter((item) => holds(item, root)) };
  }
  if (scanner.take('*')) {
    scanner.expect(/\s*\]/y, "']'");
    return { select: children };
  }
  const slice = scanner.match(/(-?\d*)\s*:\s*(-?\d*)(?:\s*:\s*(-?\d*))?\s*\]/y);
  if (slice !== undefined) return { select: parseSlice(slice) };

  const keys: (string | number)[] = [];
  do {
    scanner.skip();
    const text = scanner.string();
    keys.push(text ?? Number(scanner.expect(INTEGER, 'an index or a quoted name')));
    scanner.skip();
  } while (scanner.take(','));
  scanner.expect(/\]/y, "']'");
  const select: Selector = (value) =>
    keys.flatMap((key) => (typeof key === 'string' ? member(key) : element(key))(value));
  return keys.length === 1 ? { select, step: keys[0]! } : { select };
}

function parseSlice(text: string): Selector {
  const [from = '', to = '', by = ''] = text
    .slice(0, -1)
    .split(':')
    .map((part) => part.trim());
  return (value) => {
    if (!Array.isArray(value)) return [];
    const part = value.slice(from === '' ? 0 : Number(from), to === '' ? undefined : Number(to));
    const step = by === '' ? 1 : Number(by);
    return step > 1 ? part.filter((_, index) => index % step === 0) : part;
  };
}

const member =
  (name: string) =>
  (value: unknown): unknown[] =>
    value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, name)
      ? [(value as Record<string, unknown>)[name]]
      : [];

const element =
  (index: number) =>
  (value: unknown): unknown[] => {
    if (!Array.isArray(value)) return [];
    const position = index < 0 ? value.length + index : index;
    return position >= 0 && position < value.length ? [value[position]] : [];
  };

const children = (value: unknown): unknown[] =>
  value !== null && typeof value === 'object' ? Object.values(value) : [];

const descend = (value: unknown): unknown[] => [value, ...children(value).flatMap(descend)];
