/** Ways through a definition that the lint, the interpreter's validation and the console share. */
import type { MapState, State, StateMachine, States, SubMachine } from './types';

export interface Scope {
  readonly machine: SubMachine;
  /** JSON pointer of the object that holds `States`, e.g. `` or `/States/Extract/Branches[0]`. */
  readonly path: string;
  /** The Parallel or Map state around it. */
  readonly parent?: string;
}

/** The machine itself, then every branch and item processor in it, outer before inner. */
export function scopes(machine: StateMachine | SubMachine, path = '', parent?: string): Scope[] {
  const found: Scope[] = [{ machine, path, ...(parent === undefined ? {} : { parent }) }];
  for (const [name, state] of Object.entries(machine.States ?? {})) {
    for (const { machine: inner, field } of innerMachines(state)) {
      found.push(...scopes(inner, `${path}/States/${name}/${field}`, name));
    }
  }
  return found;
}

/** The machines in a Parallel or Map state, each with the field it stands in. */
export function innerMachines(state: State): { machine: SubMachine; field: string }[] {
  if (state.Type === 'Parallel') {
    return (state.Branches ?? []).map((machine, index) => ({ machine, field: `Branches[${index}]` }));
  }
  if (state.Type === 'Map') {
    const processor = itemProcessor(state);
    return processor ? [{ machine: processor, field: state.ItemProcessor ? 'ItemProcessor' : 'Iterator' }] : [];
  }
  return [];
}

export const itemProcessor = (state: MapState) => state.ItemProcessor ?? state.Iterator;

export interface Target {
  /** e.g. `Next`, `Default`, `Choices[1].Next`, `Catch[0].Next` */
  readonly field: string;
  readonly state: string;
}

/** Where a state can lead when nothing fails. */
export function transitions(state: State): Target[] {
  if (state.Type === 'Choice') {
    const rules = (state.Choices ?? []).map((rule, index) => ({ field: `Choices[${index}].Next`, state: rule.Next }));
    return state.Default === undefined ? rules : [...rules, { field: 'Default', state: state.Default }];
  }
  return 'Next' in state && state.Next !== undefined ? [{ field: 'Next', state: state.Next }] : [];
}

/** Where a state can lead when it fails. */
export function catches(state: State): Target[] {
  if (!('Catch' in state)) return [];
  return (state.Catch ?? []).map((catcher, index) => ({ field: `Catch[${index}].Next`, state: catcher.Next }));
}

/** The names reachable from `start` by `edges`, itself included when it exists. */
export function reachable(states: States, start: string, edges: (state: State) => Target[]): Set<string> {
  const seen = new Set<string>();
  const waiting = [start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const state = states[name];
    if (!state || seen.has(name)) continue;
    seen.add(name);
    waiting.push(...edges(state).map((target) => target.state));
  }
  return seen;
}
