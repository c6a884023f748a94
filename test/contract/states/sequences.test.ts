/**
 * The API of Step Functions by sequences of calls: a new one is an entry of a file in `calls/` (`sequence.ts` says what it holds). They
 * run in one local cloud, or on AWS with `REMOTE=1`, credentials in the environment and `STATES_ROLE_ARN` (`world.ts`).
 */
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as states from '@aws-sdk/client-sfn';
import * as sqs from '@aws-sdk/client-sqs';
import { createEventsService } from '../../../lib/local/services/events';
import { createLogsService } from '../../../lib/local/services/logs';
import { createMonitoringService } from '../../../lib/local/services/monitoring';
import { createSqsService } from '../../../lib/local/services/sqs';
import { createStatesService } from '../../../lib/local/services/states';
import { createStsService } from '../../../lib/local/services/sts';
import { type Aws, connect, isRemote } from '../aws';
import { expected } from './case';
import { readSequences, resolve, type Sequence, type Step } from './sequence';

const TIMEOUT_MS = isRemote ? 600_000 : undefined;
const ACCOUNT = '000000000000';

type Client = { send(command: unknown): Promise<object>; destroy(): void };

let aws: Aws;
let clients: Readonly<Record<string, Client>>;
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  aws = await connect(() => [
    createSqsService(),
    createLogsService(),
    createMonitoringService(),
    createStsService(),
    createStatesService(),
    createEventsService(),
  ]);
  clients = {
    // StartSyncExecution has a host of its own, which does not resolve below 127.0.0.1.
    states: new states.SFNClient({ ...aws.config, disableHostPrefix: !isRemote }),
    logs: new logs.CloudWatchLogsClient(aws.config),
    sqs: new sqs.SQSClient(aws.config),
  } as unknown as typeof clients;
}, TIMEOUT_MS);

afterAll(async () => {
  for (const step of undo.splice(0).reverse()) await step().catch(() => undefined);
  for (const client of Object.values(clients ?? {})) client.destroy();
  await aws?.close();
}, TIMEOUT_MS);

const commands: Readonly<Record<string, object>> = { states, logs, sqs };

async function send(call: string, input: object): Promise<object> {
  const [operation = '', service = 'states'] = call.split(':').reverse();
  const Command = (commands[service] as Record<string, new (input: object) => unknown>)[`${operation}Command`]!;
  const { $metadata: _, ...answer } = (await clients[service]!.send(new Command(input))) as { $metadata?: unknown };
  // Dates become texts.
  return JSON.parse(JSON.stringify(answer)) as object;
}

async function perform(step: Step, values: Record<string, unknown>): Promise<void> {
  const filled = Object.entries(step.filled ?? {}).map(([key, length]) => [key, 'x'.repeat(length)]);
  const input = { ...(resolve(step.with ?? {}, values) as object), ...Object.fromEntries(filled) };
  if (step.refused) {
    const refusal = await send(step.call, input).then(
      (answer) => ({ answer }),
      ({ name, message }: Error) => ({ name, message }),
    );
    const message = 'message' in step.refused ? expected(resolve(step.refused.message, values)) : expect.any(String);
    expect([step.call, refusal]).toEqual([step.call, { name: step.refused.name, message }]);
    return;
  }
  let answer = await send(step.call, input);
  if (step.until) {
    const wanted = expect.objectContaining(expected(resolve(step.until, values)) as object);
    while (!wanted.asymmetricMatch(answer)) {
      await new Promise((settle) => setTimeout(settle, isRemote ? 1000 : 5));
      answer = await send(step.call, input);
    }
  }
  const { stateMachineArn, activityArn } = answer as { stateMachineArn?: string; activityArn?: string };
  if (step.call === 'CreateStateMachine') undo.push(() => send('DeleteStateMachine', { stateMachineArn }));
  if (step.call === 'CreateActivity') undo.push(() => send('DeleteActivity', { activityArn }));
  if (step.as) values[step.as] = answer;
  if ('gives' in step) expect([step.call, answer]).toEqual([step.call, expected(resolve(step.gives, values))]);
}

const topics = new Map<string, Sequence[]>();
for (const one of readSequences()) topics.set(one.topic, [...(topics.get(one.topic) ?? []), one]);

for (const [topic, list] of topics) {
  describe(topic, () => {
    test.each(list.map((one) => [one.name, one] as const))(
      '%s',
      async (_, { steps }) => {
        const role = process.env.STATES_ROLE_ARN ?? `arn:aws:iam::${ACCOUNT}:role/states`;
        const values: Record<string, unknown> = { name: aws.name('contract'), role, account: role.split(':')[4] };
        values.arn = `arn:aws:states:us-east-1:${values.account}:stateMachine:${values.name}`;
        values.pass = '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}';
        values.pass2 = '{"StartAt":"P","States":{"P":{"Type":"Pass","Result":2,"End":true}}}';
        values.long = '{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}';

        for (const step of steps) await perform(step, values);
      },
      TIMEOUT_MS,
    );
  });
}
