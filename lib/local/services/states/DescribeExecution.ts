import type { DescribeExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkExecutionArn } from './arns';
import { describeExecution, withoutData } from './describe';
import type { StatesState } from './state';

/** Standard workflows only. */
export const DescribeExecution: OperationOf<StatesState, DescribeExecutionInput> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:DescribeExecution', resource: String(executionArn) }],

  async handle({ executionArn, includedData }, { cloud }) {
    const record = state().execution(checkExecutionArn(executionArn));
    const described = describeExecution(await state().engine.describe(record), cloud.clock.now());
    return includedData === 'METADATA_ONLY' ? withoutData(described) : described;
  },
});
