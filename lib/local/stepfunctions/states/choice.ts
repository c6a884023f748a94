import type { MaybePromise } from '../environment';
import { runtimeError } from '../errors';
import type { Frame } from '../frame';
import type { CompiledRule } from '../machine';
import type { Work } from '../run';

/** Goes where the first rule that holds says. */
export const runChoice = (frame: Frame): MaybePromise<Work> => tryRules(frame, 0);

/** From the rule `start` on; without a promise as long as none is met. */
function tryRules(frame: Frame, start: number): MaybePromise<Work> {
  const { state, environment } = frame;
  const rules = state.rules ?? [];
  for (let index = start; index < rules.length; index++) {
    const rule = rules[index]!;
    const holds = rule.condition(environment);
    if (holds instanceof Promise) {
      return holds.then((found) => (found ? follow(frame, rule) : tryRules(frame, index + 1)));
    }
    if (holds) return follow(frame, rule);
  }
  if (state.fallback === undefined) {
    throw runtimeError('Failed to transition out of the state. The state does not point to a next state.');
  }
  return { next: state.fallback };
}

function follow({ environment }: Frame, { next, outcome }: CompiledRule): MaybePromise<Work> {
  const handed = outcome(environment);
  return handed instanceof Promise ? handed.then((found) => ({ next, outcome: found })) : { next, outcome: handed };
}
