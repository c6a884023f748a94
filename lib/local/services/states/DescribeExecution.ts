import type { DescribeExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkDescribableArn } from './arns';
import { describeExecution, withoutData } from './describe';
import type { StatesState } from './state';

/** Of Standard workflows, and of Express ones that a Map Run has started. */
export const DescribeExecution: OperationOf<StatesState, DescribeExecutionInput> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:DescribeExecution', resource: String(executionArn) }],

  async handle({ executionArn, includedData }, { cloud }) {
    const record = state().execution(checkDescribableArn(executionArn));
    const { engine } = state();
    const isDeleting = engine.catalogue.machines.get(record.stateMachineArn)?.isDeleting;
    const described = describeExecution(await engine.describe(record), cloud.clock.now(), isDeleting);
    return includedData === 'METADATA_ONLY' ? withoutData(described) : described;
  },
});
