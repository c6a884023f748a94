import type { ListExecutionsCommandOutput, ListExecutionsInput } from '@aws-sdk/client-sfn';
import type { ExecutionRecord } from '../../stepfunctions/catalogue';
import type { OperationOf } from '../stateful';
import { isVersion, parseMachineArn } from './arns';
import { executionItem } from './describe';
import { invalidRequest, labelledArn, machineTypeNotSupported, resourceNotFound } from './errors';
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
      throw invalidRequest('Exactly one of stateMachineArn and mapRunArn must be given');
    }
    const { catalogue } = state().engine;
    if (mapRunArn !== undefined && !catalogue.mapRuns.has(mapRunArn)) throw resourceNotFound(mapRunArn);
    const { owner, isListed } =
      mapRunArn === undefined ? ofMachine(state(), stateMachineArn) : { owner: mapRunArn, isListed: () => true };
    const records = [...catalogue.executionsOf(owner)]
      .reverse()
      .flatMap((executionArn) => catalogue.executions.get(executionArn) ?? [])
      .filter(isListed)
      .filter(({ status }) => statusFilter === undefined || status === statusFilter)
      .filter(({ redriveCount }) => redriveFilter === undefined || redriveCount > 0 === (redriveFilter === 'REDRIVEN'));
    const { items, nextToken } = pageOf(records, paging);
    return { executions: items.map(executionItem), ...nextToken };
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
