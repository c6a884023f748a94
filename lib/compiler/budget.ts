/** Of a pipeline with a budget: what its own log does not say, so that what it costs can be reckoned from that. */

import type { State, StateMachine, SubMachine } from '../asl/types';
import { scopes } from '../asl/walk';
import type { FunctionSpec } from './types';

export interface BudgetPlan {
  /** US dollars */
  readonly monthly: number;
  /** by the id of a function: state transitions that go with each of its invocations, about */
  readonly transitions: Readonly<Record<string, number>>;
}

export function budgetPlan(
  monthly: number,
  definition: StateMachine,
  functions: readonly Pick<FunctionSpec, 'id'>[],
): BudgetPlan {
  const shares = new Map<string, number[]>();
  for (const machine of passes(definition)) {
    const states = statesOf(machine);
    const invoked = states.flatMap((state) => functionIn(state) ?? []);
    for (const id of invoked) shares.set(id, [...(shares.get(id) ?? []), states.length / invoked.length]);
  }
  return {
    monthly,
    transitions: Object.fromEntries(
      functions.flatMap(({ id }) => {
        const all = shares.get(id) ?? [];
        if (all.length === 0) return [];
        const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
        return [[id, Math.round(mean * 100) / 100]];
      }),
    ),
  };
}

/** What is gone through once in a run, and what is for each item of a Map: most of their states are entered each time. */
const passes = (definition: StateMachine): SubMachine[] => [
  definition,
  ...scopes(definition).flatMap(({ machine, path }) => (/\/(ItemProcessor|Iterator)$/.test(path) ? [machine] : [])),
];

/** Those of branches as well; those of a Map's items are gone through on their own. */
function statesOf(machine: SubMachine): State[] {
  return Object.values(machine.States).flatMap((state) =>
    state.Type === 'Parallel' ? [state, ...(state.Branches ?? []).flatMap(statesOf)] : [state],
  );
}

function functionIn(state: State): string | undefined {
  if (state.Type !== 'Task') return undefined;
  const { FunctionName } = (state.Arguments ?? {}) as { FunctionName?: unknown };
  return /^\$\{(\w+)FunctionArn\}$/.exec(String(FunctionName))?.[1];
}
