/** The interpreter of this project, with the complete history of each execution in memory, and nothing of it on disk. */
import type { StateMachine } from '../../../lib/asl/types';
import { systemClock } from '../../../lib/local/service';
import { AWS_LIMITS, Execution, type Host } from '../../../lib/local/stepfunctions/execution';
import { compileMachine } from '../../../lib/local/stepfunctions/machine';
import { Tokens } from '../../../lib/local/stepfunctions/tokens';
import { timeRuns } from './rate';

const host: Host = {
  clock: systemClock,
  random: Math.random,
  invoke: () => Promise.reject(new Error('There are no tasks')),
  tokens: new Tokens(),
  // A Map of 10,000 items has more events than AWS allows in a Standard execution.
  limits: { ...AWS_LIMITS, historyEvents: Number.POSITIVE_INFINITY },
  region: 'us-east-1',
  newToken: () => '',
};

void timeRuns((definition) => {
  const machine = compileMachine(definition as StateMachine);
  return async (input) => {
    const execution = new Execution(
      host,
      {
        executionArn: 'arn:aws:states:us-east-1:000000000000:execution:bench:run',
        name: 'run',
        roleArn: 'arn:aws:iam::000000000000:role/states',
        stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:bench',
        stateMachineName: 'bench',
        startDate: Date.now(),
        input: JSON.stringify(input),
      },
      machine,
      () => undefined,
    );
    execution.start();
    const end = await execution.run();
    if (end?.status !== 'SUCCEEDED') throw new Error(`The execution ended as ${JSON.stringify(end)}`);
    return JSON.parse(end.output!);
  };
});
