/** Waits until a round of arrivals ends, or its files are late, and has the function look: nothing is paid for while it waits but its start. */
import type { StateMachine } from '../asl/types';
import { retriers } from './retry';

/** Of the function that gathers, with a margin for its start. */
const CALL_SECONDS = 360;

export function gatherTimer(): StateMachine {
  return {
    Comment: 'Looks at a time whether the files that wait are to be loaded',
    QueryLanguage: 'JSONata',
    StartAt: 'Wait',
    States: {
      Wait: { Type: 'Wait', Timestamp: '{% $states.input.timer.at %}', Next: 'Look' },
      Look: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: `\${GatherFunctionArn}`, Payload: '{% $states.input %}' },
        TimeoutSeconds: CALL_SECONDS,
        Retry: retriers(undefined),
        Output: '{% $states.result.Payload %}',
        End: true,
      },
    },
  };
}
