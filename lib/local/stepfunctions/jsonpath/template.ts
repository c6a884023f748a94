/** JSONPath's payload templates, and single paths: the fields of a state compiled to functions. */
import { ErrorName } from '../../../asl/errors';
import type { Environment } from '../environment';
import { runtimeError, StatesError } from '../errors';
import type { CompileContext } from '../jsonata/template';
import { compileIntrinsic } from './intrinsics';
import { type CompiledPath, compilePath } from './path';

/** Evaluates against a document, which `$` is; the environment has the context object and the variables. */
export type Template = (environment: Environment, document: unknown) => unknown;

/** A field whose key ends in `.$` holds a path or an intrinsic function; everything else is literal. */
export function compilePayload(template: unknown, field: string, context: CompileContext): Template {
  if (template === null || typeof template !== 'object') return () => template;
  if (Array.isArray(template)) {
    const items = template.map((item, index) => compilePayload(item, `${field}[${index}]`, context));
    return (environment, document) => items.map((item) => item(environment, document));
  }
  const members = Object.entries(template).map(([key, value]): [string, Template] => {
    const name = `${field}.${key}`;
    return key.endsWith('.$')
      ? [key.slice(0, -2), compileValue(value, name, context)]
      : [key, compilePayload(value, name, context)];
  });
  return (environment, document) => {
    const result: Record<string, unknown> = {};
    for (const [key, evaluate] of members) result[key] = evaluate(environment, document);
    return result;
  };
}

/** A path or an intrinsic function. */
function compileValue(source: unknown, field: string, context: CompileContext): Template {
  return attempt(source, field, context, (text) => {
    if (text.startsWith('States.')) return compileIntrinsic(text);
    return required(compilePath(text), field);
  });
}

/** A path that has to lead somewhere. */
export function compileField(source: unknown, field: string, context: CompileContext): Template {
  return attempt(source, field, context, (text) => required(compilePath(text), field));
}

export function compileReference(source: unknown, field: string, context: CompileContext): CompiledPath | undefined {
  let path: CompiledPath | undefined;
  attempt(source, field, context, (text) => {
    path = compilePath(text);
    if (path.definite) return () => undefined;
    throw new SyntaxError(`Value is not a Reference Path: ${field} cannot contain wildcards, slices or filters`);
  });
  return path;
}

function attempt(
  source: unknown,
  field: string,
  { path, diagnostics }: CompileContext,
  compile: (text: string) => Template,
): Template {
  try {
    if (typeof source !== 'string') throw new SyntaxError('Expected value of type [STRING]');
    return compile(source);
  } catch (error) {
    const message = (error as Error).message;
    diagnostics.push({ code: 'SCHEMA_VALIDATION_FAILED', message, location: `${path}/${field.replaceAll('.', '/')}` });
    return () => undefined;
  }
}

function required(path: CompiledPath, field: string): Template {
  return (environment, document) => {
    const found = path.select(environment, document);
    if (found !== undefined) return found;
    throw runtimeError(
      `The JSONPath '${path.source}' specified for the field '${field.slice(field.lastIndexOf('.', field.length - 3) + 1)}' ` +
        `could not be found in the input '${JSON.stringify(document)}'`,
    );
  };
}

type Target = Pick<CompiledPath, 'steps' | 'source'>;

/** The input with the result put where ResultPath says; missing objects on the way are made. The input stays as it is. */
export function place(input: unknown, { steps, source }: Target, result: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return result;
  const inner = (value: unknown) => place(value, { steps: rest, source }, result);
  if (typeof step === 'number') {
    if (!Array.isArray(input) || step < 0 || step >= input.length) throw mismatch(source, input);
    return input.map((item, index) => (index === step ? inner(item) : item));
  }
  if (input !== undefined && (input === null || typeof input !== 'object' || Array.isArray(input))) {
    throw mismatch(source, input);
  }
  return { ...input, [step]: inner((input as Record<string, unknown> | undefined)?.[step]) };
}

const mismatch = (source: string, input: unknown) =>
  new StatesError(
    ErrorName.resultPathMatchFailure,
    `Unable to apply ReferencePath ${source} to input ${JSON.stringify(input)}`,
    { own: true },
  );
