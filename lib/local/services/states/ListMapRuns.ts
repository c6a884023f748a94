import type { ListMapRunsCommandOutput, ListMapRunsInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { pageOf } from './paging';
import type { StatesState } from './state';

type Output = Omit<ListMapRunsCommandOutput, '$metadata'>;

/** Those of one execution, the latest first. */
export const ListMapRuns: OperationOf<StatesState, ListMapRunsInput, Output> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:ListMapRuns', resource: String(executionArn) }],

  async handle({ executionArn, ...paging }) {
    const { executionArn: parent } = state().execution(executionArn);
    const runs = [...state().engine.catalogue.mapRuns.values()].filter((run) => run.executionArn === parent).reverse();
    const { items, nextToken } = pageOf(runs, paging);
    return {
      mapRuns: items.map((run) => ({
        executionArn: run.executionArn,
        mapRunArn: run.mapRunArn,
        stateMachineArn: run.stateMachineArn,
        startDate: new Date(run.startDate),
        ...(run.stopDate === undefined ? {} : { stopDate: new Date(run.stopDate) }),
      })),
      ...nextToken,
    };
  },
});
