import type { ExecutionRecord } from '../../stepfunctions/catalogue';
import type { ExecutionDetails } from '../../stepfunctions/engine';

const INCLUDED = { included: true };

export function redriveStatusOf({ status, executionArn }: ExecutionRecord): {
  redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE';
  redriveStatusReason: string | null;
} {
  if (executionArn.includes(':express:')) {
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Express executions cannot be redriven' };
  }
  if (status !== 'RUNNING' && status !== 'SUCCEEDED') return { redriveStatus: 'REDRIVABLE', redriveStatusReason: null };
  return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `Execution is ${status} and cannot be redriven` };
}

/** As DescribeExecution answers. */
export function describeExecution(details: ExecutionDetails) {
  const { redriveStatus, redriveStatusReason } = redriveStatusOf(details);
  return {
    ...executionItem(details),
    input: details.input,
    inputDetails: INCLUDED,
    ...(details.output === undefined ? {} : { output: details.output, outputDetails: INCLUDED }),
    ...(details.error === undefined ? {} : { error: details.error }),
    ...(details.cause === undefined ? {} : { cause: details.cause }),
    ...(details.traceHeader === undefined ? {} : { traceHeader: details.traceHeader }),
    redriveStatus,
    ...(redriveStatusReason === null ? {} : { redriveStatusReason }),
  };
}

/** What a customer's key would encrypt is left out. */
export function withoutData(described: ReturnType<typeof describeExecution>) {
  const { input: _, output: __, error: ___, cause: ____, ...rest } = described;
  const hidden = { included: false };
  return { ...rest, inputDetails: hidden, ...(described.output === undefined ? {} : { outputDetails: hidden }) };
}

/** As ListExecutions lists it. */
export function executionItem(record: ExecutionRecord) {
  return {
    executionArn: record.executionArn,
    stateMachineArn: record.stateMachineArn,
    name: record.name,
    status: record.status,
    startDate: new Date(record.startDate),
    ...(record.stopDate === undefined ? {} : { stopDate: new Date(record.stopDate) }),
    ...(record.mapRunArn === undefined ? {} : { mapRunArn: record.mapRunArn }),
    ...(record.stateMachineVersionArn === undefined ? {} : { stateMachineVersionArn: record.stateMachineVersionArn }),
    ...(record.stateMachineAliasArn === undefined ? {} : { stateMachineAliasArn: record.stateMachineAliasArn }),
    redriveCount: record.redriveCount,
    ...(record.redriveDate === undefined ? {} : { redriveDate: new Date(record.redriveDate) }),
  };
}
