/** Runs machines on a folder until all have ended; the test kills it again and again. Prints `ended` at the end. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../lib/local/service';
import { newExecutionRecord, openEngine } from '../../../lib/local/stepfunctions/engine';
import { AWS_LIMITS } from '../../../lib/local/stepfunctions/execution';
import { newToken, Tokens } from '../../../lib/local/stepfunctions/tokens';

const [folder = '', count = '1'] = process.argv.slice(2);
const log = join(folder, 'calls.log');

const LENGTH = 12;
const task = (next: string | undefined) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: {
    FunctionName: 'f',
    Payload: {
      run: '{% $states.context.Execution.Name %}',
      state: '{% $states.context.State.Name %}',
      item: '{% $states.input %}',
    },
  },
  ...(next === undefined ? { End: true } : { Next: next }),
});
const chain = Object.fromEntries(
  Array.from({ length: LENGTH }, (_, index) => [`T${index}`, task(index + 1 < LENGTH ? `T${index + 1}` : undefined)]),
);
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Each',
  States: {
    Each: { Type: 'Map', Items: [1, 2, 3], ItemProcessor: { StartAt: 'T0', States: chain }, End: true },
  },
};

async function main(): Promise<void> {
  const engine = await openEngine({
    folder,
    host: {
      clock: systemClock,
      random: Math.random,
      tokens: new Tokens(),
      limits: AWS_LIMITS,
      region: 'us-east-1',
      newToken,
      async invoke({ parameters, attemptId }) {
        const { run, state, item } = (parameters as { Payload: { run: string; state: string; item: unknown } }).Payload;
        appendFileSync(log, `${run} ${attemptId} ${state}\n`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        return item;
      },
    },
    announce: async ({ name, status }) => appendFileSync(log, `${name} ${status}\n`),
    callAs: () => Promise.reject(new Error('no service')),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  await engine.resume();
  const hash = await engine.catalogue.saveDefinition(JSON.stringify(definition));
  const arns = Array.from(
    { length: Number(count) },
    (_, index) => `arn:aws:states:us-east-1:0:execution:m:run-${index}`,
  );
  for (const executionArn of arns) {
    if (engine.catalogue.executions.has(executionArn)) continue;
    await engine.start(
      newExecutionRecord(
        {
          executionArn,
          stateMachineArn: 'arn:aws:states:us-east-1:0:stateMachine:m',
          name: executionArn.slice(executionArn.lastIndexOf(':') + 1),
          roleArn: 'arn:aws:iam::0:role/states',
          definition: hash,
          startDate: Date.now(),
        },
        '{}',
      ),
      '{}',
    );
  }
  for (const arn of arns) await engine.ended(arn);
  await engine.close();
  process.stdout.write('ended\n');
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
