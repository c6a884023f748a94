/**
 * Step Functions for the contract: the local services behind a port, or AWS with `REMOTE=1` and `STATES_ROLE_ARN` (a role that
 * Step Functions may assume, with states:* on what the tests create).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { StateMachine } from '../../lib/asl/types';
import { type CloudContext, type Service, systemClock } from '../../lib/local/service';
import { createEventsService } from '../../lib/local/services/events';
import { createMonitoringService } from '../../lib/local/services/monitoring';
import { createSqsService } from '../../lib/local/services/sqs';
import { createStatesService } from '../../lib/local/services/states';
import { dispatch, startServer, UnknownOperationError, type WireServer } from '../../lib/local/wire';

export const isRemote = process.env.REMOTE === '1';

export interface StatesContract {
  readonly client: SFNClient;
  readonly roleArn: string;
  /** Undefined on AWS. */
  readonly endpoint: string | undefined;
  /** Creates a state machine that is deleted at the end, and gives its ARN. */
  create(definition: StateMachine, name?: string): Promise<string>;
  start(stateMachineArn: string, input?: unknown, name?: string): Promise<string>;
  /** Waits for the end. */
  ended(executionArn: string): Promise<DescribeExecutionCommandOutput>;
  /** Waits until `condition` holds for the history so far. */
  until(executionArn: string, condition: (events: HistoryEvent[]) => boolean): Promise<HistoryEvent[]>;
  history(executionArn: string): Promise<HistoryEvent[]>;
  /** Starts the services anew on the same state. Local only. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const POLL_MS = isRemote ? 1000 : 10;

export async function connect(): Promise<StatesContract> {
  const local = isRemote ? undefined : await startLocal();
  const client = new SFNClient({
    region: 'us-east-1',
    ...(local && { endpoint: local.endpoint(), credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }),
  });
  const roleArn = process.env.STATES_ROLE_ARN ?? 'arn:aws:iam::000000000000:role/states';
  const created: string[] = [];
  let count = 0;

  const describe = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));
  const history = async (executionArn: string) => {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000 }));
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return events;
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

  return {
    client,
    roleArn,
    endpoint: local?.endpoint(),
    async create(definition, name = `contract-${process.pid}-${Date.now()}-${count++}`) {
      const command = new CreateStateMachineCommand({ name, roleArn, definition: JSON.stringify(definition) });
      const { stateMachineArn } = await client.send(command);
      created.push(stateMachineArn!);
      return stateMachineArn!;
    },
    async start(stateMachineArn, input = {}, name) {
      const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name });
      return (await client.send(command)).executionArn!;
    },
    async ended(executionArn) {
      for (;;) {
        const described = await describe(executionArn);
        if (described.status !== 'RUNNING') return described;
        await pause();
      }
    },
    async until(executionArn, condition) {
      for (;;) {
        const events = await history(executionArn);
        if (condition(events)) return events;
        await pause();
      }
    },
    history,
    async restart() {
      await local!.restart();
    },
    async close() {
      for (const stateMachineArn of created) await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
      client.destroy();
      await local?.close();
    },
  };
}

async function startLocal() {
  const stateDir = await mkdtemp(join(tmpdir(), 'stepwell-states-'));
  let services = new Map<string, Service>();
  let server: WireServer | undefined;
  const authorize = () => {};
  const context: CloudContext = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir,
    clock: systemClock,
    log: () => {},
    get endpoint() {
      return server?.endpoint ?? '';
    },
    call(principal, name, operation, input) {
      const service = services.get(name);
      if (!service) return Promise.reject(new UnknownOperationError(name, operation));
      return dispatch(service, operation, input, { cloud: context, principal, requestId: 'test' }, authorize);
    },
    credentialsFor: () => ({ accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' }),
  };
  const start = async (port: number) => {
    const all = [createMonitoringService(), createSqsService(), createStatesService(), createEventsService()];
    services = new Map(all.map((service) => [service.name, service]));
    server = await startServer({
      services: all,
      authorize,
      cloud: context,
      port,
      principalFor: () => ({ kind: 'admin' }),
    });
    for (const service of all) await service.start?.(context);
    for (const service of all) await service.ready?.();
  };
  const stop = async () => {
    await server?.stop();
    for (const service of [...services.values()].reverse()) await service.stop?.();
  };
  await start(0);
  return {
    endpoint: () => server!.endpoint,
    async restart() {
      const { port } = server!;
      await stop();
      await start(port);
    },
    async close() {
      await stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
