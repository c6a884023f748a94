/** The one state that TestState runs: found in what it is given, and put into a state machine where nothing else happens. */
import type { State, StateMachine, States, SubMachine } from '../../../../asl/types';
import { catches, innerMachines, transitions } from '../../../../asl/walk';
import { invalidDefinition, invalidRequest } from '../errors';

export interface Tested {
  readonly name: string;
  /** As it was given. */
  readonly given: State;
  readonly state: State;
  readonly definition: StateMachine;
}

const ALONE = 'StateUnderTest';
const BEFORE = 'VariablesBefore';
/** What stands in for the work of a state whose result is given. */
const ANY_TASK = 'arn:aws:states:::aws-sdk:sts:getCallerIdentity';

const WORK = [
  'Branches',
  'ItemProcessor',
  'Iterator',
  'ItemReader',
  'ItemSelector',
  'ItemBatcher',
  'ItemsPath',
  'Items',
];
const MAP_ONLY = [
  ...WORK,
  'ResultWriter',
  'MaxConcurrency',
  'MaxConcurrencyPath',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
  'Label',
];

/** `text` is a state, or with `stateName` a state machine that has it. Throws InvalidDefinition and ValidationException. */
export function testedState(
  text: string,
  stateName: string | undefined,
  variables: Readonly<Record<string, unknown>> | undefined,
  isMocked: boolean,
): Tested {
  const given = parse(text);
  const name = stateName ?? ALONE;
  const machine = given as unknown as StateMachine;
  const found = stateName === undefined ? (given as unknown as State) : stateIn(machine, stateName);
  if (!found) throw invalidRequest(`State '${stateName}' was not found in the definition`);
  const state = isMocked ? withoutWork(found) : found;
  if (!isMocked) refuseUntestable(state);
  const targets: States = Object.fromEntries(
    [...transitions(state), ...catches(state)].map((target) => [target.state, { Type: 'Succeed' } as State]),
  );
  const hasEnd = ['Choice', 'Succeed', 'Fail'].includes(state.Type) || 'Next' in state || 'End' in state;
  const whole = (hasEnd ? state : { ...(state as object), End: true }) as State;
  const before = { Type: 'Pass', QueryLanguage: 'JSONata', Assign: variables ?? {}, Next: name } as State;
  return {
    name,
    given: found,
    state: whole,
    definition: {
      ...(stateName !== undefined && machine.QueryLanguage !== undefined && { QueryLanguage: machine.QueryLanguage }),
      StartAt: variables === undefined ? name : BEFORE,
      States: { ...targets, ...(variables === undefined ? {} : { [BEFORE]: before }), [name]: whole },
    },
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const given: unknown = JSON.parse(text);
    if (given !== null && typeof given === 'object' && !Array.isArray(given)) return given as Record<string, unknown>;
    throw new Error('The definition is no object');
  } catch (error) {
    throw invalidDefinition([{ code: 'INVALID_JSON_DESCRIPTION', message: (error as Error).message }]);
  }
}

function stateIn(machine: SubMachine, name: string): State | undefined {
  const states = machine.States ?? {};
  if (Object.hasOwn(states, name)) return states[name];
  for (const state of Object.values(states)) {
    for (const inner of innerMachines(state)) {
      const found = stateIn(inner.machine, name);
      if (found) return found;
    }
  }
  return undefined;
}

/** A state with a given result hands that on like a Task. */
function withoutWork(state: State): State {
  if (!['Task', 'Map', 'Parallel'].includes(state.Type)) return state;
  const isTask = state.Type === 'Task';
  const kept = Object.entries(state).filter(
    ([field]) => isTask || ![...MAP_ONLY, 'Parameters', 'Arguments'].includes(field),
  );
  const language = state.QueryLanguage === 'JSONata' ? 'Arguments' : 'Parameters';
  return {
    ...Object.fromEntries(kept),
    Type: 'Task',
    Resource: ANY_TASK,
    ...(isTask ? {} : { [language]: {} }),
  } as State;
}

function refuseUntestable(state: State): void {
  const needsMock = (what: string) => invalidRequest(`${what} can only be tested with a mock`);
  if (state.Type === 'Map' || state.Type === 'Parallel') throw needsMock(`A ${state.Type} state`);
  if (state.Type !== 'Task' || typeof state.Resource !== 'string') return;
  if (/:activity:/.test(state.Resource)) throw needsMock('An Activity task');
  const [, pattern] = /\.(sync|sync:2|waitForTaskToken)$/.exec(state.Resource) ?? [];
  if (pattern !== undefined) throw needsMock(`The .${pattern} service integration pattern`);
}
