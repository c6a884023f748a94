import type { RedriveExecutionCommandOutput, RedriveExecutionInput } from '@aws-sdk/client-sfn';
import { AWS_LIMITS } from '../../stepfunctions/execution';
import type { OperationOf } from '../stateful';
import { redriveStatusOf } from './describe';
import { executionNotRedrivable } from './errors';
import type { StatesState } from './state';

type Output = Omit<RedriveExecutionCommandOutput, '$metadata'>;

const REDRIVABLE_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The execution goes on in the states that failed, by the definition that it was started with. */
export const RedriveExecution: OperationOf<StatesState, RedriveExecutionInput, Output> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:RedriveExecution', resource: String(executionArn) }],

  async handle({ executionArn }, { cloud }) {
    const { engine } = state();
    const record = state().execution(executionArn);
    const { redriveStatus, redriveStatusReason } = redriveStatusOf(record);
    if (redriveStatus !== 'REDRIVABLE') throw executionNotRedrivable(String(redriveStatusReason));
    if (cloud.clock.now() - (record.stopDate ?? 0) > REDRIVABLE_DAYS * DAY_MS) {
      throw executionNotRedrivable(`Execution was closed more than ${REDRIVABLE_DAYS} days ago and cannot be redriven`);
    }
    const { length } = await engine.events(record.executionArn);
    if (length >= AWS_LIMITS.historyEvents - 1) {
      throw executionNotRedrivable(`Execution history has ${length} events and cannot be redriven`);
    }
    return { redriveDate: new Date(await engine.redrive(record.executionArn)) };
  },
});
