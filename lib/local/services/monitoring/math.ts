/** Metric math: `m1 / m2`, `FILL(m1, 0)`, `IF(m2 > 0, m1 / m2, 0)`, `SUM(METRICS())`. Pure. */
import { AwsError } from '../../service';
import {
  CLOCKS,
  filledLinearly,
  MAPPERS,
  type Named,
  REDUCERS,
  runningSum,
  STEPS,
  sorted,
  stepped,
} from './series-functions';
import type { Range, Series } from './statistics';

export type MathValue = number | Series | readonly Named[];

export interface MathContext {
  /** The series of another query, by its id; a list where it gives several. */
  readonly lookup: (id: string) => Series | readonly Named[];
  /** All metrics (not expressions) whose id contains the text. */
  readonly metrics: (contains: string) => readonly Named[];
  readonly search: (expression: string, stat: string, periodSeconds: number | undefined) => readonly Named[];
  /** of another query */
  readonly periodOf: (id: string) => number;
  readonly range: Range;
  readonly periodMs: number;
  readonly origin: number;
}

/** One series, or a list of them. */
export function evaluateMath(expression: string, context: MathContext): Series | readonly Named[] {
  const value = parse(expression)(context);
  return isList(value) ? value : asSeries(value, context);
}

type Evaluate = (context: MathContext) => MathValue;

const BINARY: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '||': (a, b) => Number(a !== 0 || b !== 0), OR: (a, b) => Number(a !== 0 || b !== 0) },
  { '&&': (a, b) => Number(a !== 0 && b !== 0), AND: (a, b) => Number(a !== 0 && b !== 0) },
  {
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
    '<=': (a, b) => Number(a <= b),
    '>=': (a, b) => Number(a >= b),
    '<': (a, b) => Number(a < b),
    '>': (a, b) => Number(a > b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
];

function parse(expression: string): Evaluate {
  const tokens = tokenize(expression);
  let position = 0;
  const peek = () => tokens[position];
  const take = (expected?: string) => {
    const token = tokens[position++];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw invalid(expression, `${expected ?? 'a value'} is missing at ${token ?? 'its end'}`);
    }
    return token;
  };

  const binary = (level: number): Evaluate => {
    const operators = BINARY[level];
    if (!operators) return power();
    let left = binary(level + 1);
    for (let operator = peek(); operator !== undefined && Object.hasOwn(operators, operator); operator = peek()) {
      take();
      left = combine(operators[operator] as (a: number, b: number) => number, left, binary(level + 1));
    }
    return left;
  };
  const power = (): Evaluate => {
    const base = unary();
    if (peek() !== '^') return base;
    take();
    return combine((a, b) => a ** b, base, power());
  };
  const unary = (): Evaluate => {
    if (peek() !== '-') return primary();
    take();
    return combine(
      (a, b) => a - b,
      () => 0,
      unary(),
    );
  };
  const list = (end: string): Evaluate[] => {
    const items: Evaluate[] = [];
    while (peek() !== end) {
      items.push(binary(0));
      if (peek() === ',') take();
    }
    take(end);
    return items;
  };
  const primary = (): Evaluate => {
    const token = take();
    if (token === '(') {
      const inner = binary(0);
      take(')');
      return inner;
    }
    if (token === '[') {
      const items = list(']');
      return (context) =>
        items.flatMap((item) => {
          const value = item(context);
          return isList(value) ? value : [{ label: '', series: asSeries(value, context) }];
        });
    }
    if (/^[\d.]/.test(token)) return () => Number(token);
    if (/^["']/.test(token)) throw invalid(expression, `${token} is not expected here`);
    if (peek() === '(') {
      take();
      return call(token);
    }
    if (/^[a-z]/.test(token)) return ({ lookup }) => lookup(token);
    throw invalid(expression, `${token} is not expected here`);
  };
  /** Words and texts that only some functions take. */
  const literal = (): string => {
    if (peek() === ',') take();
    return take();
  };
  const text = (): string => literal().slice(1, -1);
  const call = (name: string): Evaluate => {
    if (name === 'METRICS') {
      const contains = /^["']/.test(peek() ?? '') ? text() : '';
      take(')');
      return ({ metrics }) => metrics(contains);
    }
    if (name === 'SEARCH') {
      const [what, stat] = [text(), text()];
      const period = peek() === ',' ? Number(literal()) : undefined;
      take(')');
      return ({ search }) => search(what, stat, period);
    }
    if (name === 'PERIOD') {
      const id = take();
      take(')');
      return ({ periodOf }) => periodOf(id);
    }
    if (name === 'FILL' && tokens[position + 1] === ',' && /^(REPEAT|LINEAR)$/.test(tokens[position + 2] ?? '')) {
      const argument = primary();
      const how = literal();
      take(')');
      return how === 'REPEAT'
        ? fill(argument, undefined)
        : each(argument, (one, context) => filledLinearly(one, periods(context)));
    }
    if (name === 'SORT') {
      const argument = primary();
      const [by, order] = [literal(), literal()];
      const limit = peek() === ',' ? Number(literal()) : undefined;
      take(')');
      return (context) => {
        const list = sorted(asList(argument(context)), by, order);
        if (!list) throw invalid(expression, `SORT by ${by}, ${order} is not possible`);
        return limit === undefined ? list : list.slice(0, limit);
      };
    }
    const args = list(')');
    const [first, second, third] = args;
    if (name === 'FILL' && first && second && args.length === 2) return fill(first, second);
    if (name === 'IF' && first && second && args.length <= 3) return choose(first, second, third);
    if (Object.hasOwn(REDUCERS, name) && first && args.length === 1) return reduce(REDUCERS[name] as Reducer, first);
    if (first && args.length === 1) {
      const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
      if (step) return each(first, (one) => stepped(one, step));
      const clock = Object.hasOwn(CLOCKS, name) ? CLOCKS[name] : undefined;
      if (clock) return each(first, (one) => seriesFrom(one.keys(), (at) => clock(new Date(at))));
      if (name === 'RUNNING_SUM') return each(first, runningSum);
      if (name === 'TIME_SERIES') return (context) => asSeries(first(context), context);
      if (name === 'METRIC_COUNT') return (context) => asList(first(context)).length;
      if (name === 'REMOVE_EMPTY') return (context) => asList(first(context)).filter(({ series }) => series.size > 0);
      if (name === 'FIRST' || name === 'LAST')
        return (context) => asList(first(context)).at(name === 'FIRST' ? 0 : -1)?.series ?? new Map();
    }
    if (name === 'SLICE' && first && second && args.length <= 3)
      return (context) => {
        const [from, to] = [second(context), third?.(context)];
        return asList(first(context)).slice(Number(from), to === undefined ? undefined : Number(to));
      };
    const mapper = Object.hasOwn(MAPPERS, name) ? MAPPERS[name] : undefined;
    if (mapper && first && args.length === 1)
      return combine(
        (value) => mapper(value),
        first,
        () => 0,
      );
    throw invalid(expression, `${name}() with ${args.length} arguments is not supported here`);
  };

  const root = binary(0);
  if (peek() !== undefined) throw invalid(expression, `${peek()} is not expected here`);
  return root;
}

type Reducer = (values: readonly number[]) => number;

const TOKEN = /\s*(\d+(?:\.\d+)?|\.\d+|"[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*|\|\||&&|[=!<>]=|[-+*/^()[\],<>])/y;

function tokenize(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const text = expression.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw invalid(expression, `it cannot be read from character ${start + 1}`);
    tokens.push(match[1] as string);
  }
  return tokens;
}

/** Two series meet where both have a value; a result that is no number (a division by zero) is left out. */
function combine(operator: (a: number, b: number) => number, left: Evaluate, right: Evaluate): Evaluate {
  const apply = (a: MathValue, b: MathValue): MathValue => {
    if (isList(a) && isList(b))
      throw new AwsError('ValidationError', 'An operator takes one list of time series at most.');
    if (isList(a)) return a.map(({ label, series }) => ({ label, series: apply(series, b) as Series }));
    if (isList(b)) return b.map(({ label, series }) => ({ label, series: apply(a, series) as Series }));
    if (typeof a === 'number' && typeof b === 'number') return operator(a, b);
    const times = typeof a === 'number' ? (b as Series).keys() : a.keys();
    return seriesFrom(times, (at) => {
      const [x, y] = [valueAt(a, at), valueAt(b, at)];
      return x === undefined || y === undefined ? undefined : operator(x, y);
    });
  };
  return (context) => apply(left(context), right(context));
}

function reduce(reducer: Reducer, argument: Evaluate): Evaluate {
  return (context) => {
    const value = argument(context);
    if (typeof value === 'number') return value;
    if (!isList(value)) return reducer([...value.values()]);
    const times = [...new Set(value.flatMap(({ series }) => [...series.keys()]))].sort((a, b) => a - b);
    return seriesFrom(times, (at) => reducer(value.flatMap(({ series }) => series.get(at) ?? [])));
  };
}

const choose =
  (condition: Evaluate, yes: Evaluate, no: Evaluate | undefined): Evaluate =>
  (context) => {
    const test = condition(context);
    const [whenTrue, whenFalse] = [yes(context), no?.(context)];
    const pick = (value: number) => (value !== 0 ? whenTrue : whenFalse);
    if (typeof test === 'number') return pick(test) ?? new Map();
    if (isList(test)) throw new AwsError('ValidationError', 'IF needs one condition, not a list.');
    return seriesFrom(test.keys(), (at) => {
      const chosen = pick(test.get(at) as number);
      return chosen === undefined ? undefined : valueAt(chosen, at);
    });
  };

/** Without a replacement, the latest value is repeated. */
const fill = (argument: Evaluate, replacement: Evaluate | undefined): Evaluate =>
  each(argument, (series, context) => {
    const value = replacement?.(context);
    let latest: number | undefined;
    return seriesFrom(periods(context), (at) => {
      const own = series.get(at);
      if (own !== undefined) latest = own;
      return own ?? (value === undefined ? latest : valueAt(value, at));
    });
  });

/** Of a series, or of each of a list. */
const each =
  (argument: Evaluate, change: (series: Series, context: MathContext) => Series): Evaluate =>
  (context) => {
    const value = argument(context);
    if (isList(value)) return value.map(({ label, series }) => ({ label, series: change(series, context) }));
    return change(asSeries(value, context), context);
  };

function seriesFrom(times: Iterable<number>, value: (at: number) => number | undefined): Series {
  const series = new Map<number, number>();
  for (const at of times) {
    const computed = value(at);
    if (computed !== undefined && Number.isFinite(computed)) series.set(at, computed);
  }
  return series;
}

function valueAt(value: MathValue, at: number): number | undefined {
  if (typeof value === 'number') return value;
  return isList(value) ? undefined : value.get(at);
}

const asSeries = (value: MathValue, context: MathContext): Series => {
  if (isList(value)) throw new AwsError('ValidationError', 'A list of time series cannot stand here.');
  return typeof value === 'number' ? new Map(periods(context).map((at) => [at, value])) : value;
};

function periods({ range: { start, end }, periodMs, origin }: MathContext): number[] {
  const first = Math.ceil((start - origin) / periodMs) * periodMs + origin;
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / periodMs)) }, (_, n) => first + n * periodMs);
}

const isList = (value: MathValue): value is readonly Named[] => Array.isArray(value);

function asList(value: MathValue): readonly Named[] {
  if (isList(value)) return value;
  throw new AwsError('ValidationError', 'A list of time series is needed here.');
}

const invalid = (expression: string, reason: string) =>
  new AwsError('ValidationError', `Invalid metric math expression ${expression}: ${reason}.`);
