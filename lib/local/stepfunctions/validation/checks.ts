/** What the value of a field may be. Each check reports what is wrong, in AWS's words. */
import type { QueryLanguage } from '../../../asl/types';
import type { Diagnostic } from '../errors';
import { isTimestamp } from '../jsonpath/choice';
import { compileField, compilePayload, compileReference } from '../jsonpath/template';
import { isNumber, isWhole } from '../numbers';

/** Where the validation is: in a state, or in a machine. */
export interface Place {
  /** JSON pointer of the object that the field is in. */
  readonly path: string;
  readonly language: QueryLanguage;
  readonly diagnostics: Diagnostic[];
  /** The state may not have its language: that is all that AWS says of it. */
  readonly isLanguageRefused: boolean;
}

export type Check = (value: unknown, field: string, place: Place) => void;

/** Without a field it is about the whole object. */
export function report({ path, diagnostics }: Place, message: string, field?: string): void {
  const location = field === undefined ? path || '/' : `${path}/${field}`;
  diagnostics.push({ code: 'SCHEMA_VALIDATION_FAILED', message, location });
}

/** Its path is put together when something is reported there, which is nowhere in most machines. */
class Inside implements Place {
  readonly language: QueryLanguage;
  readonly diagnostics: Diagnostic[];
  readonly isLanguageRefused: boolean;

  constructor(
    private readonly outer: Place,
    private readonly field: string,
  ) {
    this.language = outer.language;
    this.diagnostics = outer.diagnostics;
    this.isLanguageRefused = outer.isLanguageRefused;
  }

  get path(): string {
    return `${this.outer.path}/${this.field}`;
  }
}

export const at = (place: Place, field: string): Place => new Inside(place, field);

export type Members = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Members =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** In a JSONata state any such text is an expression. */
export const isExpression = (value: unknown): boolean =>
  typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}');

const typed =
  (type: string, is: (value: unknown) => boolean): Check =>
  (value, field, place) => {
    if (!is(value)) report(place, `Expected value of type ${type}`, field);
  };

export const anything: Check = () => {};
export const string = typed('String', (value) => typeof value === 'string');
export const boolean = typed('Boolean', (value) => typeof value === 'boolean');
export const object = typed('Object', isObject);

const within = (
  type: string,
  isType: (value: unknown) => boolean,
  min: number,
  max: number,
  literal: boolean,
): Check => {
  return (value, field, place) => {
    if (!literal && place.language === 'JSONata' && isExpression(value)) return;
    if (!isType(value)) report(place, `Expected value of type ${type}`, field);
    else if ((value as number) < min) report(place, `Minimum value is ${shownBound(type, min)}`, field);
    else if ((value as number) > max) report(place, `Maximum value is ${shownBound(type, max)}`, field);
  };
};

/** As Java shows a double: https://github.com/floci-io/floci/issues/3733 */
const shownBound = (type: string, bound: number) => (type === 'Number' ? bound.toFixed(1) : bound);

/** AWS: a little over three years, in seconds; other counts share the limit. */
const LIMIT = 99_999_999;

/** In a JSONata state an expression will do, too. */
export const integer = (min: number, max = LIMIT): Check => within('Integer', isWhole, min, max, false);
export const number = (min: number, max: number): Check => within('Number', isNumber, min, max, false);
export const literalInteger = (min: number, max = LIMIT): Check => within('Integer', isWhole, min, max, true);
export const literalNumber = (min: number, max = Number.MAX_VALUE): Check => within('Number', isNumber, min, max, true);

export const oneOf =
  (...values: string[]): Check =>
  (value, field, place) => {
    if (typeof value !== 'string') report(place, 'Expected value of type String', field);
    else if (!values.includes(value)) {
      report(place, `Value should be one of the following: [${values.join(', ')}]`, field);
    }
  };

export const timestamp: Check = (value, field, place) => {
  if (place.language === 'JSONata' && isExpression(value)) return;
  if (typeof value !== 'string') report(place, 'Expected value of type String', field);
  else if (!isTimestamp(value)) report(place, 'String does not match RFC3339 timestamp', field);
};

/** A list that is not empty. */
export const list =
  (item: Check): Check =>
  (value, field, place) => {
    if (!Array.isArray(value)) report(place, 'Expected value of type Array', field);
    else if (value.length === 0) report(place, 'Value cannot be empty', field);
    else for (let index = 0; index < value.length; index++) item(value[index], itemOf(field, index), place);
  };

/** `Choices[0]` is in every Choice state: it is written once. */
const itemNames = new Map<string, string[]>();
const KEPT_ITEMS = 16;

function itemOf(field: string, index: number): string {
  if (index >= KEPT_ITEMS) return `${field}[${index}]`;
  let names = itemNames.get(field);
  if (!names) {
    names = Array.from({ length: KEPT_ITEMS }, (_, kept) => `${field}[${kept}]`);
    itemNames.set(field, names);
  }
  return names[index]!;
}

/**
 * Any JSON; what opens or closes like an expression has to be one: "Improperly opening or closing the expression will result in a
 * validation error", https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export const template: Check = (value, field, place) => {
  if (typeof value === 'string') {
    if (value.startsWith('{%') !== value.endsWith('%}')) {
      report(place, 'JSONata string must start with {% and end with %}', field);
    }
  } else if (value !== null && typeof value === 'object') {
    const isList = Array.isArray(value);
    for (const [key, member] of Object.entries(value)) {
      template(member, isList ? `${field}[${key}]` : `${field}/${key}`, place);
    }
  }
};

/** A JSONPath payload template, or in a JSONata state any JSON with expressions. */
export const payload: Check = (value, field, place) => {
  if (place.language === 'JSONPath') compilePayload(value, field, place);
  else template(value, field, place);
};

export const objectPayload: Check = (value, field, place) => {
  if (isObject(value) || (place.language === 'JSONata' && isExpression(value))) payload(value, field, place);
  else report(place, 'Expected value of type Object', field);
};

const pathCheck =
  (check: (value: string, field: string, place: Place) => unknown, nullable = false): Check =>
  (value, field, place) => {
    if (value === null && nullable) return;
    if (typeof value === 'string') check(value, field, place);
    else report(place, 'Expected value of type String', field);
  };

export const path = pathCheck(compileField, true);
export const reference = pathCheck(compileReference);
const OUTSIDE = 'Value is not a Reference Path: it must refer to the input';
/** Of the input only: it says where to write. */
export const resultPath = pathCheck((value, field, place) => {
  const found = compileReference(value, field, place);
  if (found && (found.variable !== undefined || value.startsWith('$$'))) report(place, OUTSIDE, field);
}, true);
/** The numbers of a Map are not taken from the context object: https://github.com/floci-io/floci/issues/3733 */
export const numberPath = pathCheck((value, field, place) => {
  if (compileReference(value, field, place) && value.startsWith('$$')) report(place, OUTSIDE, field);
});
/** A path, or an intrinsic function. */
export const textPath = pathCheck((value, field, place) => compileField(value, field, place, true));

/** Of fields that exclude each other there must be exactly one, or with `optional` one at most. */
export function onlyOne(given: Members, fields: readonly string[], place: Place, optional = false): void {
  let count = 0;
  for (const field of fields) if (field in given) count++;
  if (count === 1 || (count === 0 && optional)) return;
  const names = `[${fields.join(', ')}]`;
  if (count > 1) report(place, `There should only be one of the following fields: ${names}`);
  else report(place, `This object should have only one of the following fields: ${names}`);
}

export interface Field {
  readonly check: Check;
  /** Of which query language it is. */
  readonly only?: QueryLanguage;
}

export type Fields = Readonly<Record<string, Field>>;

/** Every member against its field. Parsed JSON has its own members only, and going through their names makes no list of them. */
export function members(given: Members, fields: Fields, place: Place): void {
  for (const name in given) member(name, given[name], fields, place);
}

/** One of them. */
export function member(name: string, value: unknown, fields: Fields, place: Place): void {
  const field = fields[name];
  if (field === undefined || !Object.hasOwn(fields, name)) {
    report(place, `Field '${name}' is not supported`);
  } else if (field.only !== undefined && field.only !== place.language) {
    if (place.isLanguageRefused) return;
    report(
      place,
      `The QueryLanguage is set to '${place.language}', but field '${name}' is only supported for the '${field.only}' QueryLanguage`,
    );
  } else {
    field.check(value, name, place);
  }
}

export function required(given: Members, names: readonly string[], place: Place): void {
  let count = 0;
  for (const name of names) if (name in given) count++;
  if (count === names.length) return;
  const missing = names.filter((name) => !(name in given));
  report(place, `These fields are required: [${missing.join(', ')}]`);
}
