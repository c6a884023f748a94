import type { DescribeExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { describeExecution } from './describe';
import type { StatesState } from './state';

export const DescribeExecution: OperationOf<StatesState, DescribeExecutionInput> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:DescribeExecution', resource: String(executionArn) }],

  handle: async ({ executionArn }) => describeExecution(await state().engine.describe(state().execution(executionArn))),
});
