/** JSONPath as Step Functions takes it: the input (`$`), the context object (`$$`) and variables (`$name`). */
import type { Environment } from '../environment';
import { Scanner } from './scanner';
import { isDefinite, parseTokens, type Token } from './tokens';
import { Miss, PastEnd, walk } from './walk';

export interface CompiledPath {
  readonly source: string;
  /** A path without wildcard, slice, filter or descent, which names one place. */
  readonly definite: boolean;
  /** Undefined when it starts at the input or the context object. */
  readonly variable: string | undefined;
  /** Only names and indexes, as ResultPath needs; what else it has makes it no Reference Path. */
  readonly steps: readonly (string | number)[];
  readonly isReference: boolean;
  /** `undefined` when the path leads nowhere; a list of all that was found when it is indefinite. */
  select(environment: Environment, document?: unknown): unknown;
  /** It leads nowhere because a list is shorter than its last index: a null, where a value is needed. */
  isPastEnd(environment: Environment, document: unknown): boolean;
  /** Why it leads nowhere. */
  reason(environment: Environment, document: unknown): string;
  /** What the path starts at. */
  root(environment: Environment, document: unknown): unknown;
}

const VARIABLE = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;

/** A definition has the same few paths again and again, and is read when it is made and when it first runs. */
const compiled = new Map<string, CompiledPath>();
const KEPT_PATHS = 5_000;
const KEPT_LENGTH = 200;

/** Throws a SyntaxError. */
export function compilePath(source: string): CompiledPath {
  const known = compiled.get(source);
  if (known) return known;
  const path = parseWhole(source);
  if (source.length > KEPT_LENGTH) return path;
  if (compiled.size >= KEPT_PATHS) compiled.clear();
  compiled.set(source, path);
  return path;
}

function parseWhole(source: string): CompiledPath {
  const scanner = new Scanner(source);
  const path = parsePath(scanner);
  if (!scanner.done) throw new SyntaxError(`Invalid path '${source}' at '${scanner.rest}'`);
  return path;
}

/** Reads a path; `within` the arguments of a function, where a comma or a bracket ends it. */
export function parsePath(scanner: Scanner, within = false): CompiledPath {
  const start = scanner.rest;
  if (!scanner.take('$')) throw new SyntaxError("Reference path didn't start with '$'");
  const isContext = scanner.take('$');
  const variable = isContext ? undefined : scanner.match(VARIABLE);
  const tokens = parseTokens(scanner, within);
  const steps = tokens.flatMap(step);
  const root = (environment: Environment, document: unknown) =>
    isContext ? environment.context : variable === undefined ? document : environment.variables[variable];
  return {
    source: start.slice(0, start.length - scanner.rest.length),
    definite: isDefinite(tokens),
    variable,
    steps,
    isReference: steps.length === tokens.length,
    select(environment, document = environment.input) {
      const from = root(environment, document);
      if (from === undefined) return undefined;
      const found = walk(tokens, from);
      return found instanceof Miss ? undefined : found;
    },
    isPastEnd(environment, document) {
      const from = root(environment, document);
      return from !== undefined && walk(tokens, from) instanceof PastEnd;
    },
    reason(environment, document) {
      const from = root(environment, document);
      const found = from === undefined ? undefined : walk(tokens, from);
      return found instanceof Miss ? found.reason(tokens) : `No results for path: $['${variable}']`;
    },
    root,
  };
}

const step = (token: Token): (string | number)[] => {
  if (token.kind === 'member') return [token.name];
  return token.kind === 'element' && token.index >= 0 ? [token.index] : [];
};
