/** The Condition block of a policy statement. One table of operators; modifiers (`IfExists`, `ForAllValues:`, …) work on each of them. */
import { NEGATIVES, OPERATORS } from './operators';
import { hasVariables, substituteVariables } from './patterns';

export type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Context keys of one request, by their name in lower case; a key may have several values. */
export interface RequestKeys {
  get(lowerCaseName: string): readonly string[] | undefined;
}

/** Undefined where a variable of the policy has no value: the statement is as if it were not there. */
export type ConditionTest = (keys: RequestKeys) => boolean | undefined;

export class UnknownConditionOperator extends Error {
  constructor(operator: string) {
    const known = [...Object.keys(OPERATORS), ...Object.keys(NEGATIVES), 'Null'].join(', ');
    super(`unknown condition operator ${operator}; known: ${known}`);
    this.name = 'UnknownConditionOperator';
  }
}

/** All operators and all keys of the block must hold. `variables`: of documents of version 2012-10-17 only. */
export function compileConditions(conditions: Conditions, { variables = true } = {}): ConditionTest {
  const tests = Object.entries(conditions).flatMap(([operator, block]) =>
    Object.entries(block).map(([key, expected]) =>
      compileOne(operator, key.toLowerCase(), asTexts(expected), variables),
    ),
  );
  return (keys) => tests.every((test) => test(keys));
}

function compileOne(operator: string, key: string, expected: readonly string[], variables: boolean): ConditionTest {
  if (operator === 'Null') return (keys) => (keys.get(key) === undefined) === (expected[0]?.toLowerCase() === 'true');

  const { set, name, ifExists } = parseOperator(operator);
  const negative = NEGATIVES[name];
  const matches = OPERATORS[negative ?? name];
  if (matches === undefined) throw new UnknownConditionOperator(operator);
  // Variables stand in the values of operators on text and on ARNs only.
  const isVariable = variables && /^(String|Arn)/.test(name) && expected.some(hasVariables);

  return (keys) => {
    const actual = keys.get(key);
    if (actual === undefined || (set !== undefined && actual.every((value) => value === ''))) {
      // Absent: IfExists and ForAllValues hold, a negated operator holds, any other does not.
      return ifExists || set === 'ForAllValues' || (negative !== undefined && set === undefined);
    }
    const wanted = isVariable ? expected.map((pattern) => substituteVariables(pattern, keys)) : expected;
    if (wanted.some((value) => value === undefined)) return undefined;
    const holds = (value: string) => wanted.some((one) => matches(value, one as string)) === (negative === undefined);
    return set === 'ForAnyValue' ? actual.some(holds) : actual.every(holds);
  };
}

function parseOperator(operator: string): { set?: string; name: string; ifExists: boolean } {
  const [, set, name = '', suffix] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  return { name, ifExists: suffix !== undefined, ...(set === undefined ? {} : { set }) };
}

function asTexts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}
