/** A definition made ready to run: expressions compiled when the state machine is created, a state's paths when it is first entered. */
import type { QueryLanguage, Retrier, State, StateMachine, StateType, SubMachine } from '../../asl/types';
import { innerMachines } from '../../asl/walk';
import type { Evaluator } from './environment';
import { DefinitionError, type Diagnostic } from './errors';
import { compileJsonataState } from './jsonata/state';
import { compileJsonPathState } from './jsonpath/state';
import type { WriterConfig } from './map-run/writer';
import { parseResource, type Resource } from './resource';
import { validate } from './validate';
import type { MachineType } from './validation/resource';
import { checkVariables } from './variables';

export interface CompiledMachine {
  readonly startAt: string;
  readonly states: CompiledStates;
  readonly timeoutSeconds?: number;
}

/** By name. */
export interface CompiledStates {
  get(name: string): CompiledState | undefined;
  values(): Iterable<CompiledState>;
}

/** What a state hands on. */
export interface Outcome {
  readonly output: unknown;
  /** Variables to set; undefined when the state has no Assign. */
  readonly assigned?: Readonly<Record<string, unknown>>;
}

export interface CompiledCatcher {
  readonly errors: readonly string[];
  readonly next: string;
  readonly outcome: Evaluator<Outcome>;
}

export interface CompiledRule {
  readonly condition: Evaluator<boolean>;
  readonly next: string;
  readonly outcome: Evaluator<Outcome>;
}

/** The fields whose form depends on the query language. Those that a state type does not have are absent. */
export interface Fields {
  /** What the state works on: Arguments, or InputPath and Parameters. */
  readonly effectiveInput: Evaluator;
  /** What it hands on, from an environment that has the result. */
  readonly outcome: Evaluator<Outcome>;
  readonly catchers: readonly CompiledCatcher[];
  readonly rules?: readonly CompiledRule[];
  readonly timeoutSeconds?: Evaluator<number>;
  readonly heartbeatSeconds?: Evaluator<number>;
  /** Task: `{ RoleArn }`, the role that the call is made as. */
  readonly credentials?: Evaluator;
  /** Wait: seconds to wait. */
  readonly seconds?: Evaluator<number>;
  /** Wait: until when. */
  readonly timestamp?: Evaluator<string>;
  readonly error?: Evaluator<string>;
  readonly cause?: Evaluator<string>;
  /** Map: from an environment whose `input` is the state's input. */
  readonly items?: Evaluator;
  /** Map: from an environment whose context has `Map.Item`. */
  readonly itemSelector?: Evaluator;
  readonly maxConcurrency?: Evaluator<number>;
  readonly distributed?: DistributedFields;
}

/** What only a Distributed Map has. */
export interface DistributedFields {
  readonly label?: string;
  readonly reader?: { readonly resource: string; readonly source: Evaluator; readonly config: Evaluator };
  readonly batcher?: {
    readonly maxItems?: Evaluator<number>;
    readonly maxBytes?: Evaluator<number>;
    readonly batchInput?: Evaluator;
  };
  readonly toleratedFailureCount?: Evaluator<number>;
  readonly toleratedFailurePercentage?: Evaluator<number>;
  readonly writer?: {
    /** Without it the results are handed on, in the form that `config` says. */
    readonly resource?: string;
    readonly destination: Evaluator;
    readonly config: WriterConfig;
  };
  readonly executionType: 'STANDARD' | 'EXPRESS';
}

export interface CompiledState extends Fields {
  readonly name: string;
  readonly type: StateType;
  readonly next?: string;
  readonly language: QueryLanguage;
  readonly retriers: readonly Retrier[];
  /** Choice: where to go when no rule matches. */
  readonly fallback?: string;
  readonly resource?: Resource;
  readonly branches: readonly CompiledMachine[];
}

/** Throws a `DefinitionError` with everything that AWS would refuse the definition for. */
export function compileMachine(definition: StateMachine, type: MachineType = 'STANDARD'): CompiledMachine {
  const diagnostics = validate(definition, type);
  if (diagnostics.length > 0) throw new DefinitionError(diagnostics);
  return compileWhole(definition, checkVariables(definition));
}

/** The same of a definition that was found to be right before. */
export const compileValid = (definition: StateMachine): CompiledMachine => compileWhole(definition, []);

function compileWhole(definition: StateMachine, diagnostics: Diagnostic[]): CompiledMachine {
  const machine = compileScope(definition, '', definition.QueryLanguage ?? 'JSONPath', diagnostics);
  if (diagnostics.length > 0) throw new DefinitionError(diagnostics);
  return definition.TimeoutSeconds === undefined ? machine : { ...machine, timeoutSeconds: definition.TimeoutSeconds };
}

function compileScope(
  machine: SubMachine,
  path: string,
  language: QueryLanguage,
  diagnostics: Diagnostic[],
): CompiledMachine {
  const { StartAt: startAt, States: definitions } = machine;
  const states = new Map<string, CompiledState>();
  const inner = new Map<string, CompiledMachine[]>();
  const compile = (name: string, state: State, found: Diagnostic[]) => {
    const compiled = compileState(name, state, `${path}/States/${name}`, language, inner.get(name) ?? [], found);
    states.set(name, compiled);
    return compiled;
  };
  for (const name of Object.keys(definitions)) {
    const state = definitions[name]!;
    if (state.Type === 'Parallel' || state.Type === 'Map') {
      // The machines inside use the language of the whole machine, not that of the state around them.
      const branches = innerMachines(state).map((one) =>
        compileScope(one.machine, `${path}/States/${name}/${one.field}`, language, diagnostics),
      );
      inner.set(name, branches);
    }
    // What may be wrong with paths the validation has found: those states wait until they are entered, as many never are.
    if ((state.QueryLanguage ?? language) === 'JSONata') compile(name, state, diagnostics);
  }
  const get = (name: string): CompiledState | undefined => {
    const known = states.get(name);
    if (known || !Object.hasOwn(definitions, name)) return known;
    const found: Diagnostic[] = [];
    const compiled = compile(name, definitions[name]!, found);
    if (found.length > 0) throw new DefinitionError(found);
    return compiled;
  };
  return { startAt, states: { get, values: () => Object.keys(definitions).map((name) => get(name)!) } };
}

function compileState(
  name: string,
  state: State,
  path: string,
  machineLanguage: QueryLanguage,
  branches: readonly CompiledMachine[],
  diagnostics: Diagnostic[],
): CompiledState {
  const language = state.QueryLanguage ?? machineLanguage;
  const compileFields = language === 'JSONata' ? compileJsonataState : compileJsonPathState;
  const compiled: Changeable<CompiledState> = {
    ...compileFields(state, { path, diagnostics }),
    name,
    type: state.Type,
    language,
    branches,
    retriers: 'Retry' in state ? (state.Retry ?? []) : [],
  };
  // Spreading what may be there takes as long as all else.
  if ('Next' in state && state.Next !== undefined) compiled.next = state.Next;
  if (state.Type === 'Choice' && state.Default !== undefined) compiled.fallback = state.Default;
  if (state.Type === 'Task') compiled.resource = parseResource(state.Resource)!;
  return compiled;
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

/** The state of that name, wherever it is: names are unique in the whole machine. */
export function findState(machine: CompiledMachine, name: string): CompiledState | undefined {
  const found = machine.states.get(name);
  if (found) return found;
  for (const state of machine.states.values()) {
    for (const branch of state.branches) {
      const inner = findState(branch, name);
      if (inner) return inner;
    }
  }
  return undefined;
}
