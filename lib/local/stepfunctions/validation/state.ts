/** One state: its type, its fields, and what they say together. */
import type { QueryLanguage, StateType } from '../../../asl/types';
import { isObject, type Members, members, onlyOne, type Place, report, required, string } from './checks';
import { EXCLUSIVE, FIELDS, ONE_OF, REQUIRED } from './fields';
import { label } from './map';
import { type MachineType, validateResource } from './resource';

/** What holds for the whole machine. */
export interface Whole {
  readonly machineType: MachineType;
  readonly language: QueryLanguage;
  readonly labels: Set<string>;
}

const TYPES = ['Task', 'Wait', 'Pass', 'Succeed', 'Fail', 'Choice', 'Parallel', 'Map'];
const LANGUAGES = ['JSONPath', 'JSONata'];
const NONE: readonly never[] = [];

/** What a `QueryLanguage` comes to: anything that is not `JSONPath` counts as JSONata, beside being reported. */
export function languageOf(value: unknown, place: Place): QueryLanguage {
  if (typeof value !== 'string') report(place, 'Expected value of type [STRING]', 'QueryLanguage');
  else if (!LANGUAGES.includes(value)) {
    report(place, `Value should be one of the following: [${LANGUAGES.join(', ')}]`, 'QueryLanguage');
  }
  return value === 'JSONPath' ? 'JSONPath' : 'JSONata';
}

export function validateState(state: unknown, outer: Place, whole: Whole): void {
  if (!isObject(state)) {
    report(outer, 'Expected value of type Object');
    return;
  }
  const language = 'QueryLanguage' in state ? languageOf(state.QueryLanguage, outer) : whole.language;
  const isLanguageRefused = language === 'JSONPath' && whole.language === 'JSONata';
  const place: Place =
    language === outer.language && isLanguageRefused === outer.isLanguageRefused
      ? outer
      : { path: outer.path, language, diagnostics: outer.diagnostics, isLanguageRefused };
  if (isLanguageRefused) {
    report(place, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  }
  const type = typeOf(state, place);
  if (!type) return;

  members(state, FIELDS[type], place);
  required(state, REQUIRED[type] ?? NONE, place);
  const choice = ONE_OF[type];
  if (choice) onlyOne(state, choice, place);
  for (const pair of EXCLUSIVE[type] ?? NONE) onlyOne(state, pair, place, true);
  if ('Next' in FIELDS[type]) validateTransition(state, place);
  if (type === 'Task') {
    validateResource(state, place, whole.machineType);
    validateHeartbeat(state, place);
  }
  if (type === 'Map') label(state, place, whole.labels);
}

function typeOf(state: Members, place: Place): StateType | undefined {
  if (!('Type' in state)) {
    report(place, "The field 'Type' is required");
    return undefined;
  }
  const { Type } = state;
  string(Type, 'Type', place);
  if (typeof Type !== 'string') return undefined;
  if (TYPES.includes(Type)) return Type as StateType;
  report(place, `The field 'Type' should have one of these values: [${TYPES.join(', ')}]`, 'Type');
  return undefined;
}

/** `End: false` is as good as none. */
function validateTransition(state: Members, place: Place): void {
  const ends = state.End === true;
  if ('Next' in state !== ends) return;
  onlyOne(ends ? state : {}, ['Next', 'End'], place);
}

function validateHeartbeat({ TimeoutSeconds, HeartbeatSeconds }: Members, place: Place): void {
  if (typeof TimeoutSeconds !== 'number' || typeof HeartbeatSeconds !== 'number') return;
  if (HeartbeatSeconds >= TimeoutSeconds) {
    report(place, "The value of 'HeartbeatSeconds' must be smaller than that of 'TimeoutSeconds'");
  }
}
