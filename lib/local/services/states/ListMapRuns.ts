import type { ListMapRunsCommandOutput, ListMapRunsInput } from '@aws-sdk/client-sfn';
import { type OperationOf, page } from '../stateful';
import type { StatesState } from './state';

const DEFAULT_PAGE = 100;

type Output = Omit<ListMapRunsCommandOutput, '$metadata'>;

/** Those of one execution. */
export const ListMapRuns: OperationOf<StatesState, ListMapRunsInput, Output> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:ListMapRuns', resource: String(executionArn) }],

  async handle({ executionArn, maxResults, nextToken }) {
    const { executionArn: parent } = state().execution(executionArn);
    const runs = [...state().engine.catalogue.mapRuns.values()].filter((run) => run.executionArn === parent);
    const { items, nextToken: next } = page(runs, maxResults || DEFAULT_PAGE, nextToken);
    return {
      mapRuns: items.map((run) => ({
        executionArn: run.executionArn,
        mapRunArn: run.mapRunArn,
        stateMachineArn: run.stateMachineArn,
        startDate: new Date(run.startDate),
        ...(run.stopDate === undefined ? {} : { stopDate: new Date(run.stopDate) }),
      })),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  },
});
