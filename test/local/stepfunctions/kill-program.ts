/**
 * Runs the state machines of `<folder>/machines.json` to their ends, on the state that is in the folder, and prints the outputs. The
 * test kills it again and again. What its function is called with goes to `calls.log`, the tokens that it is given to `tokens.log`.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, type Clock, type CloudContext, type Principal, systemClock } from '../../../lib/local/service';
import { createStatesService } from '../../../lib/local/services/states';
import { answer } from './machines';

const [folder = ''] = process.argv.slice(2);
const calls = join(folder, 'calls.log');
const tokens = join(folder, 'tokens.log');
const ROLE = 'arn:aws:iam::000000000000:role/states';
const ADMIN: Principal = { kind: 'admin' };

/** A second passes in so many milliseconds, also while no process runs. */
const SECOND_MS = 40;
const clock: Clock = {
  now: () => Math.round((Date.now() * 1000) / SECOND_MS),
  sleep: (ms, signal) => systemClock.sleep((ms * SECOND_MS) / 1000, signal),
};

const service = createStatesService();
const cloud: CloudContext = {
  account: '000000000000',
  region: 'us-east-1',
  stateDir: folder,
  endpoint: 'http://127.0.0.1:0',
  clock,
  async call(principal, name, operation, input) {
    if (name === 'lambda') return invoke(JSON.parse(Buffer.from((input as { Payload: Buffer }).Payload).toString()));
    const found = name === 'states' ? service.operations[operation] : undefined;
    if (!found) throw new AwsError('UnknownOperationException', `${name}:${operation}`);
    return found.handle(input, { cloud, principal, requestId: 'kill' });
  },
  credentialsFor: () => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' }),
  log: (line) => process.stderr.write(`${line}\n`),
};
// biome-ignore lint/suspicious/noExplicitAny: answers of the API
const call = (operation: string, input: unknown): Promise<any> => cloud.call(ADMIN, 'states', operation, input);

async function invoke(payload: Parameters<typeof answer>[0] & { token?: string }): Promise<unknown> {
  const { token, ...rest } = payload;
  appendFileSync(calls, `${JSON.stringify(rest)}\n`);
  await systemClock.sleep(3);
  if (token !== undefined) {
    appendFileSync(tokens, `${JSON.stringify(payload)}\n`);
    setTimeout(() => void giveBack(payload), 10);
    return { StatusCode: 200, Payload: Buffer.from('null') };
  }
  try {
    return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(answer(payload))) };
  } catch (error) {
    const { name, message } = error as Error;
    const Payload = Buffer.from(JSON.stringify({ errorType: name, errorMessage: message }));
    return { StatusCode: 200, FunctionError: 'Unhandled', Payload };
  }
}

/** Whoever was given a token still has it after the process was killed. */
async function giveBack(payload: Parameters<typeof answer>[0] & { token?: string }): Promise<void> {
  const input = { taskToken: payload.token, output: JSON.stringify(answer(payload)) };
  await call('SendTaskSuccess', input).catch((error) => {
    if (error.name !== 'TaskTimedOut') throw error;
  });
}

async function main(): Promise<void> {
  await service.start?.(cloud);
  const machines: Record<string, unknown> = JSON.parse(readFileSync(join(folder, 'machines.json'), 'utf8'));
  const arns: Record<string, string> = {};
  for (const [name, machine] of Object.entries(machines)) {
    const created = await call('CreateStateMachine', { name, roleArn: ROLE, definition: JSON.stringify(machine) });
    arns[name] = created.stateMachineArn;
  }
  await service.ready?.();
  const given = await readLines(tokens);
  for (const line of given) await giveBack(JSON.parse(line));

  const outputs: Record<string, unknown> = {};
  for (const [name, stateMachineArn] of Object.entries(arns)) {
    if (name === 'child') continue;
    await call('StartExecution', { stateMachineArn, name: 'run', input: '{"n":1}' }).catch((error) => {
      if (error.name !== 'ExecutionAlreadyExists') throw error;
    });
  }
  for (const [name, stateMachineArn] of Object.entries(arns)) {
    if (name === 'child') continue;
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:run`;
    for (;;) {
      const { status, output, cause } = await call('DescribeExecution', { executionArn });
      outputs[name] = { status, output, ...(cause === undefined ? {} : { cause }) };
      if (status !== 'RUNNING') break;
      await systemClock.sleep(5);
    }
  }
  await service.stop?.();
  process.stdout.write(`${JSON.stringify(outputs)}\n`);
}

async function readLines(file: string): Promise<string[]> {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'));
  } catch {
    return [];
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
