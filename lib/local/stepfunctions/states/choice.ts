import { runtimeError } from '../errors';
import type { Frame } from '../frame';
import type { Work } from '../run';

/** Goes where the first rule that holds says. */
export async function runChoice({ state, environment }: Frame): Promise<Work> {
  for (const { condition, next, outcome } of state.rules ?? []) {
    const evaluated = condition(environment);
    const holds = evaluated instanceof Promise ? await evaluated : evaluated;
    if (holds) return { next, outcome: await outcome(environment) };
  }
  if (state.fallback === undefined) {
    throw runtimeError('Failed to transition out of the state. The state does not point to a next state.');
  }
  return { next: state.fallback };
}
