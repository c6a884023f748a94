/**
 * The rules that a pipeline's state machine keeps beyond what Step Functions itself demands, checked at synth.
 * All of them can be decided from the definition alone.
 *
 *     lint(definition).map(describeFinding)
 *     // ["Extract: no Retry (rule task-retry). Add Retry, ..."]
 */
import { rules } from './rules';
import type { QueryLanguage, State, StateMachine, States } from './types';
import { scopes } from './walk';

export interface Finding {
  /** The state's name; `(state machine)` for the machine itself. */
  readonly state: string;
  /** JSON pointer of what is wrong, e.g. `/States/Load/Catch[0].Next`. */
  readonly path: string;
  /** What stands there. */
  readonly value: unknown;
  readonly rule: string;
  readonly problem: string;
  readonly remedy: string;
}

/** What a rule is told of the state it looks at. */
export interface Place {
  readonly name: string;
  readonly state: State;
  readonly path: string;
  /** The states beside it. */
  readonly states: States;
  readonly startAt: string;
  readonly language: QueryLanguage;
}

export type Problem = Pick<Finding, 'value' | 'problem' | 'remedy'> & { readonly field?: string };

export function lint(definition: StateMachine): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { machine, path, parent } of scopes(definition)) {
    const states = machine.States ?? {};
    if (!(machine.StartAt in states)) {
      findings.push({
        state: parent ?? '(state machine)',
        path: `${path}/StartAt`,
        value: machine.StartAt,
        rule: 'start-at-exists',
        problem: `StartAt names a state that is not there: ${JSON.stringify(machine.StartAt)}`,
        remedy: `Name one of ${Object.keys(states).join(', ')}`,
      });
    }
    for (const [name, state] of Object.entries(states)) {
      const place: Place = {
        name,
        state,
        path: `${path}/States/${name}`,
        states,
        startAt: machine.StartAt,
        language: state.QueryLanguage ?? definition.QueryLanguage ?? 'JSONPath',
      };
      if (seen.has(name)) {
        findings.push({
          state: name,
          path: place.path,
          value: name,
          rule: 'unique-name',
          problem: 'Another state has the same name; names are unique in the whole machine, inner ones included',
          remedy: 'Give this state another name',
        });
      }
      seen.add(name);
      for (const [rule, check] of Object.entries(rules)) {
        for (const { field, value, problem, remedy } of check(place)) {
          const where = field === undefined ? place.path : `${place.path}/${field}`;
          findings.push({ state: name, path: where, value, rule, problem, remedy });
        }
      }
    }
  }
  return findings;
}

export const describeFinding = ({ state, problem, rule, remedy, path }: Finding): string =>
  `${state}: ${problem} (rule ${rule}, at ${path}). ${remedy}.`;
