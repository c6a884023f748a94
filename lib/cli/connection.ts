/** The local cloud that is up, and what is deployed in it. */
import { readFileSync } from 'node:fs';
import { connect as connectTo, createServer } from 'node:net';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PortInUseError } from '../local/wire/errors';
import { CliError } from './errors';
import { localClientOptions } from './local';

export interface Connection {
  readonly endpoint: string;
  readonly stateDir: string;
  readonly client: ReturnType<typeof localClientOptions>;
}

export interface Deployed {
  /** outputs of the foundation's stack */
  readonly foundation: Readonly<Record<string, string>>;
  readonly pipelines: readonly DeployedPipeline[];
}

export interface DeployedPipeline {
  readonly name: string;
  readonly stateMachineArn: string;
  readonly landingBucket: string;
}

/** @throws {CliError} when none is up: says how to start one */
export async function connect(stateDir: string): Promise<Connection> {
  const folder = path.resolve(stateDir);
  const endpoint = endpointIn(folder);
  if (endpoint === undefined || !(await answers(endpoint))) {
    throw new CliError(
      `No local cloud is up on ${folder}. Start it with: npm start${path.basename(folder) === '.stepwell' ? '' : ` -- --state-dir ${stateDir}`}`,
    );
  }
  return { endpoint, stateDir: folder, client: localClientOptions(endpoint) };
}

const STATE_MACHINE = /:stateMachine:stepwell-(.+)$/;

export async function deployed({ client }: Pick<Connection, 'client'>): Promise<Deployed> {
  const { Stacks = [] } = await new CloudFormationClient(client).send(new DescribeStacksCommand({}));
  const outputs = Stacks.map(({ Outputs = [] }) =>
    Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])),
  );
  return {
    foundation: outputs.find(({ LedgerTableName }) => LedgerTableName !== undefined) ?? {},
    pipelines: outputs.flatMap(({ StateMachineArn, LandingBucketName }) => {
      const name = STATE_MACHINE.exec(StateMachineArn ?? '')?.[1];
      return name === undefined ? [] : [{ name, stateMachineArn: StateMachineArn!, landingBucket: LandingBucketName! }];
    }),
  };
}

/** @throws {CliError} that names those there are */
export function pipelineNamed({ pipelines }: Deployed, name: string): DeployedPipeline {
  const found = pipelines.find((pipeline) => pipeline.name === name);
  if (found) return found;
  const known = pipelines.map((pipeline) => pipeline.name).join(', ');
  throw new CliError(`There is no pipeline '${name}' in the local cloud. It has: ${known || 'none'}.`);
}

function endpointIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(path.join(folder, 'cloud.json'), 'utf8')) as { endpoint: string }).endpoint;
  } catch {
    return undefined;
  }
}

const CONNECT_MS = 2000;

/** @throws {CliError} before anything is waited for, if a cloud is up there already */
export async function requireNoneUp(stateDir: string): Promise<void> {
  const endpoint = endpointIn(path.resolve(stateDir));
  if (endpoint === undefined || !(await answers(endpoint))) return;
  throw new CliError(
    `A local cloud is up on ${path.resolve(stateDir)} already, at ${endpoint}: other commands work with it. Stop it with Ctrl-C where it runs, or choose another folder with --state-dir.`,
  );
}

/** @throws {PortInUseError} */
export function requireFreePort(port: number): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(new PortInUseError(port, error)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

/** A cloud that was killed leaves its address behind. */
function answers(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const socket = connectTo({ host: hostname, port: Number(port), timeout: CONNECT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
