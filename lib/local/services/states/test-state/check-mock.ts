/**
 * The result of a mock must look like an answer of the API that the task calls: STRICT asks for its required members and for the types
 * of all that there are, PRESENT for the types alone. https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
 */
import { NormalizedSchema } from '@smithy/core/schema';
import type { State } from '../../../../asl/types';
import { isNumber } from '../../../stepfunctions/numbers';
import { parseResource } from '../../../stepfunctions/resource';
import { serviceModel } from '../../../wire/model';
import { invalidRequest } from '../errors';
import { sdkService } from '../integrations/aws-sdk';
import { javaName } from '../integrations/java-names';
import { pascal, requiredOf } from '../integrations/sdk-values';

type Mode = 'STRICT' | 'PRESENT' | 'NONE';

export async function checkMock(state: State, result: unknown, mode: Mode = 'STRICT'): Promise<void> {
  if (mode === 'NONE' || state.Type !== 'Task') return;
  const answer = await answerOf(String(state.Resource));
  if (!answer) return;
  const problem = problemOf(answer.schema, result, '', { nameOf: answer.nameOf, isStrict: mode === 'STRICT' });
  if (problem !== undefined) throw invalidRequest(`Mock result schema validation error: ${problem}`);
}

interface Answer {
  readonly schema: NormalizedSchema;
  readonly nameOf: (member: string) => string;
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
  return schema && { schema: NormalizedSchema.of(schema[5]), nameOf: isSdk ? javaName : pascal };
}

const JOBS: Readonly<Record<string, string>> = { states: 'DescribeExecution' };

interface Rules {
  readonly nameOf: (member: string) => string;
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
  const { nameOf, isStrict } = rules;
  const at = (name: string) => (path === '' ? nameOf(name) : `${path}.${nameOf(name)}`);
  const missing = requiredOf(schema).find((name) => given[nameOf(name)] === undefined);
  if (isStrict && missing !== undefined) return `${at(missing)} is required`;
  return first(schema.structIterator(), ([name, member]) => {
    const value = given[nameOf(name)];
    return value === undefined || value === null ? undefined : problemOf(member, value, at(name), rules);
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
