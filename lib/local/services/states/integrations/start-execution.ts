import { ErrorName } from '../../../../asl/errors';
import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { parseJson } from '../../../stepfunctions/numbers';
import { asText, callService, type Integration, sdkMetadata } from './call';
import { whenAborted } from './when-aborted';

const NAMING = {
  prefix: 'StepFunctions',
  v1: { service: 'AWSStepFunctions', exception: 'AWSStepFunctionsException' },
};

/** `arn:aws:states:::states:startExecution`, and `.sync`, `.sync:2`, which wait for the end. */
export async function startExecution(integration: Integration, call: TaskCall): Promise<unknown> {
  const { pattern } = call.resource;
  const started = call.submitted ?? (await start(integration, call));
  if (pattern === 'request' || pattern === 'waitForTaskToken') return started;
  if (call.submitted === undefined) call.onSubmitted(started);

  const { ExecutionArn: executionArn } = started as { ExecutionArn: string };
  whenAborted(call, () =>
    callService(integration, call, 'states', 'StopExecution', { executionArn }, NAMING).catch((error) =>
      integration.cloud.log(`states: ${executionArn} could not be stopped: ${(error as Error).message}`),
    ),
  );
  await integration.ended(executionArn);
  const described = await describe(integration, executionArn);
  if (described.Status !== 'SUCCEEDED') throw new StatesError(ErrorName.taskFailed, JSON.stringify(described));
  if (pattern === 'sync') return described;
  const { Input, Output } = described as { Input: string; Output?: string };
  return { ...described, Input: parseJson(Input), Output: Output === undefined ? null : parseJson(Output) };
}

async function start(integration: Integration, call: TaskCall): Promise<unknown> {
  const { StateMachineArn, Name, Input, TraceHeader } = call.parameters as Record<string, unknown>;
  const { output, requestId } = await callService<{ executionArn: string; startDate: Date }>(
    integration,
    call,
    'states',
    'StartExecution',
    {
      stateMachineArn: StateMachineArn,
      // Without a name of its own the child is named after the attempt, so that a restart finds it again.
      name: Name ?? call.attemptId.slice(-80),
      input: asText(Input) ?? '{}',
      ...(TraceHeader === undefined ? {} : { traceHeader: TraceHeader }),
    },
    NAMING,
  );
  const answer = { ExecutionArn: output.executionArn, StartDate: seconds(output.startDate) };
  const type = 'application/x-amz-json-1.0';
  return { ...answer, ...sdkMetadata(integration, requestId, { body: JSON.stringify(answer), type }) };
}

async function describe(integration: Integration, executionArn: string) {
  const described = await integration.describe(executionArn);
  const shown: Record<string, unknown> = {};
  for (const key of DESCRIBED) {
    const value = described[key];
    if (value === undefined) continue;
    const name = key.charAt(0).toUpperCase() + key.slice(1);
    if (value instanceof Date) shown[name] = value.getTime();
    else if (key.endsWith('Details')) shown[name] = { Included: (value as { included: boolean }).included };
    else shown[name] = value;
  }
  return shown;
}

const DESCRIBED = [
  'cause',
  'error',
  'executionArn',
  'input',
  'inputDetails',
  'name',
  'output',
  'outputDetails',
  'redriveCount',
  'redriveDate',
  'redriveStatus',
  'redriveStatusReason',
  'startDate',
  'stateMachineAliasArn',
  'stateMachineArn',
  'stateMachineVersionArn',
  'status',
  'stopDate',
  'traceHeader',
];

const seconds = (date: Date): number => date.getTime() / 1000;
