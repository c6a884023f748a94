import type { TestStateInput, TestStateOutput } from '@aws-sdk/client-sfn';
import { DefinitionError, StatesError } from '../../stepfunctions/errors';
import type { Host } from '../../stepfunctions/execution';
import type { HttpExchange } from '../../stepfunctions/invoker';
import { jsonProblem } from '../../stepfunctions/json-problem';
import type { OperationOf } from '../stateful';
import { checkRoleArn } from './CreateStateMachine';
import { invalidDefinition, invalidExecutionInput, invalidRequest } from './errors';
import type { StatesState } from './state';
import { checkErrorSource, checkMock } from './test-state/check-mock';
import { contextOf, seenWith } from './test-state/context';
import { inspectHttp } from './test-state/inspect-http';
import { runTest } from './test-state/run';
import { testedState } from './test-state/tested';

/** One state by itself: what it makes of an input, and where it leads. */
export const TestState: OperationOf<StatesState, TestStateInput, TestStateOutput> = (state) => ({
  authorize: ({ roleArn, revealSecrets }) => [
    { action: 'states:TestState', resource: '*' },
    ...(revealSecrets ? [{ action: 'states:RevealSecrets', resource: '*' }] : []),
    ...(roleArn === undefined
      ? []
      : [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'states.amazonaws.com' } }]),
  ],

  async handle(request) {
    const { input = '{}', inspectionLevel = 'INFO', mock, stateConfiguration } = request;
    const problem = jsonProblem(input);
    if (problem !== undefined) throw invalidExecutionInput(problem);
    const variables = objectIn(request.variables, 'variables');
    const said = objectIn(request.context, 'context');
    if (!mock && said) throw invalidRequest('A context can only be specified together with a mock');
    if (mock && request.revealSecrets) throw invalidRequest('Secrets cannot be revealed where a mock is specified');
    const tested = testedState(request.definition!, request.stateName, variables, mock !== undefined);
    const result = mock && resultOf(mock);
    if (result !== undefined) await checkMock(tested.given, result, mock?.fieldValidationMode);
    checkErrorSource(tested.given, stateConfiguration?.errorCausedByState);
    if (request.roleArn !== undefined) checkRoleArn(request.roleArn);
    else if (tested.state.Type === 'Task' && !mock)
      throw invalidRequest('RoleArn must be provided to test a Task state');
    try {
      const exchanges: HttpExchange[] = [];
      const { inspectionData, ...answer } = await runTest({
        host: {
          ...(mock ? mocked(state().host, mock, result) : traced(state().host, exchanges)),
          contextSeen: (own) => seenWith(contextOf(tested, input, said), own),
        },
        tested,
        input,
        roleArn: request.roleArn ?? '',
        variables: variables ?? {},
        retries: stateConfiguration?.retrierRetryCount ?? 0,
        map: {
          readerData: stateConfiguration?.mapItemReaderData,
          failures: stateConfiguration?.mapIterationFailureCount,
        },
      });
      if (inspectionLevel === 'INFO') return answer;
      const exchange = inspectionLevel === 'TRACE' ? exchanges.at(-1) : undefined;
      return { ...answer, inspectionData: { ...inspectionData, ...inspectHttp(exchange, request.revealSecrets) } };
    } catch (error) {
      if (error instanceof DefinitionError) throw invalidDefinition(error.diagnostics);
      throw error;
    }
  },
});

const traced = (host: Host, exchanges: HttpExchange[]): Host => ({
  ...host,
  invoke: (call) => host.invoke({ ...call, onHttp: (exchange) => exchanges.push(exchange) }),
});

function objectIn(text: string | undefined, name: string): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  const value: unknown = jsonProblem(text) === undefined ? JSON.parse(text) : undefined;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidRequest(`The value of '${name}' must be a JSON object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

type Mock = NonNullable<TestStateInput['mock']>;

/** Undefined where it is to fail. */
function resultOf({ result, errorOutput }: Mock): unknown {
  if ((result === undefined) === (errorOutput === undefined)) {
    throw invalidRequest('A mock must have either a result or an errorOutput');
  }
  const problem = result === undefined ? undefined : jsonProblem(result);
  if (problem !== undefined) throw invalidRequest(`The result of the mock is not valid JSON: ${problem}`);
  return result === undefined ? undefined : (JSON.parse(result) as unknown);
}

/** Nothing is called: the result, or the error, is what the test says. */
function mocked({ problems: _, ...host }: Host, { errorOutput }: Mock, result: unknown): Host {
  return {
    ...host,
    async invoke() {
      if (errorOutput) throw new StatesError(errorOutput.error ?? '', errorOutput.cause);
      return result;
    },
  };
}
