import type { AccessRequest } from '../../service';
import { executionOfToken, type TokenWaiter } from '../../stepfunctions/tokens';
import { machineOfExecution } from './arns';
import { invalidToken, taskTimedOut, unavailable } from './errors';
import type { StatesState } from './state';

/** IAM is asked about the state machine that gave the token out. */
export function onStateMachine(action: string, taskToken: string | undefined): AccessRequest[] {
  const executionArn = executionOfToken(taskToken ?? '');
  return [
    { action: `states:${action}`, resource: executionArn === undefined ? '*' : machineOfExecution(executionArn) },
  ];
}

/**
 * The task that waits for the token. Whoever is told that it is over drops what it came with: that is said only of a task that is over, not of one
 * that goes on when the restart is done.
 */
export async function waiterOf({ engine, tokens }: StatesState, taskToken: string | undefined): Promise<TokenWaiter> {
  const executionArn = executionOfToken(taskToken ?? '');
  if (executionArn === undefined) throw invalidToken();
  await engine.takenUp(executionArn);
  const waiter = await tokens.get(taskToken!);
  if (waiter) return waiter;
  throw engine.isClosing ? unavailable() : taskTimedOut();
}
