import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Interval } from '../tasks/schedule';
import type { DeployedPipeline } from './connection';
import { intervalTitle } from './intervals';

/** A run of a schedule. `intervalOf` gives what it loads by the moment of its start, as Admit will see it. */
export async function startRun(
  stepFunctions: SFNClient,
  { name, stateMachineArn }: DeployedPipeline,
  input: object,
  intervalOf: (startedAt: Date) => Interval | undefined,
): Promise<{ readonly interval?: Interval; readonly wanted: { readonly key: string; readonly executionArn: string } }> {
  const { executionArn, startDate } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  const interval = intervalOf(startDate!);
  return {
    ...(interval ? { interval } : {}),
    wanted: { key: interval ? intervalTitle(name, interval) : name, executionArn: executionArn! },
  };
}
