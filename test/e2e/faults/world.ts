/** The four pipelines in a local cloud that is hit by faults and killed now and then, with what a person on call does about it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { compileTogether } from '../../../lib/compiler';
import { localClientOptions } from '../../../lib/operate/local';
import type { Pipeline } from '../../../lib/pipeline';
import { appOf } from '../../../lib/stacks/app';
import { type Program, startProgram } from '../../fixtures/program';
import { type Random, randomOf, whole } from '../order-files';
import { type Addresses, pause } from '../orders-cloud';
import { makeOverdue } from '../overdue';
import type { Fault } from './injector';

/** Beyond it something is wrong that no redrive mends. */
const MOST_ATTEMPTS = 15;

export interface WorldOptions {
  readonly pipelines: readonly { readonly pipeline: Pipeline; readonly folder: string }[];
  readonly random: Random;
  /** of a hundred calls that functions make, so many are hit */
  readonly percent: number;
}

export interface World {
  readonly at: Addresses;
  readonly stateDir: string;
  readonly client: ReturnType<typeof localClientOptions>;
  /** Asks until the cloud is there and answers; everything asked here may be asked twice. */
  patiently<T>(ask: () => Promise<T>): Promise<T>;
  /** Kills the cloud with all its functions, and starts it again. */
  kill(): Promise<void>;
  /** From now on nothing goes wrong. */
  calm(): void;
  faults(): Fault[];
  start(pipeline: string, name: string, input: unknown): Promise<string>;
  /** Lets the sweeper come by again and again, to which all is overdue. */
  sweepNowAndThen(until: AbortSignal): Promise<void>;
  executions(pipeline: string): Promise<string[]>;
  /** Waits for the end, and redrives or starts anew what fails, until it has succeeded. Returns the last one. */
  mended(arn: string): Promise<DescribeExecutionOutput>;
  /** attempts of an execution that failed, as its history tells them */
  failures(arn: string): Promise<number>;
  stop(): Promise<void>;
}

export async function createWorld({ pipelines, random, percent }: WorldOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-faults-'));
  const [assembly, stateDir, log, calm] = ['cdk.out', 'state', 'faults.ndjson', 'calm'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  writeFileSync(log, '');
  process.env.CDK_VALIDATION = 'false';
  const compiled = await compileTogether(
    // Each failure is to have a mail of its own, however many there are.
    pipelines.map((one) => ({
      ...one,
      pipeline: { ...one.pipeline, alerts: { ...one.pipeline.alerts, atOnce: 1000 } },
    })),
  );
  appOf(compiled, { outdir: assembly }).synth();

  let cloud: Program<Addresses & { port: number }>;
  // Of its own, as what else is drawn depends on what fails first.
  const seeds = randomOf(whole(random, 0, 1e9));
  function launch(port: number): Promise<Addresses & { port: number }> {
    const seed = String(whole(seeds, 0, 1e9));
    const args = [assembly, stateDir, String(port), seed, String(percent), log, calm];
    cloud = startProgram(join(__dirname, 'main.ts'), args);
    return cloud.ready;
  }

  const at = await launch(0);
  const client = localClientOptions(at.endpoint);
  const sfn = new SFNClient(client);
  const machineOf = (pipeline: string) =>
    at.outputs[`Stepwell-${compiled.find(({ name }) => name === pipeline)!.title}`]!.StateMachineArn!;

  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const { message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
        // That of an answer that breaks off is only that it was aborted.
        const isAway =
          /\bE(CONN|PIPE)|socket hang up|\baborted$/.test(message) || ($metadata?.httpStatusCode ?? 0) >= 500;
        if (!isAway) throw error;
        await pause(200);
      }
    }
  }

  async function ended(executionArn: string): Promise<DescribeExecutionOutput> {
    for (;;) {
      const run = await patiently(() => sfn.send(new DescribeExecutionCommand({ executionArn })));
      if (run.status !== 'RUNNING' && run.status !== 'PENDING_REDRIVE') return run;
      await pause(100);
    }
  }

  async function hasBegunToPublish(executionArn: string): Promise<boolean> {
    const command = new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, reverseOrder: true });
    const { events = [] } = await patiently(() => sfn.send(command));
    return events.some(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === 'Publish');
  }

  /** Minutes pass: what nobody was told of is looked for. Until the signal. */
  async function sweepNowAndThen(until: AbortSignal): Promise<void> {
    const [dynamo, lambda] = [new DynamoDBClient(client), new LambdaClient(client)];
    const { Functions = [] } = await patiently(() => lambda.send(new ListFunctionsCommand({ MaxItems: 1000 })));
    const FunctionName = Functions.find((one) => one.FunctionName?.includes('-SweepTask'))!.FunctionName!;
    while (!until.aborted) {
      await pause(10_000);
      await patiently(() => makeOverdue(dynamo, at.outputs['Stepwell-Foundation']!.LedgerTableName!));
      await patiently(() => lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' })));
    }
    dynamo.destroy();
    lambda.destroy();
  }

  const start = async (pipeline: string, name: string, input: unknown): Promise<string> => {
    const command = new StartExecutionCommand({
      stateMachineArn: machineOf(pipeline),
      name,
      input: JSON.stringify(input),
    });
    return (await patiently(() => sfn.send(command))).executionArn!;
  };

  return {
    at,
    stateDir,
    client,
    patiently,
    async kill() {
      await cloud.kill();
      await launch(at.port);
    },
    calm: () => writeFileSync(calm, ''),
    faults: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    start,
    sweepNowAndThen,
    async executions(pipeline) {
      const arns: string[] = [];
      let nextToken: string | undefined;
      do {
        const command = new ListExecutionsCommand({
          stateMachineArn: machineOf(pipeline),
          maxResults: 1000,
          nextToken,
        });
        const page = await patiently(() => sfn.send(command));
        arns.push(...page.executions!.map(({ executionArn }) => executionArn!));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return arns;
    },
    async mended(arn) {
      let run = await ended(arn);
      const tried: string[] = [];
      for (let attempt = 1; run.status !== 'SUCCEEDED'; attempt++) {
        if (attempt > MOST_ATTEMPTS)
          throw new Error(`${run.name} has failed ${attempt} times: ${tried.join('; ')}; ${run.error}: ${run.cause}`);
        tried.push(`${run.name} ${run.redriveCount}: ${run.error}`);
        const { executionArn, stateMachineArn, name } = run;
        // Another run would wait for minutes, until the attempt that died can hold the lake's table no longer.
        if (random() < 0.75 || (await hasBegunToPublish(executionArn!))) {
          await patiently(() => sfn.send(new RedriveExecutionCommand({ executionArn }))).catch(async (error: Error) => {
            // It was redriven, and the answer was lost.
            if (error.name !== 'ExecutionNotRedrivable') throw error;
          });
          run = await ended(executionArn!);
        } else {
          const command = new StartExecutionCommand({
            stateMachineArn,
            name: `${name!.slice(0, 40)}-${randomUUID()}`,
            input: run.input,
          });
          const again = await patiently(() => sfn.send(command));
          run = await ended(again.executionArn!);
        }
      }
      return run;
    },
    async failures(executionArn) {
      let count = 0;
      let nextToken: string | undefined;
      do {
        const command = new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken });
        const page = await patiently(() => sfn.send(command));
        count += page.events!.filter(({ type }) => /^Execution(Failed|TimedOut|Aborted)$/.test(type!)).length;
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return count;
    },
    async stop() {
      sfn.destroy();
      await cloud.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
