import type { State } from '../../../asl/types';
import type { Environment, Evaluator, MaybePromise } from '../environment';
import { evaluationError } from '../errors';
import type { CompiledCatcher, CompiledRule, Fields, Outcome } from '../machine';
import { stringifyJson } from '../numbers';
import { compileDistributed } from './distributed';
import { booleanKind, compileTimestamp, compileWhole, itemsKind, stringKind } from './kinds';
import { type CompileContext, compileTemplate, compileTyped } from './template';

/** The types whose work has a result. */
const WORKING: readonly string[] = ['Task', 'Parallel', 'Map'];

/** The fields of a state whose query language is JSONata. */
export function compileJsonataState(state: State, context: CompileContext): Fields {
  const passes: Evaluator = ({ extra, input }) => ('result' in extra ? extra.result : input);
  const base = {
    effectiveInput:
      'Arguments' in state && state.Arguments !== undefined
        ? compileTemplate(state.Arguments, 'Arguments', context)
        : ({ input }: Environment) => input,
    outcome: compileOutcome(
      state,
      '',
      passes,
      WORKING.includes(state.Type) ? { ...context, extra: 'result' } : context,
    ),
    catchers: compileCatchers(state, context),
  };
  switch (state.Type) {
    case 'Task':
      return {
        ...base,
        ...optional('timeoutSeconds', state.TimeoutSeconds, (value) => compileWhole(value, 'TimeoutSeconds', context)),
        ...optional('credentials', state.Credentials, (value) => compileTemplate(value, 'Credentials', context)),
        ...optional('heartbeatSeconds', state.HeartbeatSeconds, (value) =>
          compileWhole(value, 'HeartbeatSeconds', context),
        ),
      };
    case 'Choice':
      return { ...base, rules: state.Choices.map((rule, index) => compileRule(rule, index, context)) };
    case 'Wait':
      return {
        ...base,
        ...optional('seconds', state.Seconds, (value) => compileWhole(value, 'Seconds', context)),
        ...optional('timestamp', state.Timestamp, (value) => compileTimestamp(value, 'Timestamp', context)),
      };
    case 'Fail':
      return {
        ...base,
        ...optional('error', state.Error, (value) => compileTyped(value, 'Error', stringKind, context)),
        ...optional('cause', state.Cause, (value) => compileTyped(value, 'Cause', stringKind, context)),
      };
    case 'Map':
      return {
        ...base,
        items: state.Items === undefined ? inputAsItems : compileTyped(state.Items, 'Items', itemsKind, context),
        ...optional('itemSelector', state.ItemSelector, (value) => compileTemplate(value, 'ItemSelector', context)),
        ...optional('maxConcurrency', state.MaxConcurrency, (value) => compileWhole(value, 'MaxConcurrency', context)),
        ...((state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === 'DISTRIBUTED'
          ? { distributed: compileDistributed(state, context) }
          : {}),
      };
    default:
      return base;
  }
}

/** https://states-language.net/#selecting-items: without Items, the input has to be what there would be in them. */
const inputAsItems: Evaluator = ({ input }) => {
  if (itemsKind.is(input)) return input;
  throw evaluationError(
    `The input of a Map state without Items must be an array, but was: ${stringifyJson(input)}`,
    'Items',
  );
};

interface Handover {
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
}

/** Output and Assign see the same variables: neither sees what the other sets. */
function compileOutcome(
  from: object,
  prefix: string,
  otherwise: Evaluator,
  context: CompileContext,
): Evaluator<Outcome> {
  const { Output, Assign } = from as Handover;
  const output = Output === undefined ? otherwise : compileTemplate(Output, `${prefix}Output`, context);
  const assign = Assign === undefined ? undefined : compileTemplate(Assign, `${prefix}Assign`, context);
  return (environment) => {
    const assigned = assign?.(environment) as MaybePromise<Outcome['assigned']>;
    if (assigned instanceof Promise) return assigned.then((found) => handOver(output(environment), found));
    return handOver(output(environment), assigned);
  };
}

const handOver = (output: unknown, assigned: Outcome['assigned']): MaybePromise<Outcome> => {
  if (output instanceof Promise) return output.then((found) => handOver(found, assigned));
  return assigned === undefined ? { output } : { output, assigned };
};

function compileCatchers(state: State, context: CompileContext): CompiledCatcher[] {
  const catchers = 'Catch' in state ? (state.Catch ?? []) : [];
  return catchers.map((catcher, index) => ({
    errors: catcher.ErrorEquals,
    next: catcher.Next,
    outcome: compileOutcome(catcher, `Catch[${index}]/`, ({ extra }) => extra.errorOutput, {
      ...context,
      extra: 'errorOutput',
    }),
  }));
}

function compileRule(
  rule: { readonly Next: string; readonly Condition?: unknown },
  index: number,
  context: CompileContext,
): CompiledRule {
  return {
    condition: compileTyped(rule.Condition, `Choices[${index}]/Condition`, booleanKind, context),
    next: rule.Next,
    outcome: compileOutcome(rule, `Choices[${index}]/`, ({ input }) => input, context),
  };
}

function optional<K extends string, V, T>(key: K, value: V | undefined, compile: (value: V) => T): { [key in K]?: T } {
  return (value === undefined ? {} : { [key]: compile(value) }) as { [key in K]?: T };
}
