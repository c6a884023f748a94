/** Where the states of a machine lead: to states that there are, from the first one to all, and to an end. */
import type { Diagnostic } from '../errors';
import { isObject, type Members } from './checks';

/** `isWhole`: of a machine inside a state AWS does not ask for an end. */
export function validateGraph(machine: Members, path: string, diagnostics: Diagnostic[], isWhole: boolean): void {
  const { StartAt, States } = machine;
  if (!isObject(States)) return;
  const add = (code: string, message: string, location?: string) =>
    diagnostics.push({ code, message, ...(location !== undefined && { location }) });
  const targets = new Map<string, readonly string[]>();
  let ends = false;
  for (const name in States) {
    targets.set(name, targetsOf(States[name]));
    ends ||= isTerminal(States[name]);
  }
  if (typeof StartAt === 'string' && !targets.has(StartAt)) {
    add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${StartAt}`, `${path}/StartAt`);
  }
  for (const [name, found] of targets) {
    if (found.every((target) => targets.has(target))) continue;
    for (const { field, target } of fieldsOf(States[name])) {
      if (targets.has(target)) continue;
      add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${target}`, `${path}/States/${name}/${field}`);
    }
  }
  if (isWhole && !ends) {
    add('MISSING_END_STATE', 'Workflow has no terminal state');
    return;
  }
  if (typeof StartAt !== 'string') return;
  const reached = new Set<string>();
  const waiting = [StartAt];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const target of targets.get(name) ?? []) if (!reached.has(target)) waiting.push(target);
  }
  for (const name of targets.keys()) {
    if (reached.has(name)) continue;
    add('MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, `${path}/States/${name}`);
  }
}

/** AWS does not count the `End` of a state that has no type at all. */
const isTerminal = (state: unknown): boolean =>
  isObject(state) && 'Type' in state && (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail');

/** Where it leads. */
function targetsOf(state: unknown): string[] {
  const found: string[] = [];
  if (!isObject(state)) return found;
  if (typeof state.Next === 'string') found.push(state.Next);
  if (typeof state.Default === 'string') found.push(state.Default);
  for (const field of LISTS) {
    const list = state[field];
    if (!Array.isArray(list)) continue;
    for (const item of list) if (isObject(item) && typeof item.Next === 'string') found.push(item.Next);
  }
  return found;
}

const LISTS = ['Choices', 'Catch'] as const;

/** The same with the field that says so, e.g. `Choices[1]/Next`: wanted for those that lead nowhere only. */
function fieldsOf(state: unknown): { readonly field: string; readonly target: string }[] {
  if (!isObject(state)) return [];
  const lists = LISTS.flatMap((field) => {
    const list = state[field];
    return Array.isArray(list)
      ? list.map((item, index) => ({
          field: `${field}[${index}]/Next`,
          target: isObject(item) ? item.Next : undefined,
        }))
      : [];
  });
  return [{ field: 'Next', target: state.Next }, { field: 'Default', target: state.Default }, ...lists].filter(
    (one): one is { field: string; target: string } => typeof one.target === 'string',
  );
}
