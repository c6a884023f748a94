/**
 * Random programs: what a state machine does, said in few words. `machine.ts` writes one down in the States Language, `reference.ts`
 * says what comes of it. The data is an object with a number `n`; each scope has a variable `x<depth>`.
 */
import fc from 'fast-check';
import type { QueryLanguage } from '../../../../lib/asl/types';

export interface Handlers {
  readonly retry: readonly { readonly errors: readonly string[]; readonly max: number }[];
  readonly catch: readonly { readonly errors: readonly string[]; readonly to: readonly Step[] }[];
}

/** The language is that of the state, in a machine of JSONPath; in one of JSONata all are JSONata. */
export type Step = { readonly language: QueryLanguage } & (
  | { readonly kind: 'add'; readonly by: number }
  | { readonly kind: 'assign'; readonly plus: number }
  /** Adds the variable of so many scopes further out. */
  | { readonly kind: 'use'; readonly up: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'fail'; readonly error: string }
  /** Reads what is not there. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'choice'; readonly over: number; readonly yes: readonly Step[]; readonly no: readonly Step[] }
  | { readonly kind: 'task'; readonly fails: number; readonly error: string; readonly handlers: Handlers }
  | { readonly kind: 'parallel'; readonly branches: readonly (readonly Step[])[]; readonly handlers: Handlers }
  | {
      readonly kind: 'map';
      readonly items: readonly number[];
      readonly width: number;
      readonly body: readonly Step[];
      readonly handlers: Handlers;
    }
);

export interface Program {
  readonly language: QueryLanguage;
  readonly input: { readonly n: number };
  readonly steps: readonly Step[];
}

/** Whether what follows can be reached: AWS refuses a state that cannot. */
export const fallsThrough = (steps: readonly Step[]): boolean =>
  steps.every((step) => {
    if (step.kind === 'fail') return false;
    return step.kind !== 'choice' || fallsThrough(step.yes) || fallsThrough(step.no);
  });

const language = fc.constantFrom<QueryLanguage>('JSONata', 'JSONPath');
const small = fc.integer({ min: -3, max: 5 });
const ERRORS = ['A', 'B', 'States.Timeout', 'States.DataLimitExceeded'];
const NAMES = [...ERRORS, 'States.TaskFailed', 'States.QueryEvaluationError', 'States.Runtime'];

/** States.ALL stands alone, in the last. */
const withAll = <T extends { readonly errors: readonly string[] }>(list: fc.Arbitrary<T[]>, last: fc.Arbitrary<T>) =>
  fc.tuple(list, fc.option(last, { nil: undefined })).map(([named, all]) => (all ? [...named, all] : named));

const named = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 });
const all = fc.constant<string[]>(['States.ALL']);

const handlers = (depth: number, mayFail: boolean): fc.Arbitrary<Handlers> => {
  const retrier = (errors: fc.Arbitrary<string[]>) => fc.record({ errors, max: fc.integer({ min: 0, max: 2 }) });
  const catcher = (errors: fc.Arbitrary<string[]>) => fc.record({ errors, to: sequence(depth - 1, mayFail) });
  return fc.record({
    retry: withAll(fc.array(retrier(named), { maxLength: 2 }), retrier(all)),
    catch: withAll(fc.array(catcher(named), { maxLength: 1 }), catcher(all)),
  });
};

function step(depth: number, mayFail: boolean): fc.Arbitrary<Step> {
  const safe = [
    fc.record({ kind: fc.constant('add' as const), by: small, language }),
    fc.record({ kind: fc.constant('assign' as const), plus: small, language }),
    fc.record({ kind: fc.constant('use' as const), up: fc.nat(3), language }),
    fc.record({ kind: fc.constant('wait' as const), language }),
  ];
  const failing = [
    fc.record({ kind: fc.constant('fail' as const), error: fc.constantFrom(...ERRORS), language }),
    fc.record({ kind: fc.constant('broken' as const), language }),
    fc.record({
      kind: fc.constant('task' as const),
      fails: fc.nat(4),
      error: fc.constantFrom(...ERRORS),
      handlers: handlers(depth, mayFail),
      language,
    }),
  ];
  if (depth <= 0) return mayFail ? fc.oneof(...safe, ...failing) : fc.oneof(...safe);
  const nested = [
    fc.record({
      kind: fc.constant('choice' as const),
      over: small,
      yes: sequence(depth - 1, mayFail),
      no: sequence(depth - 1, mayFail),
      language,
    }),
    // Which of two that fail is first is a matter of time, so only one may.
    fc
      .tuple(sequence(depth - 1, mayFail), fc.array(sequence(depth - 1, false), { maxLength: 2 }))
      .chain(([first, others]) =>
        fc.record({
          kind: fc.constant('parallel' as const),
          branches: fc.constant([first, ...others]),
          handlers: handlers(depth, mayFail),
          language,
        }),
      ),
    fc.record({
      kind: fc.constant('map' as const),
      items: fc.array(small, { minLength: 1, maxLength: 4 }),
      // One after the other where they may fail, for the same reason.
      width: mayFail ? fc.constant(1) : fc.nat(3),
      body: sequence(depth - 1, mayFail),
      handlers: handlers(depth, mayFail),
      language,
    }),
  ];
  return mayFail ? fc.oneof(...safe, ...failing, ...nested, ...nested) : fc.oneof(...safe, ...nested);
}

/** Nothing where it would be too deep. */
const sequence = (depth: number, mayFail: boolean): fc.Arbitrary<Step[]> =>
  depth < 0 ? fc.constant([]) : fc.array(step(depth, mayFail), { maxLength: 3 });

export const program: fc.Arbitrary<Program> = fc.record({
  language,
  input: fc.record({ n: small }),
  steps: fc.array(step(2, true), { minLength: 1, maxLength: 4 }),
});
