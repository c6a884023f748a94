/** The one state that TestState runs: found in what it is given, and put into a state machine where nothing else happens. */
import type { MapState, State, StateMachine, States, SubMachine } from '../../../../asl/types';
import { catches, innerMachines, itemProcessor, transitions } from '../../../../asl/walk';
import { invalidDefinition, invalidRequest } from '../errors';

export interface Tested {
  readonly name: string;
  /** As it was given. */
  readonly given: State;
  readonly state: State;
  readonly definition: StateMachine;
  /** A mocked Map by itself: what it goes through is asked of it, and nothing is done with that. */
  readonly map?: StateMachine;
  /** The Map that it is in. */
  readonly around?: MapState;
}

const ALONE = 'StateUnderTest';
const BEFORE = 'VariablesBefore';
/** What stands in for the work of a Map or Parallel state whose result is given. */
const ANY_TASK = 'arn:aws:lambda:us-east-1:000000000000:function:StateUnderTest';
/** What stands in for the states in a Map, which are not run: the examples of AWS's documentation do not even write them out. */
const ANY_ITEM = { StartAt: 'ItemUnderTest', States: { ItemUnderTest: { Type: 'Pass', End: true } } };

const WORK = [
  'Branches',
  'ItemProcessor',
  'Iterator',
  'ItemReader',
  'ItemSelector',
  'ItemBatcher',
  'ItemsPath',
  'Items',
  'ResultWriter',
  'MaxConcurrency',
  'MaxConcurrencyPath',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
  'Label',
];

/**
 * https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html says what can be tested, with a mock and without.
 * `text` is a state, or with `stateName` a state machine that has it. Throws InvalidDefinition and ValidationException.
 */
export function testedState(
  text: string,
  stateName: string | undefined,
  variables: Readonly<Record<string, unknown>> | undefined,
  isMocked: boolean,
): Tested {
  const given = parse(text);
  const name = stateName ?? ALONE;
  const machine = given as unknown as StateMachine;
  const place = stateName === undefined ? { state: given as unknown as State } : placeOf(machine, stateName);
  if (!place) throw invalidRequest(`State '${stateName}' was not found in the definition`);
  const { state: found, around } = place;
  if (isMocked) refuseMock(found);
  else refuseUntestable(found);
  const state = isMocked ? withoutWork(found) : found;
  const targets: States = Object.fromEntries(
    [...transitions(state), ...catches(state)].map((target) => [target.state, { Type: 'Succeed' } as State]),
  );
  const hasEnd = ['Choice', 'Succeed', 'Fail'].includes(state.Type) || 'Next' in state || 'End' in state;
  const whole = (hasEnd ? state : { ...(state as object), End: true }) as State;
  const language = stateName === undefined ? undefined : machine.QueryLanguage;
  const inLanguage = language === undefined ? {} : { QueryLanguage: language };
  const before = { Type: 'Pass', QueryLanguage: 'JSONata', Assign: variables ?? {}, Next: name } as State;
  return {
    name,
    given: found,
    state: whole,
    definition: {
      ...inLanguage,
      StartAt: variables === undefined ? name : BEFORE,
      States: { ...targets, ...(variables === undefined ? {} : { [BEFORE]: before }), [name]: whole },
    },
    ...(isMocked &&
      found.Type === 'Map' && { map: { ...inLanguage, StartAt: name, States: { [name]: byItself(found) } } }),
    ...(around && { around }),
  };
}

function byItself(map: MapState): State {
  const { Next: _, Catch: __, ...kept } = map as MapState & { readonly Next?: string };
  const field = map.ItemProcessor ? 'ItemProcessor' : 'Iterator';
  const processor = { ...itemProcessor(map), ...ANY_ITEM };
  return { ...kept, [field]: processor, End: true } as State;
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

interface Found {
  readonly state: State;
  readonly around?: MapState;
}

/** The first state of that name; `around` is the nearest Map around it. */
function placeOf(machine: SubMachine, name: string, around?: MapState): Found | undefined {
  const states = machine.States ?? {};
  if (Object.hasOwn(states, name)) return { state: states[name]!, ...(around && { around }) };
  for (const state of Object.values(states)) {
    for (const inner of innerMachines(state)) {
      const found = placeOf(inner.machine, name, state.Type === 'Map' ? state : around);
      if (found) return found;
    }
  }
  return undefined;
}

/** A state with a given result hands that on like a Task that is called once. */
function withoutWork(state: State): State {
  if (state.Type === 'Task') return awaited(state) === undefined ? state : { ...state, Resource: ANY_TASK };
  const dropped = state.Type === 'Map' ? [...WORK, 'Parameters'] : WORK;
  const kept = Object.entries(state).filter(([field]) => !dropped.includes(field));
  return { ...Object.fromEntries(kept), Type: 'Task', Resource: ANY_TASK } as State;
}

/** What a Task waits for beside the answer to its call: `activity`, or the pattern of its integration. */
export function awaited(state: State): string | undefined {
  if (state.Type !== 'Task' || typeof state.Resource !== 'string') return undefined;
  return state.Resource.includes(':activity:')
    ? 'activity'
    : /\.(sync|sync:2|waitForTaskToken)$/.exec(state.Resource)?.[1];
}

function refuseUntestable(state: State): void {
  const needsMock = (what: string) => invalidRequest(`${what} can only be tested with a mock`);
  if (state.Type === 'Map' || state.Type === 'Parallel') throw needsMock(`A ${state.Type} state`);
  const pattern = awaited(state);
  if (pattern === 'activity') throw needsMock('An Activity task');
  if (pattern !== undefined) throw needsMock(`The .${pattern} service integration pattern`);
}

function refuseMock({ Type }: State): void {
  if (!['Task', 'Map', 'Parallel'].includes(Type)) {
    throw invalidRequest(`A mock can only be specified for Task, Map, or Parallel states, and this is a ${Type} state`);
  }
}
