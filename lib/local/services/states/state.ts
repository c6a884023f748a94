import { randomUUID } from 'node:crypto';
import type { CloudContext, Principal } from '../../service';
import { type Activities, createActivities } from '../../stepfunctions/activities';
import type { ExecutionRecord, MachineRecord } from '../../stepfunctions/catalogue';
import { type Engine, type ExecutionDetails, openEngine } from '../../stepfunctions/engine';
import { AWS_LIMITS, type Host } from '../../stepfunctions/execution';
import { newToken, Tokens } from '../../stepfunctions/tokens';
import { reportMetrics } from '../monitoring/report';
import type { State } from '../stateful';
import { describeExecution, redriveStatusOf } from './describe';
import { executionDoesNotExist, machineDeleting, stateMachineDoesNotExist } from './errors';
import { createInvoker } from './integrations';
import { serviceError } from './integrations/errors';
import { parameterProblems } from './integrations/parameters';
import { createExecutionLogs } from './logging';

export interface StatesState extends State {
  readonly engine: Engine;
  readonly tokens: Tokens;
  readonly activities: Activities;
  /** What executions need of the world. */
  readonly host: Host;
  /** One that may be changed. Throws StateMachineDoesNotExist, StateMachineDeleting. */
  activeMachine(arn: string): MachineRecord;
  /** Throws ExecutionDoesNotExist. */
  execution(arn: string | undefined): ExecutionRecord;
}

export async function openStates(cloud: CloudContext, folder: string): Promise<StatesState> {
  const tokens = new Tokens();
  const activities = createActivities(cloud.clock, (arn) => engine.catalogue.activities.has(arn));
  const host: Host = {
    activities,
    clock: cloud.clock,
    random: Math.random,
    tokens,
    limits: AWS_LIMITS,
    region: cloud.region,
    newToken,
    problems: (resource, parameters) => parameterProblems({ resource, parameters }),
    invoke: createInvoker({
      cloud,
      ended: (arn) => engine.ended(arn),
      describe: async (arn) => describeExecution(await engine.describe(state.execution(arn))),
    }),
  };
  const logs = createExecutionLogs(cloud);
  const engine: Engine = await openEngine({
    observe: logs.sink,
    folder,
    host,
    log: (line) => cloud.log(line),
    async callAs(roleArn, service, operation, input) {
      try {
        return await cloud.call({ kind: 'role', roleArn, sessionName: 'StatesMapRun' }, service, operation, input);
      } catch (error) {
        throw await serviceError(error, service, { prefix: service === 's3' ? 'S3' : 'Sfn' }, randomUUID());
      }
    },
    announce: async (details) => {
      report(cloud, details);
      await announce(cloud, details);
    },
  });
  const state: StatesState = {
    engine,
    tokens,
    activities,
    host,
    activeMachine(arn) {
      const record = engine.catalogue.machines.get(arn);
      if (!record) throw stateMachineDoesNotExist(arn);
      if (record.isDeleting) throw machineDeleting(arn);
      return record;
    },
    execution(arn) {
      const record = engine.catalogue.executions.get(String(arn));
      if (!record) throw executionDoesNotExist(String(arn));
      return record;
    },
    async close() {
      activities.close();
      await engine.close();
      await logs.close();
    },
  };
  return state;
}

/** EventBridge's entry may have 256 KB: AWS leaves input and output out of an event that would be larger than this. */
const EVENT_DATA_BYTES = 248 * 1024;

async function announce(cloud: CloudContext, details: ExecutionDetails): Promise<void> {
  const fits =
    Buffer.byteLength(details.input) +
      Buffer.byteLength(details.output ?? '') +
      Buffer.byteLength(details.cause ?? '') <
    EVENT_DATA_BYTES;
  const detail = {
    executionArn: details.executionArn,
    stateMachineArn: details.stateMachineArn,
    name: details.name,
    status: details.status,
    startDate: details.startDate,
    stopDate: details.stopDate ?? null,
    input: fits ? details.input : null,
    output: fits ? (details.output ?? null) : null,
    stateMachineVersionArn: details.stateMachineVersionArn ?? null,
    stateMachineAliasArn: details.stateMachineAliasArn ?? null,
    redriveCount: details.redriveCount,
    redriveDate: details.redriveDate ?? null,
    ...redriveStatusOf(details),
    inputDetails: { included: fits },
    outputDetails: details.output === undefined ? null : { included: fits },
    error: details.error ?? null,
    cause: details.cause ?? null,
  };
  const principal: Principal = { kind: 'service', service: 'states.amazonaws.com', sourceArn: details.stateMachineArn };
  const answer = (await cloud.call(principal, 'events', 'PutEvents', {
    Entries: [
      {
        Source: 'aws.states',
        DetailType: 'Step Functions Execution Status Change',
        Resources: [details.executionArn],
        Time: new Date(details.stopDate ?? details.redriveDate ?? details.startDate),
        Detail: JSON.stringify(detail),
      },
    ],
  })) as { FailedEntryCount?: number; Entries?: readonly { ErrorMessage?: string }[] };
  if ((answer.FailedEntryCount ?? 0) > 0) throw new Error(`PutEvents refused it: ${answer.Entries?.[0]?.ErrorMessage}`);
}

const METRICS: Readonly<Record<ExecutionRecord['status'], string>> = {
  RUNNING: 'ExecutionsStarted',
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
};

function report(
  cloud: CloudContext,
  { stateMachineArn, status, startDate, stopDate, redriveCount }: ExecutionDetails,
): void {
  const isRedrive = status === 'RUNNING' && redriveCount > 0;
  reportMetrics(
    cloud,
    'AWS/States',
    { StateMachineArn: stateMachineArn },
    {
      [isRedrive ? 'ExecutionsRedriven' : METRICS[status]]: 1,
      ...(stopDate === undefined ? {} : { ExecutionTime: stopDate - startDate }),
    },
  );
}
