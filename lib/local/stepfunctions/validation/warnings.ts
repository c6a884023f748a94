/** What is allowed and yet hardly meant: only ValidateStateMachineDefinition tells of it. */
import type { Diagnostic } from '../errors';
import { isObject, type Members } from './checks';

const isPath = (value: unknown): value is string => typeof value === 'string' && /^\$\$?[.[]/.test(value);
const isDynamic = (value: unknown): value is string =>
  isPath(value) || (typeof value === 'string' && /^States\.[A-Za-z0-9]+\(.*\)$/s.test(value));

const TEMPLATES = ['Parameters', 'ResultSelector', 'ItemSelector', 'Assign', 'Credentials'];
/** Fields that have a form that is a path. */
const WITH_PATH =
  /^(?:Error|Cause|Timestamp|(?:String|Timestamp)(?:Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals))$/;

/** Of a definition that is valid. Of JSONPath only: an expression says what it is. */
export function warnings(definition: unknown): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (isObject(definition) && definition.QueryLanguage !== 'JSONata') scope(definition, '', found);
  return found;
}

function scope(machine: unknown, path: string, found: Diagnostic[]): void {
  if (!isObject(machine) || !isObject(machine.States)) return;
  for (const [name, state] of Object.entries(machine.States)) {
    if (!isObject(state)) continue;
    const at = `${path}/States/${name}`;
    if (state.QueryLanguage !== 'JSONata') warn(state, at, found);
    const { Branches, ItemProcessor, Iterator } = state;
    const branches: readonly unknown[] = Array.isArray(Branches) ? Branches : [];
    for (const [index, branch] of branches.entries()) scope(branch, `${at}/Branches[${index}]`, found);
    scope(ItemProcessor, `${at}/ItemProcessor`, found);
    scope(Iterator, `${at}/Iterator`, found);
  }
}

function warn(state: Members, at: string, found: Diagnostic[]): void {
  const add = (code: string, message: string, location: string) =>
    found.push({ severity: 'WARNING', code, message, location });
  for (const field of TEMPLATES) {
    walk(state[field], `${at}/${field}`, (key, value, location) => {
      if (key.endsWith('.$') || !isDynamic(value)) return;
      add(
        'NO_DOLLAR',
        `The value of '${key}' looks like a JSONPath or an intrinsic function, but '${key}' does not end in '.$'.`,
        location,
      );
    });
  }
  const { States: _, Branches: __, ItemProcessor: ___, Iterator: ____, ...own } = state;
  walk(own, at, (key, value, location) => {
    if (!WITH_PATH.test(key) || !isPath(value) || TEMPLATES.some((field) => location.startsWith(`${at}/${field}/`)))
      return;
    add('NO_PATH', `The value of '${key}' looks like a path, but '${key}' does not end in 'Path'.`, location);
  });
  if (state.Type !== 'Pass') return;
  const check = (key: string, value: unknown, location: string) => {
    if (!isDynamic(value) && !(key.endsWith('.$') && typeof value === 'string')) return;
    add(
      'PASS_RESULT_IS_STATIC',
      'The Result of a Pass state is static: what looks like a path in it is not evaluated.',
      location,
    );
  };
  check('Result', state.Result, `${at}/Result`);
  walk(state.Result, `${at}/Result`, check);
}

function walk(value: unknown, at: string, visit: (key: string, value: unknown, location: string) => void): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, `${at}[${index}]`, visit);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    visit(key, member, `${at}/${key}`);
    walk(member, `${at}/${key}`, visit);
  }
}
