/** Metric math: `m1 / m2`, `FILL(m1, 0)`, `IF(m2 > 0, m1 / m2, 0)`, `SUM(METRICS())`. Pure. */
import { AwsError } from '../../service';
import type { Range, Series } from './statistics';

export type MathValue = number | Series | readonly Series[];

export interface MathContext {
  /** The series of another query, by its id. */
  readonly lookup: (id: string) => Series;
  /** All metrics (not expressions) whose id contains the text. */
  readonly metrics: (contains: string) => readonly Series[];
  readonly range: Range;
  readonly periodMs: number;
  readonly origin: number;
}

export function evaluateMath(expression: string, context: MathContext): Series {
  const value = parse(expression)(context);
  if (typeof value === 'number') return new Map(periods(context).map((at) => [at, value]));
  if (isList(value)) throw invalid(expression, 'it gives several time series where one is needed');
  return value;
}

/** The ids that an expression mentions. */
export const idsIn = (expression: string): readonly string[] =>
  tokenize(expression).filter((token) => /^[a-z]/.test(token));

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

/** Of one list of series: a series. Of one series: a number. */
const REDUCERS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
};

const MAPPERS: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

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
      return (context) => items.map((item) => asSeries(item(context), context));
    }
    if (/^[\d.]/.test(token)) return () => Number(token);
    if (token.startsWith('"')) throw invalid(expression, `${token} is not expected here`);
    if (peek() === '(') {
      take();
      return call(token);
    }
    if (/^[a-z]/.test(token)) return ({ lookup }) => lookup(token);
    throw invalid(expression, `${token} is not expected here`);
  };
  const call = (name: string): Evaluate => {
    if (name === 'METRICS') {
      const contains = peek()?.startsWith('"') ? JSON.parse(take()) : '';
      take(')');
      return ({ metrics }) => metrics(contains);
    }
    if (name === 'FILL' && tokens[position + 1] === ',' && tokens[position + 2] === 'REPEAT') {
      const series = primary();
      take(',');
      take('REPEAT');
      take(')');
      return fill(series, undefined);
    }
    const args = list(')');
    const [first, second, third] = args;
    if (name === 'FILL' && first && second && args.length === 2) return fill(first, second);
    if (name === 'IF' && first && second && args.length <= 3) return choose(first, second, third);
    if (Object.hasOwn(REDUCERS, name) && first && args.length === 1) return reduce(REDUCERS[name] as Reducer, first);
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

const TOKEN = /\s*(\d+(?:\.\d+)?|\.\d+|"[^"]*"|[A-Za-z_][A-Za-z0-9_]*|\|\||&&|[=!<>]=|[-+*/^()[\],<>])/y;

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
    if (isList(a)) return a.map((series) => apply(series, b) as Series);
    if (isList(b)) return b.map((series) => apply(a, series) as Series);
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
    const times = [...new Set(value.flatMap((series) => [...series.keys()]))].sort((a, b) => a - b);
    return seriesFrom(times, (at) => reducer(value.flatMap((series) => series.get(at) ?? [])));
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
const fill =
  (argument: Evaluate, replacement: Evaluate | undefined): Evaluate =>
  (context) => {
    const series = asSeries(argument(context), context);
    const value = replacement?.(context);
    let latest: number | undefined;
    return seriesFrom(periods(context), (at) => {
      const own = series.get(at);
      if (own !== undefined) latest = own;
      return own ?? (value === undefined ? latest : valueAt(value, at));
    });
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

const isList = (value: MathValue): value is readonly Series[] => Array.isArray(value);

const invalid = (expression: string, reason: string) =>
  new AwsError('ValidationError', `Invalid metric math expression ${expression}: ${reason}.`);
