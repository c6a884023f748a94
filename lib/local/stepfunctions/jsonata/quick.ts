/**
 * The plain part of JSONata, evaluated at once: paths through objects, literals, arithmetic, comparisons, conditions, constructors.
 * The library, which evaluates every node in a promise, takes some thirty times as long. Whatever is not surely the same here is
 * left to it, when the expression is compiled or when the data is seen (a path through a list, a sum that is no number).
 */
import type { ExprNode } from 'jsonata';
import type { Environment } from '../environment';
import { withLongs } from '../numbers';

/** The library has to evaluate it. */
export const UNSURE = Symbol('unsure');

/** Gives JSON, undefined where there is nothing, or `UNSURE`. */
export type Quick = (environment: Environment) => unknown;

interface Node extends Readonly<Record<string, unknown>> {
  readonly type?: string;
  readonly value?: unknown;
}

/** Undefined when the library has to evaluate it. */
export const compileQuick = (node: ExprNode): Quick | undefined => compile(node as unknown as Node);

function compile(node: Node | undefined): Quick | undefined {
  const { type = '' } = node ?? {};
  if (!node || !Object.hasOwn(KINDS, type)) return undefined;
  const { members, compile: compileKind } = KINDS[type]!;
  // Predicates, sorting, grouping, focus: anything that this does not know.
  if (!Object.keys(node).every((key) => key === 'type' || key === 'position' || members.includes(key)))
    return undefined;
  return compileKind(node);
}

interface NodeKind {
  readonly members: readonly string[];
  compile(node: Node): Quick | undefined;
}

const literal: NodeKind = {
  members: ['value'],
  compile:
    ({ value }) =>
    () =>
      value,
};

const KINDS: Readonly<Record<string, NodeKind>> = {
  string: literal,
  number: literal,
  value: literal,
  variable: { members: ['value'], compile: ({ value }) => compileVariable(String(value)) },
  path: { members: ['steps'], compile: ({ steps }) => compilePath(steps as readonly Node[]) },
  binary: {
    members: ['value', 'lhs', 'rhs'],
    compile({ value, lhs, rhs }) {
      const left = compile(lhs as Node);
      const right = compile(rhs as Node);
      return left && right && compileBinary(String(value), left, right);
    },
  },
  condition: {
    members: ['condition', 'then', 'else'],
    compile: ({ condition, then: yes, else: no }) => compileCondition(condition as Node, yes as Node, no as Node),
  },
  block: {
    members: ['expressions'],
    compile({ expressions }) {
      const [only, ...more] = expressions as readonly Node[];
      return more.length === 0 ? compile(only) : undefined;
    },
  },
  unary: {
    members: ['value', 'lhs', 'expressions'],
    compile({ value, lhs, expressions }) {
      if (value === '{') return compileObject(lhs as readonly (readonly [Node, Node])[]);
      return value === '[' ? compileList(expressions as readonly Node[]) : undefined;
    },
  },
};

/** One that is not bound may be a function. */
function compileVariable(name: string): Quick | undefined {
  if (name === '' || name === '$' || name === 'states') return undefined;
  return ({ variables }) => (Object.hasOwn(variables, name) ? variables[name] : UNSURE);
}

/** The members of `$states`, without making it. */
const STATES: Readonly<Record<string, Quick>> = {
  input: ({ input }) => input,
  context: ({ context }) => context,
  result: ({ extra }) => extra.result,
  errorOutput: ({ extra }) => extra.errorOutput,
};

/** What a path starts with, and the steps from there. */
function compileStart([start, ...steps]: readonly Node[]): { first: Quick | undefined; steps: readonly Node[] } {
  if (start?.type !== 'variable') return { first: undefined, steps };
  if (start.value !== 'states') return { first: compile(start), steps };
  const [field, ...rest] = steps;
  const isField = field !== undefined && isPlainStep(field) && Object.hasOwn(STATES, String(field.value));
  return { first: isField ? STATES[String(field.value)] : undefined, steps: rest };
}

const isPlainStep = (step: Node): boolean =>
  step.type === 'name' && Object.keys(step).every((key) => key === 'type' || key === 'position' || key === 'value');

function compilePath(path: readonly Node[]): Quick | undefined {
  const { first, steps } = compileStart(path);
  if (!first || !steps.every(isPlainStep)) return undefined;
  const names = steps.map(({ value }) => String(value));
  return (environment) => {
    let value = first(environment);
    for (const name of names) {
      if (value === null || typeof value !== 'object') return value === UNSURE ? UNSURE : undefined;
      if (Array.isArray(value)) return UNSURE;
      value = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
    }
    return value;
  };
}

function compileCondition(condition: Node, yes: Node, no: Node | undefined): Quick | undefined {
  const test = compile(condition);
  const then = compile(yes);
  const otherwise = no === undefined ? () => undefined : compile(no);
  if (!test || !then || !otherwise) return undefined;
  return (environment) => {
    const value = test(environment);
    return typeof value === 'boolean' ? (value ? then : otherwise)(environment) : UNSURE;
  };
}

function compileObject(members: readonly (readonly [Node, Node])[]): Quick | undefined {
  const compiled = members.map(([key, value]) => ({
    key: key.type === 'string' ? String(key.value) : undefined,
    evaluate: compile(value),
  }));
  const keys = compiled.map(({ key }) => key);
  if (keys.includes(undefined) || keys.includes('__proto__') || new Set(keys).size < keys.length) return undefined;
  if (!compiled.every(({ evaluate }) => evaluate)) return undefined;
  return (environment) => {
    const result: Record<string, unknown> = {};
    for (const { key, evaluate } of compiled) {
      const value = evaluate!(environment);
      if (value === UNSURE) return UNSURE;
      if (value !== undefined) result[key!] = value;
    }
    return result;
  };
}

/** The items of a list go into the one around it, unless that is a constructor's own. */
function compileList(elements: readonly Node[]): Quick | undefined {
  const compiled = elements.map((element) => ({
    evaluate: compile(element),
    isList: element.type === 'unary' && element.value === '[',
  }));
  if (!compiled.every(({ evaluate }) => evaluate)) return undefined;
  return (environment) => {
    const result: unknown[] = [];
    for (const { evaluate, isList } of compiled) {
      const value = evaluate!(environment);
      if (value === UNSURE) return UNSURE;
      if (value === undefined) continue;
      if (Array.isArray(value) && !isList) result.push(...value);
      else result.push(value);
    }
    return result;
  };
}

const number = (value: number): unknown => (Number.isFinite(value) ? value : UNSURE);

const NUMERIC: Readonly<Record<string, (left: number, right: number) => unknown>> = {
  '+': (left, right) => number(left + right),
  '-': (left, right) => number(left - right),
  '*': (left, right) => number(left * right),
  '/': (left, right) => number(left / right),
  '%': (left, right) => number(left % right),
};

type Ordered = <T extends number | string>(left: T, right: T) => boolean;
const ORDER: Readonly<Record<string, Ordered>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function compileBinary(operator: string, left: Quick, right: Quick): Quick | undefined {
  const numeric = NUMERIC[operator];
  if (numeric) {
    return (environment) => {
      const one = left(environment);
      const other = right(environment);
      return typeof one === 'number' && typeof other === 'number' ? numeric(one, other) : UNSURE;
    };
  }
  const ordered = ORDER[operator];
  if (ordered) {
    return (environment) => {
      const one = left(environment);
      const other = right(environment);
      if (typeof one === 'number' && typeof other === 'number') return ordered(one, other);
      return typeof one === 'string' && typeof other === 'string' ? ordered(one, other) : UNSURE;
    };
  }
  switch (operator) {
    case '=':
    case '!=':
      return (environment) => {
        const one = left(environment);
        const other = right(environment);
        return isScalar(one) && isScalar(other) ? (one === other) === (operator === '=') : UNSURE;
      };
    case '&':
      return (environment) => {
        const one = left(environment);
        const other = right(environment);
        return isWritten(one) && isWritten(other) ? `${one}${other}` : UNSURE;
      };
    case 'and':
    case 'or':
      return (environment) => {
        const one = left(environment);
        if (typeof one !== 'boolean') return UNSURE;
        if (one === (operator === 'or')) return one;
        const other = right(environment);
        return typeof other === 'boolean' ? other : UNSURE;
      };
    default:
      return undefined;
  }
}

/** A long has no other text than its digits. */
const isWritten = (value: unknown): value is string | bigint =>
  typeof value === 'string' || (typeof value === 'bigint' && withLongs(value) === value);

const isScalar = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
