/** The npm package `aws-local-stepfunctions`, which keeps no history. It wants one function of Node 22. */
import { timeRuns } from './rate';

const withResolvers = () => {
  let settle = {};
  const promise = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
};
Object.assign(Promise, { withResolvers: Reflect.get(Promise, 'withResolvers') ?? withResolvers });

async function main(): Promise<void> {
  const { StateMachine } = await import('aws-local-stepfunctions');
  await timeRuns((definition) => {
    const machine = new StateMachine(definition as ConstructorParameters<typeof StateMachine>[0]);
    return (input) => machine.run(input as Parameters<typeof machine.run>[0]).result;
  });
}

void main();
