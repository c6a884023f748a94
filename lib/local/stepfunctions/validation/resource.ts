/** A Task's Resource, and the parameters that an integration needs. */
import type { QueryLanguage } from '../../../asl/types';
import { parseResource, type Resource } from '../resource';
import { at, isObject, type Members, type Place, report } from './checks';
import { INTEGRATIONS, PARAMETERS } from './integrations';

export type MachineType = 'STANDARD' | 'EXPRESS';

export function validateResource(state: Members, place: Place, machineType: MachineType): void {
  const { Resource: arn } = state;
  if (typeof arn !== 'string') return;
  if (!arn.startsWith('arn:')) {
    report(place, 'Value is not a valid resource ARN', 'Resource');
    return;
  }
  const resource = parseResource(arn);
  if (!resource || !isOffered(resource)) {
    report(
      place,
      `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      'Resource',
    );
    return;
  }
  if (machineType === 'EXPRESS') validateExpress(resource, place);
  validateCredentials(state, resource, place);
  if (resource.kind === 'integration') validateParameters(state, resource, place);
}

function isOffered({ kind, resourceType, action, pattern }: Resource): boolean {
  if (kind !== 'integration') return true;
  // Services in small letters, actions with a small first one.
  if (resourceType.startsWith('aws-sdk:')) {
    return /^aws-sdk:[a-z0-9]+$/.test(resourceType) && /^[a-z]/.test(action) && !pattern.startsWith('sync');
  }
  const actions = INTEGRATIONS.get(resourceType);
  return actions !== undefined && Object.hasOwn(actions, action) && actions[action]!.includes(pattern);
}

function validateExpress({ kind, pattern }: Resource, place: Place): void {
  if (kind === 'activity') report(place, 'Express state machine does not support Activity ARN', 'Resource');
  else if (pattern !== 'request') {
    const name = pattern === 'sync:2' ? 'sync' : pattern;
    report(place, `Express state machine does not support '.${name}' service integration`, 'Resource');
  }
}

function validateCredentials({ Credentials }: Members, { kind }: Resource, place: Place): void {
  if (!isObject(Credentials)) return;
  if (kind === 'activity') {
    report(place, "The field 'Credentials' is not supported for activities");
  } else if (!has(Credentials, 'RoleArn', place.language)) {
    report(place, "The field 'RoleArn' is required but was missing", 'Credentials');
  }
}

function validateParameters(state: Members, { arn, resourceType, action }: Resource, place: Place): void {
  const field = place.language === 'JSONata' ? 'Arguments' : 'Parameters';
  if (!(field in state)) {
    report(place, `${field} field is required for resource ARN: ${arn}`);
    return;
  }
  const parameters = state[field];
  if (!isObject(parameters)) return;
  const inner = at(place, field);
  const { required = [], others } = PARAMETERS.get(`${resourceType}:${action}`) ?? {};
  for (const name of required) {
    if (!has(parameters, name, place.language)) report(inner, `The field '${name}' is required but was missing`);
  }
  if (!others) return;
  for (const name of Object.keys(parameters)) {
    // What a path is put into is only looked at when the state runs.
    if (required.includes(name) || others.includes(name) || name.endsWith('.$')) continue;
    report(inner, `The field "${name}" is not supported by Step Functions`);
  }
}

const has = (parameters: Members, name: string, language: QueryLanguage): boolean =>
  name in parameters || (language === 'JSONPath' && `${name}.$` in parameters);
