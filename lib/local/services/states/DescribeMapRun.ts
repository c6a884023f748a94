import type { DescribeMapRunCommandOutput, DescribeMapRunInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkMapRunArn } from './arns';
import { resourceNotFound } from './errors';
import { countsOf } from './map-run-counts';
import type { StatesState } from './state';

type Output = Omit<DescribeMapRunCommandOutput, '$metadata'>;

export const DescribeMapRun: OperationOf<StatesState, DescribeMapRunInput, Output> = (state) => ({
  authorize: ({ mapRunArn }) => [{ action: 'states:DescribeMapRun', resource: String(mapRunArn) }],

  async handle({ mapRunArn }) {
    const { catalogue } = state().engine;
    const run = catalogue.mapRuns.get(checkMapRunArn(mapRunArn));
    if (!run) throw resourceNotFound(String(mapRunArn));
    return {
      mapRunArn: run.mapRunArn,
      executionArn: run.executionArn,
      status: run.status,
      startDate: new Date(run.startDate),
      ...(run.stopDate === undefined ? {} : { stopDate: new Date(run.stopDate) }),
      maxConcurrency: run.maxConcurrency,
      toleratedFailurePercentage: run.toleratedFailurePercentage,
      toleratedFailureCount: run.toleratedFailureCount,
      ...countsOf(run, catalogue.children.of(run.mapRunArn)),
      redriveCount: run.redriveCount,
      ...(run.redriveDate === undefined ? {} : { redriveDate: new Date(run.redriveDate) }),
    };
  },
});
