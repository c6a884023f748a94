/** The fields of a state that hold a number or a text, or the path of one. */
import type { Environment, Evaluator } from '../environment';
import { runtimeError } from '../errors';
import type { CompileContext } from '../jsonata/template';
import { isNumber, isWhole, stringifyJson } from '../numbers';
import type { CompiledPath } from './path';
import { compileField, compileReference, conflict, notNull, type Template } from './template';

/** AWS: a little over three years, in seconds; other counts share the limit. */
const LIMIT = 99_999_999;

/** A text in which Java finds a whole number. */
const WRITTEN = /^[+-]?\d+$/;

/** Throws where it is not what the field takes. */
type Check<T> = (value: unknown, shown: string, path: string) => T;

/** `SecondsPath`, `TimeoutSecondsPath`, `HeartbeatSecondsPath`: a whole number that is not negative, or a text of one. Undefined when the state has neither form. */
export function compileSeconds(
  literal: unknown,
  path: unknown,
  field: string,
  context: CompileContext,
): Evaluator<number> | undefined {
  return compileEither(literal, path, field, context, (value, shown, source) => {
    const told = `${source} == ${shown}`;
    const seconds = typeof value === 'string' && WRITTEN.test(value) ? Number(value) : value;
    if (!isWhole(seconds)) throw runtimeError(`The ${field} parameter cannot be parsed as a long value: ${told}`);
    if (seconds < 0) throw runtimeError(`The ${field} parameter references a negative value: ${told}`);
    if (seconds > LIMIT) throw runtimeError(`The ${field} parameter references a value over ${LIMIT}: ${told}`);
    return Number(seconds);
  });
}

/** The numbers of a Map: what is said of one that is negative. */
const NEGATIVE: Readonly<Record<string, (value: number | bigint) => string>> = {
  MaxConcurrencyPath: (value) => `Expected non-negative integer for MaxConcurrency, got '${value}' instead.`,
  ToleratedFailureCountPath: () => 'ToleratedFailureCount cannot be negative.',
  MaxItemsPath: () => 'field MaxItems must be positive',
};

/** Of a Map: a whole number that is not negative. */
export function compileCount(
  literal: unknown,
  path: unknown,
  field: string,
  context: CompileContext,
): Evaluator<number> | undefined {
  return compileEither(literal, path, field, context, (value, shown, source) => {
    if (!isWhole(value)) {
      throw runtimeError(`The ${field} field refers to value "${shown}" which is not a valid integer: ${source}`);
    }
    if (value < 0) {
      throw runtimeError(NEGATIVE[field]?.(value) ?? `${field.slice(0, -'Path'.length)} cannot be negative.`);
    }
    return Number(value);
  });
}

/** `ToleratedFailurePercentage` or its path: it need not be whole. */
export function compilePercentage(
  literal: unknown,
  path: unknown,
  field: string,
  context: CompileContext,
): Evaluator<number> | undefined {
  return compileEither(literal, path, field, context, (value, shown, source) => {
    if (!isNumber(value)) {
      throw runtimeError(`The ${field} field refers to value "${shown}" which is not a valid float: ${source}`);
    }
    if (value < 0 || value > 100) throw runtimeError('ToleratedFailurePercentage must be between 0 and 100.');
    return Number(value);
  });
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

export function compileTimestamp(
  literal: unknown,
  path: unknown,
  field: string,
  context: CompileContext,
): Evaluator<string> | undefined {
  return compileEither(literal, path, field, context, (value, shown, source) => {
    if (typeof value === 'string' && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value))) return value;
    throw runtimeError(
      `The ${field} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${source} == ${shown}`,
    );
  });
}

function compileEither<T>(
  literal: unknown,
  path: unknown,
  field: string,
  context: CompileContext,
  check: Check<T>,
): Evaluator<T> | undefined {
  if (path === undefined) return literal === undefined ? undefined : () => literal as T;
  const reference = compileReference(path, field, context);
  return (environment) => {
    const value = reference && read(reference, environment);
    if (value === undefined) throw runtimeError(notFound(field, reference!, environment));
    return check(value, typeof value === 'string' ? value : stringifyJson(value), reference!.source);
  };
}

/** A Wait state has words of its own. */
const notFound = (field: string, path: CompiledPath, environment: Environment): string =>
  field === 'SecondsPath' || field === 'TimestampPath'
    ? `The ${field} parameter does not reference an input value: ${path.source}`
    : `Invalid path '${path.source}' : ${path.reason(environment, environment.input)}`;

const read = (path: CompiledPath, environment: Environment): unknown => {
  notNull(path, environment, environment.input);
  return path.select(environment);
};

/** `Error` or `ErrorPath`, which may be an intrinsic function. */
export function compileText(
  literal: unknown,
  path: unknown,
  field: string,
  context: CompileContext,
): Evaluator<string> | undefined {
  if (path === undefined) return literal === undefined ? undefined : () => literal as string;
  const template: Template = compileField(path, field, context, true);
  return (environment) => {
    const value = template(environment, environment.input);
    if (typeof value === 'string') return value;
    throw runtimeError(`The ${field} parameter does not reference a string: ${path} == ${stringifyJson(value)}`);
  };
}

/** What a Map goes through: `ItemsPath` of the effective input, or that itself. */
export function compileItems(path: string | undefined, input: Evaluator, context: CompileContext): Evaluator {
  const reference = path === undefined ? undefined : compileReference(path, 'ItemsPath', context);
  return (environment) => {
    const document = input(environment);
    const items = reference ? follow(reference, environment, document) : document;
    // AWS maps over an object's members, too.
    if (items !== null && typeof items === 'object') return items;
    throw runtimeError(
      `Reference path "${path ?? '$'}" must point to array but the value found was ${stringifyJson(items)}.`,
    );
  };
}

function follow(path: CompiledPath, environment: Environment, document: unknown): unknown {
  notNull(path, environment, document);
  const found = path.select(environment, document);
  if (found !== undefined) return found;
  const last = path.steps.at(-1) ?? path.variable;
  throw conflict(`Unable to apply step "${last}" to input ${stringifyJson(path.root(environment, document))}`);
}
