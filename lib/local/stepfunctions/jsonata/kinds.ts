import type { Evaluator } from '../environment';
import { evaluationError } from '../errors';
import { type CompileContext, compileTyped, type Kind } from './template';

export const stringKind: Kind<string> = { name: 'string', is: (value) => typeof value === 'string' };
export const booleanKind: Kind<boolean> = { name: 'boolean', is: (value) => typeof value === 'boolean' };
export const numberKind: Kind<number> = { name: 'number', is: (value) => typeof value === 'number' };
/** An object is taken, too: AWS maps over its key-value pairs. */
export const itemsKind: Kind<readonly unknown[] | Readonly<Record<string, unknown>>> = {
  name: 'array',
  is: (value): value is readonly unknown[] => value !== null && typeof value === 'object',
};

/** AWS: the most that a field of seconds or of a count takes; as seconds, a little over three years. */
const MOST = 99_999_999;

/** A field of whole numbers from 0. */
export function compileWhole(template: unknown, field: string, context: CompileContext): Evaluator<number> {
  return checked(compileTyped(template, field, numberKind, context), field, (value) => {
    if (!Number.isInteger(value)) return `The ${field} field cannot be parsed as an integer: ${value}`;
    return value < 0 || value > MOST ? `${field} must be between 0 and ${MOST} but was: ${value}` : undefined;
  });
}

/** A share of a hundred, which need not be whole. */
export function compilePercentage(template: unknown, field: string, context: CompileContext): Evaluator<number> {
  return checked(compileTyped(template, field, numberKind, context), field, (value) =>
    value < 0 || value > 100 ? `${field} must be between 0 and 100 but was: ${value}` : undefined,
  );
}

/** As Java's ISO_OFFSET_DATE_TIME: the seconds may be left out, the offset not. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d(:\d\d)?)$/i;

export function compileTimestamp(template: unknown, field: string, context: CompileContext): Evaluator<string> {
  return checked(compileTyped(template, field, stringKind, context), field, (value) =>
    TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value))
      ? undefined
      : `The ${field} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${value}`,
  );
}

/** Fails the state with what `wrong` says of the value. */
function checked<T>(evaluate: Evaluator<T>, field: string, wrong: (value: T) => string | undefined): Evaluator<T> {
  return async (environment) => {
    const value = await evaluate(environment);
    const cause = wrong(value);
    if (cause !== undefined) throw evaluationError(cause, field);
    return value;
  };
}
