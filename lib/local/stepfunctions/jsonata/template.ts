import type { Environment, Evaluator, MaybePromise } from '../environment';
import { type Diagnostic, evaluationError } from '../errors';
import { stringifyJson } from '../numbers';
import type { StatesField } from './check';
import { type CompiledExpression, compileExpression } from './expression';

const isExpression = (text: string): boolean => text.startsWith('{%') && text.endsWith('%}') && text.length >= 4;

/** Collects what is wrong with expressions while a definition is compiled. */
export interface CompileContext {
  /** JSON pointer of the state. */
  readonly path: string;
  readonly diagnostics: Diagnostic[];
  /** What `$states` has here beside `input` and `context`. */
  readonly extra?: StatesField;
}

/**
 * A value with expressions at any depth. `field` names it in errors: `Output`, then `Output/a/b[0]`.
 * A value without expressions is handed out as it is, again and again.
 */
export function compileTemplate(template: unknown, field: string, context: CompileContext): Evaluator {
  return compile(template, field, context) ?? (() => template);
}

/** Undefined when the template is constant. */
function compile(template: unknown, field: string, context: CompileContext): Evaluator | undefined {
  if (typeof template === 'string') {
    return isExpression(template) ? compileField(template.slice(2, -2).trim(), field, context) : undefined;
  }
  if (template === null || typeof template !== 'object') return undefined;

  const isArray = Array.isArray(template);
  const members = Object.entries(template).map(([key, value]) => ({
    key,
    value,
    evaluate: compile(value, isArray ? `${field}[${key}]` : `${field}/${key}`, context),
  }));
  if (members.every((member) => !member.evaluate)) return undefined;
  return (environment) => evaluateMembers(members, isArray ? [] : {}, 0, environment);
}

interface Member {
  readonly key: string;
  readonly value: unknown;
  readonly evaluate: Evaluator | undefined;
}

/** Those from `start` on, one after the other; without a promise as long as none is met. */
function evaluateMembers(
  members: readonly Member[],
  result: Record<string, unknown> | unknown[],
  start: number,
  environment: Environment,
): MaybePromise<unknown> {
  for (let index = start; index < members.length; index++) {
    const { key, value, evaluate } = members[index]!;
    const evaluated = evaluate ? evaluate(environment) : value;
    if (evaluated instanceof Promise) {
      return evaluated.then((found) => {
        (result as Record<string, unknown>)[key] = found;
        return evaluateMembers(members, result, index + 1, environment);
      });
    }
    (result as Record<string, unknown>)[key] = evaluated;
  }
  return result;
}

function compileField(source: string, field: string, { path, diagnostics, extra }: CompileContext): Evaluator {
  let expression: CompiledExpression;
  try {
    expression = compileExpression(source, extra);
  } catch (error) {
    diagnostics.push({
      code: 'INVALID_JSONATA_EXPRESSION',
      message: messageOf(error),
      location: `${path}/${field}`,
    });
    return () => undefined;
  }
  if (expression.unsupported !== undefined) {
    diagnostics.push({
      code: 'UNSUPPORTED_JSONATA_EXPRESSION',
      message: expression.unsupported,
      location: `${path}/${field}`,
    });
  }
  return (environment) => evaluateField(expression, field, environment);
}

function evaluateField(expression: CompiledExpression, field: string, environment: Environment): MaybePromise<unknown> {
  const fail = (error: unknown): never => {
    throw evaluationError(
      `The JSONata expression '${expression.source}' specified for the field '${field}' threw an error during ` +
        `evaluation${codeOf(error)}: ${messageOf(error)}`,
      field,
    );
  };
  const something = (value: unknown) => {
    if (value !== undefined) return value;
    throw evaluationError(
      `The JSONata expression '${expression.source}' specified for the field '${field}' returned nothing (undefined).`,
      field,
    );
  };
  const value = expression.evaluate(environment);
  return value instanceof Promise ? value.then(something, fail) : something(value);
}

/** The kind of value that a field takes, for fields that are not just any JSON. */
export interface Kind<T> {
  readonly name: string;
  is(value: unknown): value is T;
}

/** Like `compileTemplate`, and fails when the value is of another kind. A literal of another kind is a diagnostic. */
export function compileTyped<T>(
  template: unknown,
  field: string,
  kind: Kind<T>,
  context: CompileContext,
): Evaluator<T> {
  const evaluate = compile(template, field, context);
  if (!evaluate) {
    if (!kind.is(template)) {
      const message = `Expected ${kind.name} or a JSONata expression`;
      context.diagnostics.push({ code: 'SCHEMA_VALIDATION_FAILED', message, location: `${context.path}/${field}` });
    }
    return () => template as T;
  }
  const check = (value: unknown): T => {
    if (kind.is(value)) return value;
    throw evaluationError(
      `The JSONata expression '${String(template).slice(2, -2).trim()}' specified for the field '${field}' returned ` +
        `an unexpected result type. Expected '${kind.name}', but was '${typeName(value)}' for value: ${stringifyJson(value)}`,
      field,
    );
  };
  return (environment) => {
    const value = evaluate(environment);
    return value instanceof Promise ? value.then(check) : check(value);
  };
}

const typeName = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

// JSONata throws plain objects with these members, not errors.
const messageOf = (error: unknown): string => String((error as { message?: unknown }).message ?? error);
const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return code === undefined ? '' : `. ${code}`;
};
