import type { ExecutionStatus, ListExecutionsCommandOutput, ListExecutionsInput } from '@aws-sdk/client-sfn';
import type { Catalogue, ExecutionRecord } from '../../stepfunctions/catalogue';
import type { ChildState } from '../../stepfunctions/map-run/child-table';
import type { MapRunRecord } from '../../stepfunctions/map-run/types';
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
    if (run) return listChildren(catalogue, run, { statusFilter, redriveFilter, ...paging });
    const { owner, isListed } = ofMachine(state(), stateMachineArn);
    const records = [...catalogue.executionsOf(owner)]
      .reverse()
      .flatMap((executionArn) => catalogue.executions.get(executionArn) ?? [])
      .filter(isListed)
      .filter(({ status }) => statusFilter === undefined || status === statusFilter);
    const { items, nextToken } = pageOf(records, paging);
    return { executions: items.map(executionItem), ...nextToken };
  },
});

/** There may be very many: only those of the page are looked at as a whole. */
function listChildren(
  { children }: Catalogue,
  run: MapRunRecord,
  { statusFilter, redriveFilter, ...paging }: ListExecutionsInput,
): Output {
  const statusOf = (child: ChildState): ExecutionStatus =>
    isPendingRedrive(run, child) ? 'PENDING_REDRIVE' : child.status;
  const listed = [...children.of(run.mapRunArn)]
    .filter(([, child]) => statusFilter === undefined || statusOf(child) === statusFilter)
    .filter(
      ([, { redriveCount }]) => redriveFilter === undefined || redriveCount > 0 === (redriveFilter === 'REDRIVEN'),
    );
  const { items, nextToken } = pageOf(listed.reverse(), paging);
  const executions = items.map(([index, child]) => ({
    ...executionItem(children.record(run.mapRunArn, index)),
    status: statusOf(child),
    itemCount: child.itemCount,
  }));
  return { executions, ...nextToken };
}

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
