/** `arn:aws:states:::emr-serverless:…`, and `.sync`: https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr-serverless.html */
import { ErrorName } from '../../../../asl/errors';
import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { serviceModel } from '../../../wire/model';
import { callService, type Integration } from './call';
import type { Naming } from './errors';
import { type Problems, pascal, readInput, writeOutput } from './sdk-values';
import { whenAborted } from './when-aborted';

const SERVICE = 'emr-serverless';
const NAMING: Naming = {
  prefix: 'EMRServerless',
  v1: { service: 'AWSEMRServerless', exception: 'AWSEMRServerlessException' },
};
const POLL_MS = 250;

/** What a call has in its answer, and what tells that `.sync` has come to its end. */
interface Waited {
  readonly operation: 'GetJobRun' | 'GetApplication';
  readonly member: 'jobRun' | 'application';
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const JOB: Omit<Waited, 'good' | 'bad'> = { operation: 'GetJobRun', member: 'jobRun' };
const APPLICATION: Omit<Waited, 'good' | 'bad'> = { operation: 'GetApplication', member: 'application' };

const WAITED: Readonly<Record<string, Waited>> = {
  startJobRun: { ...JOB, good: ['SUCCESS'], bad: ['FAILED', 'CANCELLED'] },
  cancelJobRun: { ...JOB, good: ['CANCELLED'], bad: ['FAILED', 'SUCCESS'] },
  createApplication: { ...APPLICATION, good: ['CREATED', 'STARTING', 'STARTED'], bad: ['TERMINATED'] },
  startApplication: { ...APPLICATION, good: ['STARTED'], bad: ['STOPPED', 'TERMINATED'] },
  stopApplication: { ...APPLICATION, good: ['STOPPED'], bad: ['TERMINATED'] },
  deleteApplication: { ...APPLICATION, good: ['TERMINATED'], bad: [] },
};

interface Started {
  readonly ApplicationId: string;
  readonly JobRunId?: string;
}

export async function callEmrServerless(integration: Integration, call: TaskCall): Promise<unknown> {
  const { action, pattern } = call.resource;
  const waited = WAITED[action];
  if (waited === undefined)
    throw new StatesError(ErrorName.runtime, `The local cloud has no integration "${SERVICE}:${action}".`);
  const started = (call.submitted ?? (await start(integration, call))) as Started;
  if (pattern === 'request') return started;
  if (call.submitted === undefined) call.onSubmitted(started);
  if (action === 'startJobRun') whenAborted(call, () => cancel(integration, call, started));
  return untilEnd(integration, call, started, waited);
}

const TAKES_TOKEN = ['createApplication', 'startJobRun'];

async function inputOf({ resource: { action }, parameters }: Pick<TaskCall, 'resource' | 'parameters'>, token: string) {
  const schema = (await serviceModel(SERVICE))!.operation(pascal(action))!;
  const problems: Problems = [];
  const given = TAKES_TOKEN.includes(action) ? { ClientToken: token, ...(parameters as object) } : parameters;
  return { schema, problems, input: readInput(schema, given, problems) };
}

/** What of the parameters the operation does not take. */
export async function emrServerlessProblems(call: Pick<TaskCall, 'resource' | 'parameters'>): Promise<Problems> {
  return WAITED[call.resource.action] === undefined ? [] : (await inputOf(call, 'any')).problems;
}

async function start(integration: Integration, call: TaskCall): Promise<Started> {
  const operation = pascal(call.resource.action);
  // Without a token of its own it is the attempt's, so that a restart finds it again.
  const { schema, input } = await inputOf(call, call.attemptId.replace(/[^\w.-]/g, '-').slice(-64));
  const { output } = await callService(integration, call, SERVICE, operation, input, NAMING);
  const answer = (await writeOutput(schema, output)) as Partial<Started>;
  return { ...answer, ApplicationId: answer.ApplicationId ?? String(input.applicationId) };
}

async function untilEnd(
  integration: Integration,
  call: TaskCall,
  { ApplicationId: applicationId, JobRunId: jobRunId }: Started,
  { operation, member, good, bad }: Waited,
): Promise<unknown> {
  const schema = (await serviceModel(SERVICE))!.operation(operation)!;
  const input = { applicationId, ...(jobRunId === undefined ? {} : { jobRunId }) };
  for (;;) {
    const { output } = await callService<Record<string, { readonly state?: string }>>(
      integration,
      call,
      SERVICE,
      operation,
      input,
      NAMING,
    );
    const state = output[member]?.state ?? '';
    if (good.includes(state) || bad.includes(state)) {
      const described = ((await writeOutput(schema, output)) as Record<string, unknown>)[pascal(member)];
      if (bad.includes(state)) throw new StatesError(ErrorName.taskFailed, JSON.stringify(described));
      return described;
    }
    await integration.cloud.clock.sleep(POLL_MS, call.signal);
  }
}

const cancel = (integration: Integration, call: TaskCall, { ApplicationId, JobRunId }: Started): Promise<unknown> =>
  callService(
    integration,
    call,
    SERVICE,
    'CancelJobRun',
    { applicationId: ApplicationId, jobRunId: JobRunId },
    NAMING,
  ).catch((error) => integration.cloud.log(`states: ${JobRunId} could not be cancelled: ${(error as Error).message}`));
