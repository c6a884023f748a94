import type { DescribeMapRunCommandOutput, DescribeMapRunInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { resourceNotFound } from './errors';
import type { StatesState } from './state';

type Output = Omit<DescribeMapRunCommandOutput, '$metadata'>;

export const DescribeMapRun: OperationOf<StatesState, DescribeMapRunInput, Output> = (state) => ({
  authorize: ({ mapRunArn }) => [{ action: 'states:DescribeMapRun', resource: String(mapRunArn) }],

  async handle({ mapRunArn }) {
    const { catalogue } = state().engine;
    const run = catalogue.mapRuns.get(String(mapRunArn));
    if (!run) throw resourceNotFound(String(mapRunArn));
    const counts = { RUNNING: 0, SUCCEEDED: 0, FAILED: 0, TIMED_OUT: 0, ABORTED: 0 };
    const children = catalogue.executionsOf(run.mapRunArn);
    for (const arn of children) counts[catalogue.executions.get(arn)!.status]++;
    const executionCounts = {
      pending: run.children - children.length,
      running: counts.RUNNING,
      succeeded: counts.SUCCEEDED,
      failed: counts.FAILED,
      timedOut: counts.TIMED_OUT,
      aborted: counts.ABORTED,
      total: run.children,
      resultsWritten: 0,
      failuresNotRedrivable: 0,
      pendingRedrive: 0,
    };
    // Items are counted by batches: which of a batch failed, only its child knows.
    const perChild = run.children === 0 ? 0 : run.items / run.children;
    const itemCounts = Object.fromEntries(
      Object.entries(executionCounts).map(([name, count]) => [name, Math.round(count * perChild)]),
    ) as typeof executionCounts;
    return {
      mapRunArn: run.mapRunArn,
      executionArn: run.executionArn,
      status: run.status,
      startDate: new Date(run.startDate),
      ...(run.stopDate === undefined ? {} : { stopDate: new Date(run.stopDate) }),
      maxConcurrency: run.maxConcurrency,
      toleratedFailureCount: run.toleratedFailureCount,
      toleratedFailurePercentage: run.toleratedFailurePercentage,
      itemCounts,
      executionCounts,
      redriveCount: run.redriveCount,
      ...(run.redriveDate === undefined ? {} : { redriveDate: new Date(run.redriveDate) }),
    };
  },
});
