import type { ExecutionStatus, ListExecutionsCommandOutput, ListExecutionsInput } from '@aws-sdk/client-sfn';
import type { ExecutionRecord } from '../../stepfunctions/catalogue';
import type { OperationOf } from '../stateful';
import { checkMapRunArn, isVersion, parseMachineArn } from './arns';
import { executionItem } from './describe';
import { invalidRequest, labelledArn, machineTypeNotSupported, resourceNotFound } from './errors';
import { isPendingRedrive } from './map-run-counts';
import { pageOf } from './paging';
import type { StatesState } from './state';
import { targetOf } from './versions';

type Output = Omit<ListExecutionsCommandOutput, '$metadata'>;

/** The latest first. */
export const ListExecutions: OperationOf<StatesState, ListExecutionsInput, Output> = (state) => ({
  authorize: ({ stateMachineArn, mapRunArn }) => [
    { action: 'states:ListExecutions', resource: String(stateMachineArn ?? mapRunArn) },
  ],

  async handle({ stateMachineArn, mapRunArn, statusFilter, redriveFilter, ...paging }) {
    if ((mapRunArn === undefined) === (stateMachineArn === undefined)) {
      throw invalidRequest(
        mapRunArn === undefined
          ? 'Must provide a StateMachine ARN or MapRun ARN'
          : 'Must provide either a StateMachine ARN or a MapRun ARN, not both',
      );
    }
    if (mapRunArn === undefined && redriveFilter !== undefined) {
      throw invalidRequest('redriveFilter can only be used with a mapRunArn');
    }
    if (mapRunArn === undefined && statusFilter === 'PENDING_REDRIVE') {
      throw invalidRequest('The status filter PENDING_REDRIVE can only be used with a mapRunArn');
    }
    const { catalogue } = state().engine;
    const run = mapRunArn === undefined ? undefined : catalogue.mapRuns.get(checkMapRunArn(mapRunArn));
    if (mapRunArn !== undefined && !run) throw resourceNotFound(mapRunArn);
    const statusOf = (record: ExecutionRecord): ExecutionStatus =>
      run && isPendingRedrive(run, record) ? 'PENDING_REDRIVE' : record.status;
    const { owner, isListed } =
      mapRunArn === undefined ? ofMachine(state(), stateMachineArn) : { owner: mapRunArn, isListed: () => true };
    const records = [...catalogue.executionsOf(owner)]
      .reverse()
      .flatMap((executionArn) => catalogue.executions.get(executionArn) ?? [])
      .filter(isListed)
      .filter((record) => statusFilter === undefined || statusOf(record) === statusFilter)
      .filter(({ redriveCount }) => redriveFilter === undefined || redriveCount > 0 === (redriveFilter === 'REDRIVEN'));
    const { items, nextToken } = pageOf(records, paging);
    const executions = items.map((record) => ({
      ...executionItem(record),
      status: statusOf(record),
      ...(run && { itemCount: record.itemCount ?? 1 }),
    }));
    return { executions, ...nextToken };
  },
});

/** By the ARN of a state machine, or of a version or an alias: then those that were started by it. */
function ofMachine({ engine }: StatesState, arn: string | undefined) {
  const { machine, qualifier, label } = parseMachineArn(arn);
  if (label !== undefined) throw labelledArn(arn!);
  if (targetOf(engine, arn).type === 'EXPRESS') throw machineTypeNotSupported();
  const isListed = (record: ExecutionRecord): boolean =>
    qualifier === undefined ||
    (isVersion(qualifier) ? record.stateMachineVersionArn : record.stateMachineAliasArn) === arn;
  return { owner: machine, isListed };
}
