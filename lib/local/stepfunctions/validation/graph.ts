/** Where the states of a machine lead: to states that there are, from the first one to all, and to an end. */
import type { Diagnostic } from '../errors';
import { isObject, type Members } from './checks';

interface Target {
  /** e.g. `Choices[1]/Next` */
  readonly field: string;
  readonly state: string;
}

/** `isWhole`: of a machine inside a state AWS does not ask for an end. */
export function validateGraph(machine: Members, path: string, diagnostics: Diagnostic[], isWhole: boolean): void {
  const { StartAt, States } = machine;
  if (!isObject(States)) return;
  const add = (code: string, message: string, location?: string) =>
    diagnostics.push({ code, message, ...(location !== undefined && { location }) });
  const known = (name: string) => Object.hasOwn(States, name);

  if (typeof StartAt === 'string' && !known(StartAt)) {
    add('MISSING_TRANSITION_TARGET', `Missing 'StartAt' target: ${StartAt}`, `${path}/StartAt`);
  }
  const targets = new Map(Object.entries(States).map(([name, state]) => [name, targetsOf(state)]));
  for (const [name, list] of targets) {
    for (const { field, state } of list) {
      if (known(state)) continue;
      add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${state}`, `${path}/States/${name}/${field}`);
    }
  }
  if (isWhole && targets.size > 0 && !Object.values(States).some(isTerminal)) {
    add('MISSING_END_STATE', 'Workflow has no terminal state');
    return;
  }
  if (typeof StartAt !== 'string' || !known(StartAt)) return;
  const reached = new Set<string>();
  const waiting = [StartAt];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const { state } of targets.get(name) ?? []) waiting.push(state);
  }
  for (const name of targets.keys()) {
    if (reached.has(name)) continue;
    add('MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, `${path}/States/${name}`);
  }
}

const isTerminal = (state: unknown): boolean =>
  isObject(state) && (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail');

function targetsOf(state: unknown): Target[] {
  const found: Target[] = [];
  if (!isObject(state)) return found;
  addTarget(found, state.Next, 'Next');
  addTarget(found, state.Default, 'Default');
  for (const field of LISTS) {
    const list = state[field];
    if (!Array.isArray(list)) continue;
    for (let index = 0; index < list.length; index++) {
      const item: unknown = list[index];
      if (isObject(item)) addTarget(found, item.Next, `${field}[${index}]/Next`);
    }
  }
  return found;
}

const LISTS = ['Choices', 'Catch'] as const;

function addTarget(found: Target[], value: unknown, field: string): void {
  if (typeof value === 'string') found.push({ field, state: value });
}
