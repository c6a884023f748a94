import type { ExecutionRecord } from '../../stepfunctions/catalogue';
import type { ExecutionDetails } from '../../stepfunctions/engine';

const INCLUDED = { included: true };

/** AWS: so long after its end an execution can be redriven. */
const REDRIVABLE_MS = 14 * 24 * 60 * 60 * 1000;

export interface RedriveStatus {
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  readonly redriveStatusReason: string | null;
}

const notRedrivable = (redriveStatusReason: string): RedriveStatus => ({
  redriveStatus: 'NOT_REDRIVABLE',
  redriveStatusReason,
});

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html#API_DescribeExecution_ResponseSyntax */
export function redriveStatusOf(
  { status, executionArn, mapRunArn, isFull, stopDate = 0 }: ExecutionRecord,
  now = stopDate,
  isDeleting = false,
): RedriveStatus {
  if (status === 'RUNNING' || status === 'SUCCEEDED') {
    return notRedrivable(`Execution is ${status} and cannot be redriven`);
  }
  if (isDeleting) return notRedrivable('State machine is in DELETING status.');
  if (now - stopDate > REDRIVABLE_MS) return notRedrivable('Execution redrivable period exceeded');
  if (isFull) return notRedrivable('Execution history event limit exceeded');
  if (mapRunArn !== undefined) return { redriveStatus: 'REDRIVABLE_BY_MAP_RUN', redriveStatusReason: null };
  if (executionArn.includes(':express:')) return notRedrivable('Express executions cannot be redriven');
  return { redriveStatus: 'REDRIVABLE', redriveStatusReason: null };
}

/** As DescribeExecution answers. */
export function describeExecution(details: ExecutionDetails, now?: number, isDeleting?: boolean) {
  const { redriveStatus, redriveStatusReason } = redriveStatusOf(details, now, isDeleting);
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
