import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

/** Starts an execution, unless there was one of that name; false if there was, and it has ended. One that still runs is the same. */
export async function startOnce(
  stepFunctions: SFNClient,
  stateMachineArn: string,
  { name, input }: { readonly name: string; readonly input: object },
): Promise<boolean> {
  try {
    await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return false;
    throw error;
  }
}
