/** What CreateStateMachine refuses a definition for, as far as its shape alone tells. */
import type { QueryLanguage, State, StateMachine, StateType, SubMachine } from '../../asl/types';
import { catches, innerMachines, reachable, transitions } from '../../asl/walk';
import type { Diagnostic } from './errors';
import { parseResource } from './resource';

/** AWS: 80 characters. */
const STATE_NAME_LIMIT = 80;

const COMMON = ['Type', 'Comment', 'QueryLanguage'];
const TRANSITION = ['Next', 'End'];
const JSON_PATH_IO = ['InputPath', 'OutputPath'];
const JSON_PATH_RESULT = ['ResultPath', 'ResultSelector', 'Parameters'];
const JSONATA_OUTPUT = ['Output'];
const FAILABLE = ['Retry', 'Catch'];

interface Shape {
  readonly any: readonly string[];
  readonly JSONPath: readonly string[];
  readonly JSONata: readonly string[];
  readonly required?: readonly string[];
}

/** The fields of each state type, by the query language that they belong to. */
const SHAPES: Readonly<Record<StateType, Shape>> = {
  Task: {
    any: [...TRANSITION, ...FAILABLE, 'Assign', 'Resource', 'TimeoutSeconds', 'HeartbeatSeconds', 'Credentials'],
    JSONPath: [...JSON_PATH_IO, ...JSON_PATH_RESULT, 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
    JSONata: [...JSONATA_OUTPUT, 'Arguments'],
    required: ['Resource'],
  },
  Pass: {
    any: [...TRANSITION, 'Assign'],
    JSONPath: [...JSON_PATH_IO, 'ResultPath', 'Parameters', 'Result'],
    JSONata: JSONATA_OUTPUT,
  },
  Choice: {
    any: ['Choices', 'Default', 'Assign'],
    JSONPath: JSON_PATH_IO,
    JSONata: JSONATA_OUTPUT,
    required: ['Choices'],
  },
  Wait: {
    any: [...TRANSITION, 'Assign', 'Seconds', 'Timestamp'],
    JSONPath: [...JSON_PATH_IO, 'SecondsPath', 'TimestampPath'],
    JSONata: JSONATA_OUTPUT,
  },
  Succeed: { any: [], JSONPath: JSON_PATH_IO, JSONata: JSONATA_OUTPUT },
  Fail: { any: ['Error', 'Cause'], JSONPath: ['ErrorPath', 'CausePath'], JSONata: [] },
  Parallel: {
    any: [...TRANSITION, ...FAILABLE, 'Assign', 'Branches'],
    JSONPath: [...JSON_PATH_IO, ...JSON_PATH_RESULT],
    JSONata: [...JSONATA_OUTPUT, 'Arguments'],
    required: ['Branches'],
  },
  Map: {
    any: [
      ...TRANSITION,
      ...FAILABLE,
      'Assign',
      'ItemProcessor',
      'Iterator',
      'ItemSelector',
      'ItemReader',
      'ItemBatcher',
      'ResultWriter',
      'MaxConcurrency',
      'ToleratedFailureCount',
      'ToleratedFailurePercentage',
      'Label',
    ],
    JSONPath: [
      ...JSON_PATH_IO,
      ...JSON_PATH_RESULT,
      'ItemsPath',
      'MaxConcurrencyPath',
      'ToleratedFailureCountPath',
      'ToleratedFailurePercentagePath',
    ],
    JSONata: [...JSONATA_OUTPUT, 'Items'],
  },
};

export function validate(definition: StateMachine): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const language = definition.QueryLanguage ?? 'JSONPath';
  if (definition.QueryLanguage !== undefined && !isLanguage(definition.QueryLanguage)) {
    diagnostics.push(schema('Value should be one of the following: [JSONPath, JSONata]', '/QueryLanguage'));
  }
  validateScope(definition, '', language, diagnostics, new Set());
  return diagnostics;
}

function validateScope(
  machine: SubMachine,
  path: string,
  language: QueryLanguage,
  diagnostics: Diagnostic[],
  names: Set<string>,
): void {
  const states = machine?.States;
  if (!isObject(states) || Object.keys(states).length === 0) {
    diagnostics.push(schema('These fields are required: [States]', path || '/'));
    return;
  }
  if (typeof machine.StartAt !== 'string') {
    diagnostics.push(schema('These fields are required: [StartAt]', path || '/'));
    return;
  }
  const add = (code: string, message: string, location: string) => diagnostics.push({ code, message, location });
  if (!(machine.StartAt in states)) {
    add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${machine.StartAt}`, `${path}/StartAt`);
  }

  const sound = Object.entries(states).filter(([name, state]) =>
    validateState(name, state, `${path}/States/${name}`, language, diagnostics, names),
  );
  const known = Object.fromEntries(sound);
  for (const [name, state] of sound) {
    for (const { field, state: target } of [...transitions(state), ...catches(state)]) {
      if (target in states) continue;
      const location = `${path}/States/${name}/${field.replace('.', '/')}`;
      add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${target}`, location);
    }
    for (const { machine: inner, field } of innerMachines(state)) {
      validateScope(inner, `${path}/States/${name}/${field}`, language, diagnostics, names);
    }
  }
  if (sound.length < Object.keys(states).length || !(machine.StartAt in known)) return;
  const found = reachable(known, machine.StartAt, (state) => [...transitions(state), ...catches(state)]);
  for (const name of Object.keys(known)) {
    if (found.has(name)) continue;
    add('MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, `${path}/States/${name}`);
  }
  if (![...found].some((name) => isTerminal(known[name]!))) {
    add('MISSING_END_STATE', 'No terminal state found in machine', `${path}/States`);
  }
}

const isTerminal = (state: State): boolean =>
  state.Type === 'Succeed' || state.Type === 'Fail' || ('End' in state && state.End === true);

/** False when the state's type or fields are so wrong that nothing more can be said of it. */
function validateState(
  name: string,
  state: State,
  path: string,
  machineLanguage: QueryLanguage,
  diagnostics: Diagnostic[],
  names: Set<string>,
): boolean {
  const add = (message: string, location = path) => diagnostics.push(schema(message, location));
  if (names.has(name)) add(`Duplicate state name: ${name}`);
  names.add(name);
  if (name.length > STATE_NAME_LIMIT) add(`State name is longer than ${STATE_NAME_LIMIT} characters`);

  const shape = isObject(state) ? SHAPES[state.Type] : undefined;
  if (!shape) {
    add(`Value should be one of the following: [${Object.keys(SHAPES).join(', ')}]`, `${path}/Type`);
    return false;
  }
  const language = state.QueryLanguage ?? machineLanguage;
  if (!isLanguage(language)) {
    add('Value should be one of the following: [JSONPath, JSONata]', `${path}/QueryLanguage`);
    return false;
  }
  if (machineLanguage === 'JSONata' && language === 'JSONPath') {
    add("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
    return false;
  }
  const other = language === 'JSONata' ? 'JSONPath' : 'JSONata';
  let sound = true;
  for (const field of Object.keys(state)) {
    if (COMMON.includes(field) || shape.any.includes(field) || shape[language].includes(field)) continue;
    if (shape[other].includes(field)) {
      add(
        `The QueryLanguage is set to '${language}', but field '${field}' is only supported for the '${other}' QueryLanguage`,
      );
    } else {
      add(`Field is not supported`, `${path}/${field}`);
    }
  }
  const missing = (shape.required ?? []).filter((field) => !(field in state));
  if (state.Type === 'Map' && !state.ItemProcessor && !state.Iterator) missing.push('ItemProcessor');
  if (missing.length > 0) {
    add(`These fields are required: [${missing.join(', ')}]`);
    sound = false;
  }
  if (shape.any.includes('Next')) {
    const { Next, End } = state as { Next?: string; End?: boolean };
    if (Next === undefined && End !== true) add('These fields are required: [Next or End]');
    if (Next !== undefined && End === true) add('Only one of [Next, End] can be set');
  }
  if (state.Type === 'Task' && typeof state.Resource === 'string') {
    const resource = parseResource(state.Resource);
    // CloudFormation substitutes names before the definition gets here, so an ARN is complete.
    if (!resource) {
      add('Value is not a valid resource ARN', `${path}/Resource`);
      sound = false;
    }
  }
  if (state.Type === 'Choice' && Array.isArray(state.Choices) && state.Choices.length === 0) {
    add('Array must have at least 1 element', `${path}/Choices`);
  }
  if (state.Type === 'Wait') {
    const given = ['Seconds', 'Timestamp', 'SecondsPath', 'TimestampPath'].filter((field) => field in state);
    if (given.length !== 1) add(`Exactly one of [Seconds, Timestamp, SecondsPath, TimestampPath] must be set`);
  }
  if ('Retry' in state || 'Catch' in state) validateHandlers(state, path, add);
  return sound;
}

function validateHandlers(state: State, path: string, add: (message: string, location?: string) => void): void {
  for (const field of ['Retry', 'Catch'] as const) {
    const handlers = (state as { Retry?: readonly object[]; Catch?: readonly object[] })[field] ?? [];
    handlers.forEach((handler, index) => {
      const location = `${path}/${field}[${index}]`;
      const { ErrorEquals: errors } = handler as { ErrorEquals?: readonly string[] };
      if (!Array.isArray(errors) || errors.length === 0) {
        add('These fields are required: [ErrorEquals]', location);
        return;
      }
      if (!errors.includes('States.ALL')) return;
      if (errors.length > 1) add("'States.ALL' must appear alone in 'ErrorEquals'", `${location}/ErrorEquals`);
      if (index < handlers.length - 1) add("'States.ALL' must be in the last handler", `${location}/ErrorEquals`);
    });
  }
}

const isLanguage = (value: unknown): value is QueryLanguage => value === 'JSONata' || value === 'JSONPath';
const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object';
const schema = (message: string, location: string): Diagnostic => ({
  code: 'SCHEMA_VALIDATION_FAILED',
  message,
  location,
});
