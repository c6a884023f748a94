/** The rule of a composite alarm: `ALARM("a") OR (ALARM("b") AND NOT OK("c"))`. Pure. */
import type { StateValue } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';

export interface AlarmRule {
  /** names or ARNs, as written */
  readonly alarms: readonly string[];
  /** `stateOf` gives the state of an alarm by the name or ARN as written. */
  evaluate(stateOf: (alarm: string) => StateValue): boolean;
}

type Evaluate = (stateOf: (alarm: string) => StateValue) => boolean;

const TOKEN = /\s*(?:([A-Z_]+)|([()])|"([^"]*)"|'([^']*)'|([^\s()"']+))/y;

export function parseAlarmRule(rule: string): AlarmRule {
  const tokens: { readonly text: string; readonly quoted: boolean }[] = [];
  const text = rule.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw invalid(rule, 'it cannot be read');
    const [, word, parenthesis, double, single, bare] = match;
    const isQuoted = double !== undefined || single !== undefined;
    tokens.push({ text: (word ?? parenthesis ?? double ?? single ?? bare) as string, quoted: isQuoted });
  }
  let position = 0;
  const alarms: string[] = [];
  const peek = () => (tokens[position]?.quoted ? undefined : tokens[position]?.text);
  const take = (expected: string) => {
    if (peek() !== expected) throw invalid(rule, `${expected} is missing`);
    position++;
  };

  const or = (): Evaluate => {
    let left = and();
    while (peek() === 'OR') {
      position++;
      const [a, b] = [left, and()];
      left = (stateOf) => a(stateOf) || b(stateOf);
    }
    return left;
  };
  const and = (): Evaluate => {
    let left = not();
    while (peek() === 'AND') {
      position++;
      const [a, b] = [left, not()];
      left = (stateOf) => a(stateOf) && b(stateOf);
    }
    return left;
  };
  const not = (): Evaluate => {
    if (peek() !== 'NOT') return primary();
    position++;
    const inner = not();
    return (stateOf) => !inner(stateOf);
  };
  const primary = (): Evaluate => {
    const token = peek();
    position++;
    if (token === '(') {
      const inner = or();
      take(')');
      return inner;
    }
    if (token === 'TRUE' || token === 'FALSE') return () => token === 'TRUE';
    if (token !== 'ALARM' && token !== 'OK' && token !== 'INSUFFICIENT_DATA')
      throw invalid(rule, `${token ?? 'its end'} is not expected`);
    take('(');
    const alarm = tokens[position++]?.text;
    if (!alarm) throw invalid(rule, 'an alarm is missing');
    take(')');
    alarms.push(alarm);
    return (stateOf) => stateOf(alarm) === token;
  };

  const evaluate = or();
  if (position < tokens.length) throw invalid(rule, `${tokens[position]?.text} is not expected`);
  return { alarms, evaluate };
}

const invalid = (rule: string, reason: string) =>
  new AwsError('ValidationError', `Invalid AlarmRule ${rule}: ${reason}.`);
