import type { MapState, State } from '../../../asl/types';
import type { Environment, Evaluator } from '../environment';
import type { CompileContext } from '../jsonata/template';
import type { CompiledCatcher, DistributedFields, Fields, Outcome } from '../machine';
import type { WriterConfig } from '../map-run/writer';
import { compileCondition } from './choice';
import { compileCount, compileItems, compilePercentage, compileSeconds, compileText, compileTimestamp } from './fields';
import { compileField, compilePayload, compileReference, place, type Template } from './template';

/** Every processing field that some state has; the compiler asks for those that its type has. */
interface PathFields {
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  readonly ResultPath?: string | null;
  readonly Parameters?: unknown;
  readonly ResultSelector?: unknown;
  readonly Result?: unknown;
  readonly Assign?: unknown;
  readonly ItemSelector?: unknown;
}

/** Paths in it are of the state's input. */
function compileCredentials(credentials: unknown, context: CompileContext): Evaluator | undefined {
  if (credentials === undefined) return undefined;
  const template = compilePayload(credentials, 'Credentials', context);
  return (environment) => template(environment, environment.input);
}

const WITH_NUMBERS_OR_TEXTS: readonly string[] = ['Task', 'Wait', 'Fail', 'Map'];

/** The fields of a state whose query language is JSONPath. */
export function compileJsonPathState(state: State, context: CompileContext): Fields {
  const from = state as PathFields;
  const input = compileInput(state, from, context);
  const base = {
    effectiveInput: ((environment) => input(environment)) satisfies Evaluator,
    outcome: compileOutcome(state, from, input, context),
    catchers: compileCatchers(state, context),
  };
  if (state.Type === 'Choice') {
    return {
      ...base,
      rules: state.Choices.map((rule, index) => ({
        condition: withInput(compileCondition(rule, `Choices[${index}]`, context), input),
        next: rule.Next,
        outcome:
          rule.Assign === from.Assign
            ? base.outcome
            : compileOutcome(state, { ...from, Assign: rule.Assign }, input, context),
      })),
    };
  }
  if (!WITH_NUMBERS_OR_TEXTS.includes(state.Type)) return base;
  const seconds = (literal: unknown, path: unknown, field: string) => compileSeconds(literal, path, field, context);
  const count = (literal: unknown, path: unknown, field: string) => compileCount(literal, path, field, context);
  const text = (literal: unknown, path: unknown, field: string) => compileText(literal, path, field, context);
  switch (state.Type) {
    case 'Task':
      return {
        ...base,
        ...present('timeoutSeconds', seconds(state.TimeoutSeconds, state.TimeoutSecondsPath, 'TimeoutSecondsPath')),
        ...present('credentials', compileCredentials(state.Credentials, context)),
        ...present(
          'heartbeatSeconds',
          seconds(state.HeartbeatSeconds, state.HeartbeatSecondsPath, 'HeartbeatSecondsPath'),
        ),
      };
    case 'Wait': {
      const delay = seconds(state.Seconds, state.SecondsPath, 'SecondsPath');
      const until = compileTimestamp(state.Timestamp, state.TimestampPath, 'TimestampPath', context);
      return {
        ...base,
        ...(delay && { seconds: withInput(delay, input) }),
        ...(until && { timestamp: withInput(until, input) }),
      };
    }
    case 'Fail':
      return {
        ...base,
        ...present('error', text(state.Error, state.ErrorPath, 'ErrorPath')),
        ...present('cause', text(state.Cause, state.CausePath, 'CausePath')),
      };
    case 'Map':
      return {
        ...base,
        items: compileItems(state.ItemsPath, input, context),
        ...present('itemSelector', compileItemSelector(state.ItemSelector ?? state.Parameters, input, context)),
        ...present('maxConcurrency', count(state.MaxConcurrency, state.MaxConcurrencyPath, 'MaxConcurrencyPath')),
        ...((state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === 'DISTRIBUTED'
          ? { distributed: compileDistributed(state, input, count, context) }
          : {}),
      };
    default:
      return base;
  }
}

/** InputPath, then Parameters. In a Map, Parameters is the old name of ItemSelector. */
function compileInput(state: State, { InputPath, Parameters }: PathFields, context: CompileContext): Evaluator {
  const select: Template =
    InputPath === null
      ? () => ({})
      : InputPath === undefined || InputPath === '$'
        ? (_, document) => document
        : compileField(InputPath, 'InputPath', context);
  if (Parameters === undefined || state.Type === 'Map') return (environment) => select(environment, environment.input);
  const payload = compilePayload(Parameters, 'Parameters', context);
  return (environment) => payload(environment, select(environment, environment.input));
}

/** Assign and ResultSelector, ResultPath, OutputPath. */
function compileOutcome(state: State, from: PathFields, input: Evaluator, context: CompileContext): Evaluator<Outcome> {
  const { ResultSelector, ResultPath, OutputPath, Assign } = from;
  const literal = state.Type === 'Pass' && state.Result !== undefined ? { value: state.Result } : undefined;
  const select = ResultSelector === undefined ? undefined : compilePayload(ResultSelector, 'ResultSelector', context);
  const assign = Assign === undefined ? undefined : compilePayload(Assign, 'Assign', context);
  const target =
    ResultPath === undefined || ResultPath === null ? undefined : compileReference(ResultPath, 'ResultPath', context);
  const output =
    OutputPath === undefined || OutputPath === null || OutputPath === '$'
      ? undefined
      : compileField(OutputPath, 'OutputPath', context);
  const hasWork = state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map' || state.Type === 'Pass';

  return (environment) => {
    const { extra } = environment;
    const raw = 'result' in extra ? extra.result : literal ? literal.value : input(environment);
    const result = select ? select(environment, raw) : raw;
    // "$" is what the task or the branches gave, before ResultSelector: https://states-language.net/#using-assign-1
    const assigned = assign?.(environment, raw) as Outcome['assigned'];
    let combined = result;
    // ResultPath puts the result into the state's own input, not into what InputPath made of it.
    if (hasWork && ResultPath === null) combined = environment.input;
    else if (hasWork && target) combined = place(environment.input, target, result);
    const handed = OutputPath === null ? {} : output ? output(environment, combined) : combined;
    return assigned === undefined ? { output: handed } : { output: handed, assigned };
  };
}

function compileCatchers(state: State, context: CompileContext): CompiledCatcher[] {
  const catchers = 'Catch' in state ? (state.Catch ?? []) : [];
  return catchers.map((catcher, index) => {
    const { ResultPath, Assign } = catcher;
    const field = `Catch[${index}]`;
    const target =
      ResultPath === undefined || ResultPath === null
        ? undefined
        : compileReference(ResultPath, `${field}.ResultPath`, context);
    const assign = Assign === undefined ? undefined : compilePayload(Assign, `${field}.Assign`, context);
    return {
      errors: catcher.ErrorEquals,
      next: catcher.Next,
      outcome: (environment: Environment): Outcome => {
        const { errorOutput } = environment.extra;
        const assigned = assign?.(environment, errorOutput) as Outcome['assigned'];
        const output =
          ResultPath === null
            ? environment.input
            : target
              ? place(environment.input, target, errorOutput)
              : errorOutput;
        return assigned === undefined ? { output } : { output, assigned };
      },
    };
  });
}

function compileItemSelector(template: unknown, input: Evaluator, context: CompileContext): Evaluator | undefined {
  if (template === undefined) return undefined;
  const payload = compilePayload(template, 'ItemSelector', context);
  return (environment) => payload(environment, input(environment));
}

/** A Choice and a Wait look at what their InputPath leaves. */
function withInput<T>(evaluate: Evaluator<T>, input: Evaluator): Evaluator<T> {
  return (environment) => {
    const seen = input(environment);
    return evaluate(seen === environment.input ? environment : environment.on(seen));
  };
}

function present<K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: T };
}

function compileDistributed(
  state: MapState,
  input: Evaluator,
  count: (literal: unknown, path: unknown, field: string) => Evaluator<number> | undefined,
  context: CompileContext,
): DistributedFields {
  const { ItemReader, ItemBatcher, ResultWriter, Label } = state;
  const template = (value: unknown, field: string): Evaluator => {
    const payload = compilePayload(value ?? {}, field, context);
    return (environment) => payload(environment, input(environment));
  };
  return {
    executionType: (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.ExecutionType ?? 'STANDARD',
    ...present('label', Label),
    ...(ItemReader && {
      reader: {
        resource: ItemReader.Resource,
        source: template(ItemReader.Parameters, 'ItemReader.Parameters'),
        config: compileReaderConfig(ItemReader.ReaderConfig ?? {}, count),
      },
    }),
    ...(ItemBatcher && {
      batcher: {
        ...present(
          'maxItems',
          count(ItemBatcher.MaxItemsPerBatch, ItemBatcher.MaxItemsPerBatchPath, 'MaxItemsPerBatchPath'),
        ),
        ...present(
          'maxBytes',
          count(ItemBatcher.MaxInputBytesPerBatch, ItemBatcher.MaxInputBytesPerBatchPath, 'MaxInputBytesPerBatchPath'),
        ),
        ...(ItemBatcher.BatchInput !== undefined && {
          batchInput: template(ItemBatcher.BatchInput, 'ItemBatcher.BatchInput'),
        }),
      },
    }),
    ...present(
      'toleratedFailureCount',
      count(state.ToleratedFailureCount, state.ToleratedFailureCountPath, 'ToleratedFailureCountPath'),
    ),
    ...present(
      'toleratedFailurePercentage',
      compilePercentage(
        state.ToleratedFailurePercentage,
        state.ToleratedFailurePercentagePath,
        'ToleratedFailurePercentagePath',
        context,
      ),
    ),
    ...(ResultWriter && {
      writer: {
        ...present('resource', ResultWriter.Resource),
        destination: template(ResultWriter.Parameters, 'ResultWriter.Parameters'),
        config: (ResultWriter.WriterConfig ?? {}) as WriterConfig,
      },
    }),
  };
}

/** `MaxItemsPath` is the one field of it that is not literal. */
function compileReaderConfig(
  { MaxItemsPath, ...config }: Readonly<Record<string, unknown>>,
  count: (literal: unknown, path: unknown, field: string) => Evaluator<number> | undefined,
): Evaluator {
  const maxItems = MaxItemsPath === undefined ? undefined : count(undefined, MaxItemsPath, 'MaxItemsPath');
  return (environment) => (maxItems ? { ...config, MaxItems: maxItems(environment) } : config);
}
