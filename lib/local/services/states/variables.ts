/** Which variables each state of a definition refers to, as DescribeStateMachine tells it. */
import type { State, StateMachine, SubMachine } from '../../../asl/types';
import { innerMachines } from '../../../asl/walk';

/** `$name`, but neither `$states`, nor `$` and `$$` with a path, nor a function's call. */
const REFERENCE = /(?<![\w$.])\$([A-Za-z_][\w]*)(?![\w]*\s*\()/g;

export function variableReferences(definition: string): Record<string, string[]> {
  const machine = JSON.parse(definition) as StateMachine;
  const references: Record<string, string[]> = {};
  visit(machine, machine.QueryLanguage ?? 'JSONPath', references);
  return references;
}

function visit(machine: SubMachine, machineLanguage: string, references: Record<string, string[]>): void {
  for (const [name, state] of Object.entries(machine.States)) {
    const found = new Set<string>();
    collect(ownFields(state), (state.QueryLanguage ?? machineLanguage) === 'JSONata', found);
    if (found.size > 0) references[name] = [...found];
    for (const inner of innerMachines(state)) visit(inner.machine, machineLanguage, references);
  }
}

const ownFields = ({ ...fields }: State & { Branches?: unknown; ItemProcessor?: unknown; Iterator?: unknown }) => {
  const { Branches: _, ItemProcessor: __, Iterator: ___, ...own } = fields;
  return own;
};

function collect(value: unknown, isJsonata: boolean, found: Set<string>, key = ''): void {
  if (Array.isArray(value)) for (const item of value) collect(item, isJsonata, found, key);
  else if (value !== null && typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) collect(member, isJsonata, found, name);
  } else if (typeof value === 'string' && isExpression(value, isJsonata, key)) {
    for (const [, name] of withoutTexts(value).matchAll(REFERENCE)) if (name !== 'states') found.add(name!);
  }
}

const isExpression = (value: string, isJsonata: boolean, key: string): boolean =>
  isJsonata ? value.startsWith('{%') : key.endsWith('.$') || /^(Variable|.*Path)$/.test(key);

/** Text within quotes is no reference. */
const withoutTexts = (expression: string): string => expression.replace(/'[^']*'|"[^"]*"/g, '""');
