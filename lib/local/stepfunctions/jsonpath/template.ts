/** JSONPath's payload templates, and single paths: the fields of a state compiled to functions. */
import { ErrorName } from '../../../asl/errors';
import type { Environment } from '../environment';
import { runtimeError, StatesError } from '../errors';
import type { CompileContext } from '../jsonata/template';
import { isNumber, stringifyJson } from '../numbers';
import { compileIntrinsic } from './intrinsics';
import { type CompiledPath, compilePath } from './path';

/** Evaluates against a document, which `$` is; the environment has the context object and the variables. */
export type Template = (environment: Environment, document: unknown) => unknown;

/** A field whose key ends in `.$` holds a path or an intrinsic function; everything else is literal. */
export function compilePayload(template: unknown, field: string, context: CompileContext): Template {
  return compile(template, { field, context }) ?? (() => template);
}

interface Place {
  /** The state's field that the template is. */
  readonly field: string;
  readonly context: CompileContext;
}

/** Undefined when the template is constant. */
function compile(template: unknown, place: Place): Template | undefined {
  if (template === null || typeof template !== 'object') return undefined;
  if (Array.isArray(template)) {
    const items = template.map((item) => compile(item, place));
    if (items.every((item) => !item)) return undefined;
    return (environment, document) => template.map((item, index) => items[index]?.(environment, document) ?? item);
  }
  let isConstant = true;
  const members = Object.entries(template).map(([key, value]) => {
    const isDynamic = key.endsWith('.$');
    // However deep it is: errors name the member alone (https://github.com/aws-samples/serverless-coffee-workshop/issues/15).
    const evaluate = isDynamic ? compileMember(value, key, place) : compile(value, place);
    if (evaluate) isConstant = false;
    const name = isDynamic ? key.slice(0, -2) : key;
    if (isDynamic && Object.hasOwn(template, name)) {
      report(
        place.context,
        place.field,
        `Cannot have both the field '${key}' and the field '${name}' at the same time`,
      );
    }
    return { key: name, value, evaluate };
  });
  if (isConstant) return undefined;
  return (environment, document) => {
    const result: Record<string, unknown> = {};
    for (const { key, value, evaluate } of members) {
      result[key] = evaluate ? evaluate(environment, document) : value;
    }
    return result;
  };
}

/**
 * AWS reads what a template gave once more before it calls a service: of `x.$.$`, or of input with such a key, `x.$` is left, which then
 * has to hold a path or a function, too.
 */
export function leftProblems(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (Array.isArray(value) || !key.endsWith('.$')) return leftProblems(member);
    try {
      compileValue(member, key);
      return [];
    } catch {
      return [memberProblem(member, key)];
    }
  });
}

/** What a `.$` field holds. */
function compileMember(source: unknown, name: string, { field, context }: Place): Template {
  try {
    return compileValue(source, name);
  } catch {
    report(context, field, memberProblem(source, name));
    return () => undefined;
  }
}

const memberProblem = (source: unknown, name: string): string =>
  typeof source === 'string'
    ? `The value for the field '${name}' must be a valid JSONPath or a valid intrinsic function call`
    : `The value for the field '${name}' must be a STRING that contains a JSONPath but was ${kindOf(source)}`;

const kindOf = (value: unknown): string => {
  if (value === null) return 'a NULL';
  if (typeof value === 'object') return Array.isArray(value) ? 'an ARRAY' : 'an OBJECT';
  return `a ${isNumber(value) ? 'NUMBER' : 'BOOLEAN'}`;
};

/** A path or an intrinsic function. Throws when the source is neither. */
function compileValue(source: unknown, name: string): Template {
  if (typeof source !== 'string') throw new SyntaxError('no text');
  return source.startsWith('$') ? required(compilePath(source), name) : compileIntrinsic(source);
}

/** A state's own field that is a path, which has to lead somewhere. `intrinsics`: or a function. */
export function compileField(source: unknown, field: string, context: CompileContext, intrinsics = false): Template {
  try {
    const text = String(source);
    if (intrinsics && !text.startsWith('$')) return compileIntrinsic(text);
    return found(compilePath(text));
  } catch {
    report(context, field, 'Value must be a valid JSONPath.');
    return () => undefined;
  }
}

/** A path of names and indexes. Undefined, and reported, when it is none. */
export function compileReference(source: unknown, field: string, context: CompileContext): CompiledPath | undefined {
  let path: CompiledPath;
  try {
    path = compilePath(String(source));
  } catch {
    report(context, field, 'Value must be a valid JSONPath.');
    return undefined;
  }
  if (path.isReference) return path;
  report(context, field, notReference(path));
  return undefined;
}

export const notReference = ({ source }: CompiledPath): string =>
  `Value is not a Reference Path: '${source}' does not name a single node`;

const report = ({ path, diagnostics }: CompileContext, field: string, message: string) =>
  diagnostics.push({ code: 'SCHEMA_VALIDATION_FAILED', message, location: `${path}/${field.replaceAll('.', '/')}` });

/** For a member of a payload template. */
function required(path: CompiledPath, name: string): Template {
  return (environment, document) => {
    notNull(path, environment, document);
    const value = path.select(environment, document);
    if (value !== undefined) return value;
    if (path.isPastEnd(environment, document)) return null;
    throw runtimeError(
      `The JSONPath '${path.source}' specified for the field '${name}' could not be found in the input ` +
        `'${rootText(path, environment, document)}'`,
    );
  };
}

/** For a field of the state. */
function found(path: CompiledPath): Template {
  return (environment, document) => {
    notNull(path, environment, document);
    const value = path.select(environment, document);
    if (value !== undefined) return value;
    if (path.isPastEnd(environment, document)) return null;
    throw runtimeError(`Invalid path '${path.source}' : ${path.reason(environment, document)}`);
  };
}

/** AWS takes no path of a null, not even `$`. */
export function notNull(path: CompiledPath, environment: Environment, document: unknown): void {
  if (document === null && path.root(environment, document) === null) {
    throw runtimeError('Unable to apply Path transformation to null or empty input.');
  }
}

/** What a path was looked for in, as it was given where it is the state's own input. */
export function rootText(path: CompiledPath, environment: Environment, document: unknown): string {
  // Of a variable that there is not, it was looked for in nothing.
  const root = path.root(environment, document) ?? document;
  return root === environment.input && environment.inputText !== undefined
    ? environment.inputText
    : stringifyJson(root);
}

type Target = Pick<CompiledPath, 'steps' | 'source'>;

/** The input with the result put where ResultPath says; missing objects on the way are made. The input stays as it is. */
export function place(input: unknown, target: Target, result: unknown): unknown {
  if (target.steps.length > 0 && (input === null || typeof input !== 'object')) {
    throw conflict(`Unable to apply ReferencePath ${target.source} to input ${stringifyJson(input)}`);
  }
  return put(input, target.steps, result, input);
}

function put(value: unknown, [step, ...rest]: Target['steps'], result: unknown, input: unknown): unknown {
  if (step === undefined) return result;
  const mismatch = () => conflict(`Unable to apply step "${step}" to input ${stringifyJson(input)}`);
  if (typeof step === 'number') {
    if (!Array.isArray(value) || step >= value.length) throw mismatch();
    return value.map((item, index) => (index === step ? put(item, rest, result, input) : item));
  }
  if (value !== undefined && (value === null || typeof value !== 'object' || Array.isArray(value))) throw mismatch();
  return { ...value, [step]: put((value as Record<string, unknown> | undefined)?.[step], rest, result, input) };
}

/** AWS's own name for it, and the one that its documentation has. */
export const conflict = (cause: string) =>
  new StatesError('States.ReferencePathConflict', cause, { alias: ErrorName.resultPathMatchFailure });
