/** CloudFormation's intrinsic functions and pseudo parameters, over values that are known already. */
import { UnresolvedReference } from './errors';

/** What a template's functions can see. `ref` and `getAtt` return undefined for what is not there. */
export interface Scope {
  readonly stackName: string;
  readonly stackId: string;
  readonly account: string;
  readonly region: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly mappings: Readonly<Record<string, Record<string, Record<string, unknown>>>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  ref(logicalId: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
}

/** What `Ref: AWS::NoValue` leaves: the property or element is removed. */
const NO_VALUE = Symbol('AWS::NoValue');

export function resolveValue(value: unknown, scope: Scope): unknown {
  const resolved = resolve(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

export function evaluateCondition(name: string, scope: Scope): boolean {
  if (!(name in scope.conditions))
    throw new UnresolvedReference(scope.stackName, `condition ${name}`, 'no such condition in the template');
  return condition(scope.conditions[name], scope);
}

function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const only = entries.length === 1 ? entries[0] : undefined;
  if (only !== undefined) {
    const evaluate = FUNCTIONS[only[0]];
    if (evaluate !== undefined) return evaluate(only[1], scope);
    if (only[0].startsWith('Fn::'))
      throw new UnresolvedReference(scope.stackName, only[0], 'the local cloud does not know this function');
  }
  const result: Record<string, unknown> = {};
  for (const [key, member] of entries) {
    const resolved = resolve(member, scope);
    if (resolved !== NO_VALUE) result[key] = resolved;
  }
  return result;
}

type IntrinsicFunction = (argument: unknown, scope: Scope) => unknown;

const FUNCTIONS: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, scope) => reference(String(argument), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, attribute] = Array.isArray(argument)
      ? [String(argument[0]), String(resolve(argument[1], scope))]
      : splitOnce(String(argument));
    return attributeOf(logicalId, attribute, scope);
  },
  'Fn::Sub': (argument, scope) => {
    const [text, variables] = Array.isArray(argument)
      ? [String(argument[0]), asRecord(argument[1])]
      : [String(argument), {}];
    return substitute(text, (name) => {
      if (name in variables) return asText(resolve(variables[name], scope));
      const [logicalId, attribute] = splitOnce(name);
      return asText(
        attribute === '' || name.startsWith('AWS::')
          ? reference(name, scope)
          : attributeOf(logicalId, attribute, scope),
      );
    });
  },
  'Fn::Join': (argument, scope) => {
    const [separator, items] = asList(argument);
    return asList(resolve(items, scope)).map(asText).join(String(separator));
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = asList(argument);
    const list = asList(resolve(items, scope));
    const position = Number(resolve(index, scope));
    if (list[position] === undefined)
      throw new UnresolvedReference(scope.stackName, 'Fn::Select', `index ${position} of a list of ${list.length}`);
    return list[position];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = asList(argument);
    return asText(resolve(text, scope)).split(String(separator));
  },
  'Fn::ImportValue': (argument, scope) => {
    const name = asText(resolve(argument, scope));
    const value = scope.importValue(name);
    if (value === undefined)
      throw new UnresolvedReference(scope.stackName, `Fn::ImportValue ${name}`, 'no stack exports it');
    return value;
  },
  'Fn::If': (argument, scope) => {
    const [name, whenTrue, whenFalse] = asList(argument);
    return resolve(evaluateCondition(String(name), scope) ? whenTrue : whenFalse, scope);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [mapName, topKey, secondKey, options] = asList(argument).map((item) => resolve(item, scope));
    const found = scope.mappings[asText(mapName)]?.[asText(topKey)]?.[asText(secondKey)];
    if (found !== undefined) return found;
    const fallback = asRecord(options).DefaultValue;
    if (fallback !== undefined) return fallback;
    throw new UnresolvedReference(
      scope.stackName,
      `Fn::FindInMap ${mapName}.${topKey}.${secondKey}`,
      'not in Mappings',
    );
  },
  'Fn::GetAZs': (argument, scope) => {
    const region = asText(resolve(argument, scope)) || scope.region;
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
  'Fn::Base64': (argument, scope) => Buffer.from(asText(resolve(argument, scope))).toString('base64'),
  'Fn::Length': (argument, scope) => asList(resolve(argument, scope)).length,
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(resolve(argument, scope)),
  'Fn::Cidr': (argument, scope) => {
    const [block, count, bits] = asList(argument).map((item) => resolve(item, scope));
    return cidrBlocks(asText(block), Number(count), Number(bits ?? 8));
  },
};

function reference(name: string, scope: Scope): unknown {
  const pseudo = PSEUDO_PARAMETERS[name];
  if (pseudo !== undefined) return pseudo(scope);
  if (name in scope.parameters) return scope.parameters[name];
  const value = scope.ref(name);
  if (value === undefined)
    throw new UnresolvedReference(scope.stackName, `Ref ${name}`, 'no such parameter or resource');
  return value;
}

const PSEUDO_PARAMETERS: Readonly<Record<string, (scope: Scope) => unknown>> = {
  'AWS::AccountId': (scope) => scope.account,
  'AWS::NoValue': () => NO_VALUE,
  'AWS::NotificationARNs': () => [],
  'AWS::Partition': () => 'aws',
  'AWS::Region': (scope) => scope.region,
  'AWS::StackId': (scope) => scope.stackId,
  'AWS::StackName': (scope) => scope.stackName,
  'AWS::URLSuffix': () => 'amazonaws.com',
};

function attributeOf(logicalId: string, attribute: string, scope: Scope): unknown {
  const value = scope.getAtt(logicalId, attribute);
  if (value === undefined)
    throw new UnresolvedReference(
      scope.stackName,
      `Fn::GetAtt ${logicalId}.${attribute}`,
      'the local resource has no such attribute',
    );
  return value;
}

function condition(expression: unknown, scope: Scope): boolean {
  const [name, argument] = Object.entries(asRecord(expression))[0] ?? [];
  switch (name) {
    case 'Condition':
      return evaluateCondition(String(argument), scope);
    case 'Fn::And':
      return asList(argument).every((item) => condition(item, scope));
    case 'Fn::Or':
      return asList(argument).some((item) => condition(item, scope));
    case 'Fn::Not':
      return !condition(asList(argument)[0], scope);
    case 'Fn::Equals': {
      const [left, right] = asList(argument).map((item) => resolve(item, scope));
      return JSON.stringify(left) === JSON.stringify(right);
    }
    case 'Fn::Contains': {
      const [values, wanted] = asList(argument).map((item) => resolve(item, scope));
      return asList(values).includes(wanted);
    }
    default:
      throw new UnresolvedReference(scope.stackName, `condition function ${name}`, 'the local cloud does not know it');
  }
}

/** `${Name}` by `lookup`; `${!Literal}` stays as `${Literal}`. */
function substitute(text: string, lookup: (name: string) => string): string {
  return text.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) =>
    literal === '!' ? `\${${name}}` : lookup(name.trim()),
  );
}

function cidrBlocks(block: string, count: number, bits: number): string[] {
  const [address = '0.0.0.0', prefix = '32'] = block.split('/');
  const base = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** bits;
  const aligned = base - (base % 2 ** (32 - Number(prefix)));
  return Array.from({ length: count }, (_, index) => {
    const start = aligned + index * size;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${32 - bits}`;
  });
}

function splitOnce(text: string): [string, string] {
  const dot = text.indexOf('.');
  return dot === -1 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}

function asText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value === undefined ? '' : String(value);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}
