/** Choices: the rules of a Choice state. */
import { CHOICE_OPERATORS, operandKind } from '../jsonpath/choice';
import {
  at,
  boolean,
  type Check,
  type Field,
  type Fields,
  isExpression,
  isObject,
  list,
  literalNumber,
  member,
  onlyOne,
  type Place,
  reference,
  report,
  required,
  string,
  template,
  timestamp,
} from './checks';
import { assign } from './variables';

/** A rule says one of these. */
const SELECTORS = new Set(['And', 'Or', 'Not', 'Variable', 'Condition']);

const condition: Check = (value, field, place) => {
  if (typeof value === 'boolean' || isExpression(value)) return;
  if (typeof value === 'string') report(place, 'JSONata string must start with {% and end with %}', field);
  else report(place, 'Expected value of type String', field);
};

/** Not `Value must be a valid JSONPath.`, as other paths have it. */
const choicePath: Check = (value, field, place) => {
  if (typeof value === 'string' && !value.startsWith('$')) {
    report(place, "Value is not a Reference Path: Reference path didn't start with '$'", field);
  } else {
    reference(value, field, place);
  }
};

const OPERANDS: Readonly<Record<ReturnType<typeof operandKind>, Check>> = {
  path: choicePath,
  string,
  number: literalNumber(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
  boolean,
  timestamp,
};

const operators: Record<string, Field> = {};
for (const name of CHOICE_OPERATORS) operators[name] = { check: OPERANDS[operandKind(name)], only: 'JSONPath' };

/** All of them in the order in which AWS lists them, that of a Java set. */
const LISTED = `StringEquals IsBoolean StringLessThan IsNumeric BooleanEquals StringLessThanEqualsPath NumericLessThan
  NumericGreaterThan NumericLessThanPath StringMatches TimestampLessThanEqualsPath NumericEquals
  TimestampGreaterThan StringGreaterThanEqualsPath TimestampGreaterThanEqualsPath TimestampLessThanEquals
  NumericLessThanEqualsPath TimestampEquals BooleanEqualsPath IsTimestamp StringLessThanEquals
  NumericLessThanEquals StringLessThanPath TimestampGreaterThanPath StringGreaterThan StringGreaterThanPath
  IsString StringEqualsPath TimestampEqualsPath TimestampLessThan StringGreaterThanEquals NumericGreaterThanPath
  NumericGreaterThanEquals NumericEqualsPath TimestampLessThanPath IsNull IsPresent TimestampGreaterThanEquals
  NumericGreaterThanEqualsPath`.split(/\s+/);

const nested: Check = (value, field, place) => rule(value, field, place, NESTED);

const NESTED: Fields = {
  Comment: { check: string },
  Variable: { check: choicePath, only: 'JSONPath' },
  And: { check: list(nested), only: 'JSONPath' },
  Or: { check: list(nested), only: 'JSONPath' },
  Not: { check: nested, only: 'JSONPath' },
  ...operators,
};

const TOP: Fields = {
  ...NESTED,
  Condition: { check: condition, only: 'JSONata' },
  Next: { check: string },
  Assign: { check: assign },
  Output: { check: template, only: 'JSONata' },
};

export const choices = list((value, field, place) => {
  if (isObject(value)) required(value, ['Next'], at(place, field));
  rule(value, field, place, TOP);
});

function rule(value: unknown, field: string, outer: Place, fields: Fields): void {
  if (!isObject(value)) {
    report(outer, 'Expected value of type Object', field);
    return;
  }
  const place = at(outer, field);
  // A machine may have thousands of rules: their members are gone through once.
  let selectors = 0;
  let tests = 0;
  for (const name in value) {
    member(name, value[name], fields, place);
    if (SELECTORS.has(name)) selectors++;
    else if (Object.hasOwn(operators, name)) tests++;
  }
  if (selectors !== 1) {
    report(place, `The object must have only one of the following fields, [${[...SELECTORS].join(', ')}]`);
  }
  if (tests === 1 || place.language !== 'JSONPath' || !('Variable' in value)) return;
  onlyOne(value, LISTED, place);
}
