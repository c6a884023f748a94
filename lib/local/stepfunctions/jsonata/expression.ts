import jsonata, { type Expression, type ExprNode } from 'jsonata';
import type { Environment, MaybePromise } from '../environment';
import { withLongs } from '../numbers';
import { type StatesField, unsupported } from './check';
import { DISABLED_FUNCTIONS, parseWith, registerFunctions } from './functions';
import { limitsOf, TIMEOUT_MS, TOO_DEEP, TOO_LARGE, TOO_LONG } from './limits';
import { callsParse, handsOn, parseWithLongs, type Stringify, stringWithLongs, writeLongs } from './longs';
import { compileQuick, UNSURE } from './quick';

/** What an expression sees: `$states`, and the variables by their names. */
export type Bindings = Record<string, unknown>;

export interface CompiledExpression {
  readonly source: string;
  /** Why AWS would refuse it, although it parses. */
  readonly unsupported?: string;
  /** `undefined` when there is nothing. Throws or rejects with JSONata's error. */
  evaluate(environment: Environment): MaybePromise<unknown>;
}

/** Throws JSONata's error, with `message` and `position`, when the source is not an expression. */
export function compileExpression(source: string, extra?: StatesField): CompiledExpression {
  const { node, evaluate } = parsed.get(source) ?? keep(source, parse(source));
  const reason = unsupported(node, extra);
  return { source, ...(reason === undefined ? {} : { unsupported: reason }), evaluate };
}

interface Parsed extends Pick<CompiledExpression, 'evaluate'> {
  readonly node: ExprNode;
}

/** By source: a definition says the same in many places, and is compiled when it is checked and when it runs. */
const parsed = new Map<string, Parsed>();
const MOST_KEPT = 2_000;

function keep(source: string, one: Parsed): Parsed {
  if (parsed.size === MOST_KEPT) parsed.clear();
  parsed.set(source, one);
  return one;
}

function parse(source: string): Parsed {
  const { expression, node, isTooDeep } = prepare(source);
  const quick = isTooDeep ? undefined : compileQuick(node);
  const withLongsIn = isTooDeep || !handsOn(node) ? undefined : prepareForLongs(source, callsParse(node));
  const evaluate = async (environment: Environment) => {
    if (isTooDeep) throw new Error(TOO_DEEP);
    try {
      const attempt = withLongsIn?.(environment);
      const exact = attempt && (await attempt);
      return plain(exact ? exact.value : await expression.evaluate(undefined, environment.bindings));
    } catch (error) {
      throw asTold(error);
    }
  };
  return {
    node,
    evaluate(environment) {
      const value = quick ? quick(environment) : UNSURE;
      return value === UNSURE ? evaluate(environment) : withLongs(value);
    },
  };
}

function prepare(source: string) {
  const options = {};
  const expression = jsonata(source, options);
  const node = expression.ast();
  const { guards, isTooDeep } = limitsOf(node);
  Object.assign(options, guards);
  registerFunctions((name, implementation) => expression.registerFunction(name, implementation));
  for (const name of DISABLED_FUNCTIONS) expression.assign(name, undefined);
  expression.assign(ENTRY as unknown as string, watch);
  return { expression, node, isTooDeep };
}

/**
 * Evaluates with whole numbers that a double cannot hold. Gives nothing where there are none, so that there is nothing to wait for,
 * and where the library computes with one.
 */
function prepareForLongs(source: string, canParse: boolean) {
  let prepared: Promise<Expression> | undefined;
  const evaluate = async (bindings: Bindings) => {
    prepared ??= prepareWithLongs(source);
    const expression = await prepared;
    try {
      return { value: await expression.evaluate(undefined, bindings) };
    } catch (error) {
      if (error instanceof Error && error.message === TOO_LONG) throw error;
      return undefined;
    }
  };
  return (environment: Environment) => {
    const bindings = environment.bindingsWithLongs ?? (canParse ? environment.bindings : undefined);
    return bindings && evaluate(bindings);
  };
}

async function prepareWithLongs(source: string): Promise<Expression> {
  const { expression, node } = prepare(source);
  writeLongs(node);
  const { implementation } = (await jsonata('$string').evaluate(undefined)) as { implementation: Stringify };
  expression.registerFunction('string', stringWithLongs(implementation), '<x-b?:s>');
  expression.registerFunction('parse', parseWith(parseWithLongs));
  return expression;
}

/** The library calls this before each node, and waits for what it returns. */
const ENTRY = Symbol.for('jsonata.__evaluate_entry');

/** A long evaluation would keep everything else from running: its promises never wait for anything. */
const TURN_MS = 8;
let turnStarted = 0;

interface Watch {
  readonly started: number;
  /** How long others had their turns meanwhile. */
  waited: number;
}

const watches = new WeakMap<object, Watch>();

/** Lets other work run now and then, and ends what takes too long. `base` is the evaluation's own. */
function watch(_node: unknown, _input: unknown, { base }: { readonly base: object }): Promise<void> | undefined {
  const now = performance.now();
  const own = watches.get(base) ?? { started: now, waited: 0 };
  watches.set(base, own);
  if (now - own.started - own.waited > TIMEOUT_MS) throw new Error(TOO_LONG);
  if (now - turnStarted < TURN_MS) return undefined;
  return new Promise((resolve) =>
    setImmediate(() => {
      turnStarted = performance.now();
      own.waited += turnStarted - now;
      resolve();
    }),
  );
}

/** What the library says with codes of its own, AWS says in its own words. */
function asTold(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (code === 'D1011') return new Error(TOO_DEEP);
  if (code === 'D2014' || code === 'D2015') return new Error(TOO_LARGE);
  return error;
}

/**
 * JSONata marks its arrays (`sequence`, `keepSingleton`, `cons`), and the marks change what a later expression makes of them.
 * Returns the value without them: the same object where it has none.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function') throw new TypeError('An expression may not return a function');
  if (value === null || typeof value !== 'object') return value;
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return plain(() => undefined);
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined = isMarked(value) ? value.slice() : undefined;
    for (let index = 0; index < value.length; index++) {
      const item = plain(value[index]);
      if (item === value[index]) continue;
      copy ??= value.slice();
      copy[index] = item;
    }
    return copy ?? value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, member] of Object.entries(value)) {
    const item = plain(member);
    if (item === member && member !== undefined) continue;
    copy ??= { ...value };
    if (member === undefined) delete copy[key];
    else copy[key] = item;
  }
  return copy ?? value;
}

const isMarked = (value: object): boolean =>
  'sequence' in value ||
  'keepSingleton' in value ||
  'cons' in value ||
  'outerWrapper' in value ||
  'tupleStream' in value;
