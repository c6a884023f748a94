/** What AWS asks of variables: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html */
import type { State, StateMachine, SubMachine } from '../../asl/types';
import { innerMachines } from '../../asl/walk';
import type { Variables } from './environment';
import type { Diagnostic } from './errors';
import { stringifyJson } from './numbers';

/** Of one variable, and of all that a state assigns. */
const ASSIGN_LIMIT_BYTES = 256 * 1024;
const ALL_LIMIT_BYTES = 10 * 1024 * 1024;

/** Whether what is assigned, as JSON texts, or all variables together are more than AWS keeps. */
export function exceedsVariables(assigned: Readonly<Record<string, string>>, all: Variables): boolean {
  if (bytes(Object.values(assigned)) > ASSIGN_LIMIT_BYTES) return true;
  const values = Object.values(all);
  // None is larger than the other limit, so a few need no counting.
  if (values.length * ASSIGN_LIMIT_BYTES <= ALL_LIMIT_BYTES) return false;
  return bytes(values.map(stringifyJson)) > ALL_LIMIT_BYTES;
}

const bytes = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/**
 * No variable has the name of one of an outer scope. The states of a machine have one scope, those of a branch or of an iteration
 * their own.
 */
export function checkVariables(definition: StateMachine): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  checkScope(definition, '', new Set(), diagnostics);
  return diagnostics;
}

function checkScope(machine: SubMachine, path: string, outer: ReadonlySet<string>, diagnostics: Diagnostic[]): void {
  const names = new Set(outer);
  for (const stateName in machine.States) {
    for (const { variable, location } of assignments(machine.States[stateName]!, path, stateName)) {
      names.add(variable);
      if (!outer.has(variable)) continue;
      const message = `The variable name '${variable}' was already defined in a parent scope.`;
      diagnostics.push({ code: 'DUPLICATE_VARIABLE_NAME', message, location });
    }
  }
  for (const stateName in machine.States) {
    const state = machine.States[stateName]!;
    if (state.Type !== 'Parallel' && state.Type !== 'Map') continue;
    for (const { machine: inner, field } of innerMachines(state)) {
      checkScope(inner, `${path}/States/${stateName}/${field}`, isDistributed(state) ? new Set() : names, diagnostics);
    }
  }
}

/** Its children are executions of their own, which see no variables of their parent. */
const isDistributed = (state: State): boolean =>
  state.Type === 'Map' && (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === 'DISTRIBUTED';

interface Assignment {
  readonly variable: string;
  readonly location: string;
}

interface Assigning {
  readonly Assign?: Readonly<Record<string, unknown>>;
}

const NONE: readonly Assignment[] = [];
const LISTS = ['Choices', 'Catch'] as const;

function assignments(state: State, path: string, name: string): readonly Assignment[] {
  const holder = state as Assigning & { readonly [K in (typeof LISTS)[number]]?: readonly Assigning[] };
  // Of most states there is nothing to tell.
  if (holder.Assign === undefined && !assigns(holder.Choices) && !assigns(holder.Catch)) return NONE;
  const location = `${path}/States/${name}`;
  const found: Assignment[] = [];
  addAssignments(found, holder, location);
  for (const list of LISTS) {
    holder[list]?.forEach((one, index) => {
      addAssignments(found, one, `${location}/${list}[${index}]`);
    });
  }
  return found;
}

function assigns(list: readonly Assigning[] | undefined): boolean {
  if (list === undefined) return false;
  for (const { Assign } of list) if (Assign !== undefined) return true;
  return false;
}

function addAssignments(found: Assignment[], { Assign }: Assigning, location: string): void {
  if (Assign === undefined) return;
  for (const key of Object.keys(Assign)) {
    // The key of a JSONPath payload template.
    found.push({ variable: key.replace(/\.\$$/, ''), location: `${location}/Assign/${key}` });
  }
}
