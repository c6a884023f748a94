/** What CreateStateMachine refuses a definition for, as far as its shape and its paths tell: the machine, and those inside its states. */
import type { Diagnostic } from './errors';
import {
  anything,
  at,
  type Fields,
  isObject,
  literalInteger,
  type Members,
  members,
  object,
  oneOf,
  type Place,
  report,
  required,
  string,
} from './validation/checks';
import { validateGraph } from './validation/graph';
import { processorConfig } from './validation/map';
import type { MachineType } from './validation/resource';
import { languageOf, validateState, type Whole } from './validation/state';

/** AWS: 80 characters. */
const NAME_LIMIT = 80;
/** Parallel and Map states in each other. */
const DEPTH_LIMIT = 100;

const SCOPE: Fields = { Comment: { check: string }, StartAt: { check: string }, States: { check: object } };
const MACHINE: Fields = {
  ...SCOPE,
  QueryLanguage: { check: anything },
  TimeoutSeconds: { check: literalInteger(0) },
  Version: { check: oneOf('1.0') },
};
const PROCESSOR: Fields = { ...SCOPE, ProcessorConfig: { check: anything } };

interface Walk extends Whole {
  readonly names: Set<string>;
  /** The machines, outer before inner. */
  readonly scopes: { readonly machine: Members; readonly path: string }[];
}

/** Any JSON may be given: it has the shape of a state machine when nothing comes back. */
export function validate(definition: unknown, machineType: MachineType = 'STANDARD'): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const top: Place = { path: '', language: 'JSONPath', diagnostics, isLanguageRefused: false };
  if (!isObject(definition)) {
    report(top, 'Expected value of type Object');
    return diagnostics;
  }
  const language = 'QueryLanguage' in definition ? languageOf(definition.QueryLanguage, top) : 'JSONPath';
  const walk: Walk = { machineType, language, labels: new Set(), names: new Set(), scopes: [] };
  validateScope(definition, { ...top, language }, MACHINE, walk, 0);
  for (const { machine, path } of walk.scopes) validateGraph(machine, path, diagnostics, machine === definition);
  return diagnostics;
}

function validateScope(machine: unknown, place: Place, fields: Fields, walk: Walk, depth: number): void {
  if (!isObject(machine)) {
    report(place, 'Expected value of type Object');
    return;
  }
  if (depth > DEPTH_LIMIT) {
    place.diagnostics.push({
      code: 'TOO_DEEPLY_NESTED',
      message: `States are nested more than ${DEPTH_LIMIT} levels deep`,
      location: place.path,
    });
    return;
  }
  required(machine, ['StartAt', 'States'], place);
  members(machine, fields, place);
  const { States } = machine;
  if (!isObject(States)) return;
  if (Object.keys(States).length === 0) report(place, 'Value cannot be empty', 'States');
  walk.scopes.push({ machine, path: place.path });
  const states = at(place, 'States');
  for (const name in States) {
    const state = States[name];
    const inner = at(states, name);
    validateName(name, inner, walk.names);
    validateState(state, inner, walk);
    if (isObject(state)) validateInner(state, inner, walk, depth);
  }
}

function validateName(name: string, place: Place, names: Set<string>): void {
  const refuse = (code: string, message: string) => place.diagnostics.push({ code, message, location: place.path });
  if (name === '') refuse('INVALID_STATE_NAME', "Invalid State name: ''");
  if (name.length > NAME_LIMIT) {
    refuse(
      'INVALID_STATE_NAME',
      `Invalid State name: '${name}' exceeds the ${NAME_LIMIT}-character limit allowed by the service`,
    );
  }
  if (names.has(name)) refuse('DUPLICATE_STATE_NAME', `Duplicate State name: ${name}`);
  names.add(name);
}

/** They speak the language of the whole machine, whatever that of the state around them is. */
function validateInner(state: Members, place: Place, walk: Walk, depth: number): void {
  if (state.Type === 'Parallel' && 'Branches' in state) {
    const { Branches } = state;
    if (!Array.isArray(Branches)) report(place, 'Expected value of type Array', 'Branches');
    else if (Branches.length === 0) report(place, 'Value cannot be empty', 'Branches');
    else {
      Branches.forEach((branch, index) => {
        validateScope(branch, at(place, `Branches[${index}]`), SCOPE, walk, depth + 1);
      });
    }
  }
  if (state.Type !== 'Map') return;
  for (const field of ['ItemProcessor', 'Iterator']) {
    if (!(field in state)) continue;
    const processor = state[field];
    const inner = at(place, field);
    const config = isObject(processor) ? processor.ProcessorConfig : undefined;
    const isDistributed = isObject(config) && config.Mode === 'DISTRIBUTED';
    // The children are executions of their own, and what an Express one may not do holds for them.
    const machineType = isDistributed && config.ExecutionType === 'EXPRESS' ? 'EXPRESS' : walk.machineType;
    validateScope(processor, inner, PROCESSOR, { ...walk, machineType }, depth + 1);
    if (config !== undefined) processorConfig(config, inner);
    if (walk.machineType === 'EXPRESS' && isDistributed) {
      report(
        inner,
        "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
        'ProcessorConfig/Mode',
      );
    }
  }
}
