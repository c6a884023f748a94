/** Where the states of a machine lead: to states that there are, from the first one to all, and to an end. */
import type { Diagnostic } from '../errors';
import { isObject, type Members } from './checks';

/** `isWhole`: of a machine inside a state AWS does not ask for an end. */
export function validateGraph(machine: Members, path: string, diagnostics: Diagnostic[], isWhole: boolean): void {
  const { StartAt, States } = machine;
  if (!isObject(States)) return;
  const add = (code: string, message: string, location?: string) =>
    diagnostics.push({ code, message, ...(location !== undefined && { location }) });
  let ends = false;
  let isComplete = true;
  const check = (target: string) => {
    isComplete &&= Object.hasOwn(States, target);
  };
  for (const name in States) {
    eachTarget(States[name], check);
    ends ||= isTerminal(States[name]);
  }
  if (typeof StartAt === 'string' && !Object.hasOwn(States, StartAt)) {
    add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${StartAt}`, `${path}/StartAt`);
  }
  if (!isComplete) {
    for (const name in States) {
      for (const { field, target } of fieldsOf(States[name])) {
        if (Object.hasOwn(States, target)) continue;
        add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${target}`, `${path}/States/${name}/${field}`);
      }
    }
  }
  if (isWhole && !ends) {
    add('MISSING_END_STATE', 'Workflow has no terminal state');
    return;
  }
  if (typeof StartAt !== 'string') return;
  const reached = new Set([StartAt]);
  const waiting = [StartAt];
  const reach = (target: string) => {
    if (reached.has(target)) return;
    reached.add(target);
    waiting.push(target);
  };
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (Object.hasOwn(States, name)) eachTarget(States[name], reach);
  }
  for (const name in States) {
    if (reached.has(name)) continue;
    add('MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, `${path}/States/${name}`);
  }
}

/** AWS does not count the `End` of a state that has no type at all. */
const isTerminal = (state: unknown): boolean =>
  isObject(state) && 'Type' in state && (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail');

/** Where it leads. */
function eachTarget(state: unknown, visit: (target: string) => void): void {
  if (!isObject(state)) return;
  if (typeof state.Next === 'string') visit(state.Next);
  if (typeof state.Default === 'string') visit(state.Default);
  if ('Choices' in state) eachNext(state.Choices, visit);
  if ('Catch' in state) eachNext(state.Catch, visit);
}

function eachNext(list: unknown, visit: (target: string) => void): void {
  if (!Array.isArray(list)) return;
  for (const item of list) if (isObject(item) && typeof item.Next === 'string') visit(item.Next);
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
