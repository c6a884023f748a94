import type {
  StartSyncExecutionCommandOutput,
  StartSyncExecutionInput,
  SyncExecutionStatus,
} from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { machineTypeNotSupported } from './errors';
import { startNew } from './start';
import type { StatesState } from './state';
import { targetOf } from './versions';

type Output = Omit<StartSyncExecutionCommandOutput, '$metadata'>;

/** Answers when the execution has ended, whichever way. Express state machines only. */
export const StartSyncExecution: OperationOf<StatesState, StartSyncExecutionInput, Output> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:StartSyncExecution', resource: String(stateMachineArn) }],

  async handle(input, { cloud }) {
    const { engine } = state();
    const target = targetOf(engine, input.stateMachineArn);
    if (target.type !== 'EXPRESS') throw machineTypeNotSupported();
    const { executionArn } = await startNew(state(), target, input, cloud);
    await engine.ended(executionArn);
    const details = await engine.describe(state().execution(executionArn));
    const { output, error, cause, traceHeader, startDate, stopDate = startDate } = details;
    const withData = input.includedData !== 'METADATA_ONLY';
    return {
      executionArn,
      stateMachineArn: details.stateMachineArn,
      name: details.name,
      startDate: new Date(startDate),
      stopDate: new Date(stopDate),
      status: details.status as SyncExecutionStatus,
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
      ...(withData ? { input: details.input } : {}),
      inputDetails: { included: withData },
      ...(output === undefined ? {} : { ...(withData ? { output } : {}), outputDetails: { included: withData } }),
      ...(traceHeader === undefined ? {} : { traceHeader }),
      billingDetails: billed(stopDate - startDate),
    };
  },
});

/** AWS bills Express workflows by 64 MB, and by 100 ms. */
const billed = (ms: number) => ({
  billedMemoryUsedInMB: 64,
  billedDurationInMilliseconds: Math.max(1, Math.ceil(ms / 100)) * 100,
});
