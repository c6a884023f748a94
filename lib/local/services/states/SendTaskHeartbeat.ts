import type { SendTaskHeartbeatInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import type { StatesState } from './state';
import { onStateMachine, waiterOf } from './task-token';

export const SendTaskHeartbeat: OperationOf<StatesState, SendTaskHeartbeatInput, object> = (state) => ({
  authorize: ({ taskToken }) => onStateMachine('SendTaskHeartbeat', taskToken),

  async handle({ taskToken }) {
    const waiter = await waiterOf(state(), taskToken);
    waiter.heartbeat();
    return {};
  },
});
