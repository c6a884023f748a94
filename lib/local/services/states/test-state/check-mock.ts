/**
 * The result of a mock must look like an answer of the API that the task calls: STRICT asks for its required members and for the types
 * of all that there are, PRESENT for the types alone. https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
 */
import { NormalizedSchema } from '@smithy/core/schema';
import type { State } from '../../../../asl/types';
import { innerMachines, scopes } from '../../../../asl/walk';
import { isNumber } from '../../../stepfunctions/numbers';
import { parseResource } from '../../../stepfunctions/resource';
import { serviceModel } from '../../../wire/model';
import { invalidRequest } from '../errors';
import { sdkService } from '../integrations/aws-sdk';
import { javaName } from '../integrations/java-names';
import { pascal, requiredOf } from '../integrations/sdk-values';

type Mode = 'STRICT' | 'PRESENT' | 'NONE';

export async function checkMock(state: State, result: unknown, mode: Mode = 'STRICT'): Promise<void> {
  const shape = shapeProblem(state, result);
  if (shape !== undefined) throw invalidRequest(`Mock result schema validation error: ${shape}`);
  if (mode === 'NONE' || state.Type !== 'Task') return;
  const answer = await answerOf(String(state.Resource));
  if (!answer) return;
  const { schema, ...rules } = answer;
  const problem = problemOf(schema, result, '', { ...rules, isStrict: mode === 'STRICT' });
  if (problem !== undefined) throw invalidRequest(`Mock result schema validation error: ${problem}`);
}

/** A Map gives a list, or an object where its results are written to S3; a Parallel state one of each branch, in their order. */
function shapeProblem(state: State, result: unknown): string | undefined {
  if (state.Type === 'Map') {
    return Array.isArray(result) || isObject(result) ? undefined : 'The result must be an array or an object';
  }
  if (state.Type !== 'Parallel') return undefined;
  const branches = (state.Branches ?? []).length;
  return Array.isArray(result) && result.length === branches
    ? undefined
    : `The result must be an array of one element for each of the ${branches} branches`;
}

/** Where the error of a mocked Map or Parallel state is from must be a state in it. */
export function checkErrorSource(state: State, name: string | undefined): void {
  if (name === undefined) return;
  const isThere = innerMachines(state).some(({ machine }) =>
    scopes(machine).some((scope) => Object.hasOwn(scope.machine.States ?? {}, name)),
  );
  if (!isThere) throw invalidRequest(`The errorCausedByState '${name}' was not found in the tested state`);
}

interface Answer {
  readonly schema: NormalizedSchema;
  readonly nameOf: (member: string) => string;
  /** Members that are handed on as the JSON that their text holds. */
  readonly parsed: readonly string[];
}

/** Undefined where there is no API behind the task. */
async function answerOf(arn: string): Promise<Answer | undefined> {
  const resource = parseResource(arn);
  if (resource?.kind !== 'integration') return undefined;
  const { resourceType, action, pattern } = resource;
  const isSdk = resourceType.startsWith('aws-sdk:');
  const service = isSdk ? sdkService(resourceType) : resourceType;
  // What a job's state machine waits for is asked of its description; what a token's holder sends is any JSON.
  if (pattern === 'waitForTaskToken' || service === undefined) return undefined;
  const operation = pattern === 'request' ? pascal(action) : JOBS[resourceType];
  const schema = operation === undefined ? undefined : (await serviceModel(service))?.operation(operation);
  const parsed = PARSED[`${resourceType}:${action}.${pattern}`] ?? [];
  return schema && { schema: NormalizedSchema.of(schema[5]), nameOf: isSdk ? javaName : pascal, parsed };
}

const JOBS: Readonly<Record<string, string>> = { states: 'DescribeExecution' };

const PARSED: Readonly<Record<string, readonly string[]>> = {
  'lambda:invoke.request': ['Payload'],
  'states:startExecution.sync:2': ['Input', 'Output'],
};

interface Rules extends Omit<Answer, 'schema'> {
  readonly isStrict: boolean;
}

function problemOf(schema: NormalizedSchema, value: unknown, path: string, rules: Rules): string | undefined {
  const mustBe = (type: string) => `${path === '' ? 'The result' : path} must be ${type}`;
  if (schema.isUnitSchema() || schema.isDocumentSchema()) return undefined;
  if (schema.isStructSchema()) return isObject(value) ? structProblem(schema, value, path, rules) : mustBe('an object');
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) return mustBe('an array');
    return first(value.entries(), ([index, item]) =>
      problemOf(schema.getValueSchema(), item, `${path}[${index}]`, rules),
    );
  }
  if (schema.isMapSchema()) {
    if (!isObject(value)) return mustBe('an object');
    return first(Object.entries(value), ([key, item]) =>
      problemOf(schema.getValueSchema(), item, `${path}.${key}`, rules),
    );
  }
  if (schema.isTimestampSchema())
    return typeof value === 'string' || isNumber(value) ? undefined : mustBe('a timestamp');
  if (schema.isBlobSchema() || schema.isStringSchema())
    return typeof value === 'string' ? undefined : mustBe('a string');
  if (schema.isBooleanSchema()) return typeof value === 'boolean' ? undefined : mustBe('a boolean');
  if (schema.isNumericSchema()) return isNumber(value) ? undefined : mustBe('a number');
  return undefined;
}

/** Members that the API does not have are nobody's business. */
function structProblem(schema: NormalizedSchema, given: Members, path: string, rules: Rules): string | undefined {
  const { nameOf, isStrict, parsed } = rules;
  const at = (name: string) => (path === '' ? nameOf(name) : `${path}.${nameOf(name)}`);
  const missing = requiredOf(schema).find((name) => given[nameOf(name)] === undefined);
  if (isStrict && missing !== undefined) return `${at(missing)} is required`;
  return first(schema.structIterator(), ([name, member]) => {
    const value = given[nameOf(name)];
    const isAnything = value === undefined || value === null || (path === '' && parsed.includes(at(name)));
    return isAnything ? undefined : problemOf(member, value, at(name), rules);
  });
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function first<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
