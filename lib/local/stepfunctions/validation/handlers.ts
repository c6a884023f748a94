/** Retry and Catch. */
import {
  at,
  type Check,
  type Fields,
  isObject,
  list,
  literalInteger,
  literalNumber,
  members,
  object,
  oneOf,
  type Place,
  report,
  required,
  resultPath,
  string,
  template,
} from './checks';
import { assign } from './variables';

/** AWS: a year of 366 days. */
const MAX_DELAY_SECONDS = 31_622_400;

const RETRIER: Fields = {
  ErrorEquals: { check: list(string) },
  Comment: { check: string },
  IntervalSeconds: { check: literalInteger(0) },
  MaxAttempts: { check: literalInteger(0) },
  BackoffRate: { check: literalNumber(1) },
  MaxDelaySeconds: { check: literalInteger(1, MAX_DELAY_SECONDS) },
  JitterStrategy: { check: oneOf('NONE', 'FULL') },
};

const CATCHER: Fields = {
  ErrorEquals: { check: list(string) },
  Comment: { check: string },
  Next: { check: string },
  ResultPath: { check: resultPath, only: 'JSONPath' },
  Output: { check: template, only: 'JSONata' },
  Assign: { check: assign },
};

export const retry: Check = (value, field, place) => handlers(value, field, place, RETRIER, ['ErrorEquals']);
export const catchers: Check = (value, field, place) => handlers(value, field, place, CATCHER, ['ErrorEquals', 'Next']);

function handlers(value: unknown, field: string, place: Place, fields: Fields, needed: readonly string[]): void {
  if (!Array.isArray(value)) {
    report(place, 'Expected value of type Array', field);
    return;
  }
  value.forEach((handler, index) => {
    object(handler, `${field}[${index}]`, place);
    if (!isObject(handler)) return;
    const inner = at(place, `${field}[${index}]`);
    required(handler, needed, inner);
    members(handler, fields, inner);
    const errors = handler.ErrorEquals;
    if (!Array.isArray(errors) || !errors.includes('States.ALL')) return;
    if (errors.length > 1 || index < value.length - 1) {
      report(inner, 'States.ALL must appear alone and at end of list', 'ErrorEquals');
    }
  });
}
