import type { AccessRequest } from '../../service';
import { executionOfToken, type TokenWaiter } from '../../stepfunctions/tokens';
import { machineOfExecution } from './arns';
import { invalidToken, taskTimedOut } from './errors';
import type { StatesState } from './state';

/** IAM is asked about the state machine that gave the token out. */
export function onStateMachine(action: string, taskToken: string | undefined): AccessRequest[] {
  const executionArn = executionOfToken(taskToken ?? '');
  return [
    { action: `states:${action}`, resource: executionArn === undefined ? '*' : machineOfExecution(executionArn) },
  ];
}

/** The task that waits for the token. */
export async function waiterOf({ tokens }: StatesState, taskToken: string | undefined): Promise<TokenWaiter> {
  if (executionOfToken(taskToken ?? '') === undefined) throw invalidToken();
  const waiter = await tokens.get(taskToken!);
  if (!waiter) throw taskTimedOut();
  return waiter;
}
