/** Files that are gathered against the local cloud's real ledger, bucket and state machines, by a clock that the test sets. */
import { CreateStateMachineCommand, DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { type Gathered, type GatherInput, gather } from '../../../lambdas/gather/gather';
import type { GatherServices } from '../../../lambdas/gather/services';
import type { Alert } from '../../../lib/tasks/alert';
import type { GatheredFile, GatheredInput, GatherPlan } from '../../../lib/tasks/gather';
import type { LambdaCloud } from '../cloud';
import { memory } from './memory';

/** The call of an attempt at which the function dies: before it is sent, or when it has been answered. */
export interface Death {
  readonly call: number;
  readonly isAnswered: boolean;
}

export interface StartedRun {
  readonly name: string;
  readonly input: GatheredInput;
  readonly files: readonly GatheredFile[];
}

export interface Gathering {
  readonly pipeline: string;
  readonly alerts: Alert[];
  /** ms */
  now: number;
  /** One invocation, and its retries where it dies; as Lambda retries what an event has invoked. */
  invoke(input: GatherInput, deaths?: readonly Death[]): Promise<Gathered>;
  runs(): Promise<StartedRun[]>;
  timers(): Promise<{ readonly group: string; readonly at: string }[]>;
}

let made = 0;

/** In the cloud. */
export async function gathering(cloud: LambdaCloud, plan: GatherPlan, mostFiles?: number): Promise<Gathering> {
  const name = `pipeline-${++made}`;
  const machine = async (called: string, definition: object): Promise<string> => {
    const { stateMachineArn } = await cloud.stepFunctions.send(
      new CreateStateMachineCommand({
        name: called,
        definition: JSON.stringify(definition),
        roleArn: 'arn:aws:iam::000000000000:role/any',
      }),
    );
    return stateMachineArn!;
  };
  const stateMachineArn = await machine(`stepwell-${name}`, {
    StartAt: 'Done',
    States: { Done: { Type: 'Succeed' } },
  });
  // Its time never comes: the test is the clock.
  const timerArn = await machine(`timer-${name}`, {
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', Timestamp: '2100-01-01T00:00:00Z', Next: 'Done' }, Done: { Type: 'Succeed' } },
  });
  const { ledger, s3, stepFunctions } = cloud;
  return gatheringOf({
    name,
    plan,
    mostFiles,
    machines: { stateMachineArn, timerArn },
    clients: { ledger, s3, stepFunctions },
    read: (key) => cloud.read('work', key),
    async inputsOf(arn) {
      const { executions = [] } = await stepFunctions.send(
        new ListExecutionsCommand({ stateMachineArn: arn, maxResults: 1000 }),
      );
      return Promise.all(
        executions.map(async ({ executionArn, name: run }) => {
          const { input } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
          return { name: run!, input: JSON.parse(input!) };
        }),
      );
    },
  });
}

/** In memory; `pass` lets other calls go first. */
export function gatheringInMemory(plan: GatherPlan, pass: () => Promise<void>): Gathering {
  const { clients, documents, started } = memory(pass);
  return gatheringOf({
    name: `pipeline-${++made}`,
    plan,
    machines: { stateMachineArn: 'runs', timerArn: 'timers' },
    clients,
    read: async (key) => documents.get(key)!,
    inputsOf: async (arn) => started.filter(({ machine }) => machine === arn),
  });
}

interface Place {
  readonly name: string;
  readonly plan: GatherPlan;
  readonly mostFiles?: number | undefined;
  readonly machines: Pick<GatherServices, 'stateMachineArn' | 'timerArn'>;
  readonly clients: Pick<GatherServices, 'ledger' | 's3' | 'stepFunctions'>;
  read(key: string): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: of two kinds of executions
  inputsOf(arn: string): Promise<readonly { readonly name: string; readonly input: any }[]>;
}

function gatheringOf({ name: pipeline, plan, mostFiles, machines, clients, read, inputsOf }: Place): Gathering {
  let invocations = 0;
  const self: Gathering = {
    pipeline,
    alerts: [],
    now: Date.parse('2026-11-21T12:00:00Z'),
    async invoke(input, deaths = []) {
      const requestId = `request-${++invocations}`;
      for (const death of [...deaths, undefined]) {
        const mortal = dying(death);
        const services: GatherServices = {
          pipeline,
          plan,
          ledger: { ...clients.ledger, client: mortal(clients.ledger.client) },
          s3: mortal(clients.s3),
          stepFunctions: mortal(clients.stepFunctions),
          landingBucket: 'landing',
          workBucket: 'work',
          ...machines,
          requestId,
          now: () => self.now,
          sleep: () => new Promise((resolve) => setImmediate(resolve)),
          tell: async (alert) => self.alerts.push(alert),
          log: () => {},
          ...(mostFiles === undefined ? {} : { mostFiles }),
        };
        try {
          return await gather(input, services);
        } catch (error) {
          if ((error as Error).message !== DIED) throw error;
        }
      }
      throw new Error('unreachable');
    },
    async runs() {
      return Promise.all(
        (await inputsOf(machines.stateMachineArn)).map(async ({ name, input }) => ({
          name,
          input,
          files: JSON.parse(await read(input.list.key)) as GatheredFile[],
        })),
      );
    },
    timers: async () => (await inputsOf(machines.timerArn)).map(({ input }) => input.timer),
  };
  return self;
}

const DIED = 'The function died';

function dying(death: Death | undefined): <C extends { send: unknown }>(client: C) => C {
  let calls = 0;
  return (client) =>
    ({
      send: async (command: unknown) => {
        const isLast = death !== undefined && calls++ === death.call;
        if (death !== undefined && calls > death.call + 1) throw new Error(DIED);
        if (isLast && !death.isAnswered) throw new Error(DIED);
        const answer = await (client.send as (command: unknown) => Promise<unknown>)(command);
        if (isLast) throw new Error(DIED);
        return answer;
      },
    }) as never;
}

/** As S3's event comes by EventBridge. */
export const created = (
  key: string,
  { version, at, sequencer = '' }: { version: string; at: number; sequencer?: string },
): GatherInput => ({
  'detail-type': 'Object Created',
  time: new Date(at).toISOString(),
  detail: {
    bucket: { name: 'landing' },
    object: { key, etag: `etag-${version}`, 'version-id': version, sequencer },
  },
});

export const lookAgain = (group?: string, release?: boolean): GatherInput => ({
  'detail-type': 'Stepwell Gathering Due',
  detail: { ...(group === undefined ? {} : { group }), ...(release ? { release } : {}) },
});
