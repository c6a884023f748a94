import { ErrorName } from '../../../../asl/errors';
import { StatesError } from '../../../stepfunctions/errors';
import type { Invoker, TaskCall } from '../../../stepfunctions/invoker';
import { callSdk } from './aws-sdk';
import type { Integration } from './call';
import { callEmrServerless } from './emr-serverless';
import { invokeHttp } from './http';
import { invokeFunction, invokeFunctionArn } from './lambda';
import { callOptimised, optimisedIntegration, putEvents } from './optimised';
import { startExecution } from './start-execution';

/** Performs the tasks of state machines by calling the services of the cloud, as the state machine's role. */
export const createInvoker =
  (integration: Integration): Invoker =>
  (call) =>
    perform(integration, call);

async function perform(integration: Integration, call: TaskCall): Promise<unknown> {
  const { kind, resourceType, action } = call.resource;
  if (kind === 'lambda') return invokeFunctionArn(integration, call);
  if (resourceType.startsWith('aws-sdk:')) return callSdk(integration, call);
  const name = `${resourceType}:${action}`;
  if (name === 'lambda:invoke') return invokeFunction(integration, call);
  if (name === 'states:startExecution') return startExecution(integration, call);
  if (resourceType === 'emr-serverless') return callEmrServerless(integration, call);
  if (name === 'http:invoke') return invokeHttp(integration, call);
  if (name === 'events:putEvents') return putEvents(integration, call);
  const optimised = optimisedIntegration(call);
  if (optimised) return callOptimised(integration, call, optimised);
  throw new StatesError(ErrorName.runtime, `The local cloud has no integration "${name}".`);
}
