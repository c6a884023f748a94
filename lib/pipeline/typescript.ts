/** What a user's own TypeScript is typed by: extractors of `custom()` sources, and row functions. */
import type { Interval } from '../tasks/schedule';
import type { Checkpoint } from '../tasks/user-code';
import type { Column } from './columns';

export type Columns = Readonly<Record<string, Column>>;
/** What has a contract: a source or a model of this file's pipeline, or the columns alone. */
export type Contract = Columns | { readonly columns: Columns };
type ColumnsOf<C> = C extends { readonly columns: infer Declared extends Columns } ? Declared : C;

/** A column is given under its own name, or under the one in `from(…)`. */
type MemberOf<Name, C> = C extends Column<infer _, infer Header> ? (Header extends string ? Header : Name) : never;
type Of<C, Side extends 'given' | 'read'> = C extends Column<infer V> ? V[Side] : never;

/** A row as an extractor yields it, and a row function returns it: every column of the contract; null where there is no value. */
export type RowOf<C extends Contract> =
  ColumnsOf<C> extends infer All
    ? { readonly [Name in keyof All as MemberOf<Name, All[Name]>]: Of<All[Name], 'given'> }
    : never;

/** A row as a row function gets it. Whole numbers of 64 bits are bigints; decimals, dates, times and JSON documents are text. */
export type ReadRowOf<C extends Contract> =
  ColumnsOf<C> extends infer All ? { readonly [Name in keyof All]: Of<All[Name], 'read'> } : never;

/** Any row, where there is no contract to type it by. */
export type AnyRow = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

type Scalar = string | number | boolean | null;
/** One unit of fan-out: an `id` that is the same in each run, and what the extractor wants to know of it. */
export type ExtractPartition = { readonly id: string } & Readonly<Record<string, Scalar>>;

export interface PlanContext<Secret extends string = string> {
  /** the run's data interval, where it has one: ISO 8601, UTC, half-open */
  readonly interval: Interval | undefined;
  /** of a source with `cursor`: what this run reads, `from` ≤ cursor < `to` */
  readonly cursor:
    | {
        readonly column: string;
        readonly from?: string | number | undefined;
        readonly to?: string | number | undefined;
      }
    | undefined;
  /** `stepwell/<name>` in Secrets Manager, a JSON object; read anew with `fresh`, when a login is refused */
  secret(name: Secret, options?: { readonly fresh?: boolean }): Promise<Readonly<Record<string, unknown>>>;
  /** aborts when the invocation's time is nearly up: hand it to `fetch`, or look at `aborted` */
  readonly signal: AbortSignal;
  /** into the function's log; values of secrets are left out */
  readonly log: Log;
}

export interface ExtractContext<Secret extends string = string, P = unknown> extends PlanContext<Secret> {
  readonly partition: ExtractPartition;
  /** where the invocation before this one stopped; null in the first one */
  readonly checkpoint: P | null;
}

type SecretOf<C> = C extends { readonly config: { readonly secrets: readonly (infer Name extends string)[] } }
  ? Name
  : string;
type Rows<C extends Contract, P> = RowOf<C> | readonly RowOf<C>[] | Checkpoint<P>;

/**
 * The default export of the file behind `custom()`: an async generator of rows (or of lists of rows), typed by the source's contract.
 *
 * @example
 * // pipeline.ts:  export const rates = custom('./rates.ts', { secrets: ['rates-api'], columns: { currency: key.text(3), rate: decimal(12, 6).notNull() } });
 * import { type Extractor, PermanentError } from '../../lib/pipeline';
 * import type { rates } from './pipeline';
 *
 * const extract: Extractor<typeof rates> = async function* ({ interval, secret, signal }) {
 *   const { token } = await secret('rates-api');
 *   const answer = await fetch(`https://rates.example.com/${interval?.end}`, { headers: { authorization: `Bearer ${token}` }, signal });
 *   if (answer.status === 401) throw new PermanentError('The API refuses the token.');
 *   for (const { code, value } of await answer.json()) yield { currency: code, rate: value };
 * };
 * export default extract;
 */
export type Extractor<C extends Contract, P = unknown> = (
  context: ExtractContext<SecretOf<C>, P>,
) => // biome-ignore lint/suspicious/noConfusingVoidType: what a generator without `return` gives
  | AsyncGenerator<Rows<C, P>, Checkpoint<P> | void>
  | AsyncIterable<Rows<C, P>>
  | Iterable<Rows<C, P>>
  | Promise<AsyncIterable<Rows<C, P>> | Iterable<Rows<C, P>>>;

/** The export `plan` of that file, where partitions are not declared: which ones a run reads, side by side. */
export type Planner<C extends Contract = Columns> = (
  context: PlanContext<SecretOf<C>>,
) => readonly ExtractPartition[] | Promise<readonly ExtractPartition[]>;

export interface RowContext {
  /** the run's data interval, where it has one */
  readonly interval: Interval | undefined;
  readonly log: Log;
}

/**
 * The default export of the file behind `rowFunction()`: makes of a row another one, several, or none (null).
 *
 * @example
 * // pipeline.ts:  export const clean = rowFunction('./clean.ts', { from: 'orders', columns: { id: key.bigint(), email: text(100) } });
 * import type { RowFunction } from '../../lib/pipeline';
 * import type { columns } from './columns';
 * import type { clean } from './pipeline';
 *
 * const cleanRow: RowFunction<typeof columns, typeof clean> = ({ id, email }) =>
 *   email === null ? null : { id, email: email.trim().toLowerCase() };
 * export default cleanRow;
 */
export type RowFunction<From extends Contract | AnyRow, To extends Contract> = (
  row: From extends Contract ? ReadRowOf<From> : AnyRow,
  context: RowContext,
) => MaybePromise<RowOf<To> | readonly RowOf<To>[] | null | undefined>;

type MaybePromise<T> = T | Promise<T>;
