import type { ListExecutionsCommandOutput, ListExecutionsInput } from '@aws-sdk/client-sfn';
import { AwsError } from '../../service';
import { type OperationOf, page } from '../stateful';
import { executionItem } from './describe';
import { resourceNotFound } from './errors';
import type { StatesState } from './state';

const DEFAULT_PAGE = 100;

type Output = Omit<ListExecutionsCommandOutput, '$metadata'>;

/** The latest first. */
export const ListExecutions: OperationOf<StatesState, ListExecutionsInput, Output> = (state) => ({
  authorize: ({ stateMachineArn, mapRunArn }) => [
    { action: 'states:ListExecutions', resource: String(stateMachineArn ?? mapRunArn) },
  ],

  async handle({ stateMachineArn, mapRunArn, statusFilter, redriveFilter, maxResults, nextToken }) {
    if ((mapRunArn === undefined) === (stateMachineArn === undefined)) {
      throw new AwsError('ValidationException', 'Exactly one of stateMachineArn and mapRunArn must be given');
    }
    const { catalogue } = state().engine;
    if (mapRunArn !== undefined && !catalogue.mapRuns.has(mapRunArn)) throw resourceNotFound(mapRunArn);
    const arn = mapRunArn ?? state().machine(stateMachineArn).stateMachineArn;
    const records = [...catalogue.executionsOf(arn)]
      .reverse()
      .flatMap((executionArn) => catalogue.executions.get(executionArn) ?? [])
      .filter(({ status }) => statusFilter === undefined || status === statusFilter)
      .filter(({ redriveCount }) => redriveFilter === undefined || redriveCount > 0 === (redriveFilter === 'REDRIVEN'));
    const { items, nextToken: next } = page(records, maxResults || DEFAULT_PAGE, nextToken);
    return { executions: items.map(executionItem), ...(next === undefined ? {} : { nextToken: next }) };
  },
});
