/** Whom a verb speaks to, the local cloud that is up or an AWS account, and what is deployed there. */
import { readFileSync } from 'node:fs';
import { connect as connectTo, createServer } from 'node:net';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { PortInUseError } from '../local/wire/errors';
import { suggest } from '../pipeline/errors';
import { type Account, accountText, type ClientOptions, connectAccount } from './account';
import { type Environment, environmentNamed, prefixOf } from './environment';
import { NotReachable, Refused, UserError } from './errors';
import { localClientOptions } from './local';
import { DEFAULT_STATE_DIR } from './pipelines';

export interface Connection {
  readonly client: ClientOptions;
  readonly target: Target;
  /** absent: the one without a name */
  readonly environment?: string;
}

export type Target = LocalCloud | ({ readonly kind: 'account' } & Account);

export interface LocalCloud {
  readonly kind: 'local';
  readonly endpoint: string;
  readonly stateDir: string;
}

export interface ConnectOptions {
  /** of the local cloud; named: no account is meant, whatever the environment says */
  readonly stateDir?: string | undefined;
  /** named, here or by AWS_PROFILE: an account is meant */
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  /** of `cdk.json`; named: an account is meant, but for `stateDir` */
  readonly env?: string | undefined;
}

export interface Deployed {
  /** outputs of the foundation's stack */
  readonly foundation: Readonly<Record<string, string>>;
  /** the foundation's; absent where it is not deployed */
  readonly stackName?: string;
  readonly pipelines: readonly DeployedPipeline[];
  /** `the local cloud`, or the account: as sentences name it */
  readonly where: string;
  readonly environment?: string;
}

export interface DeployedPipeline {
  readonly name: string;
  readonly stateMachineArn: string;
  readonly landingBucket: string;
  readonly stackName: string;
  /** gathers its files; absent where each has a run of its own */
  readonly gatherFunctionArn?: string;
  /** whose records it takes; absent: files or a time start it */
  readonly stream?: DeployedStream;
}

export interface DeployedStream {
  readonly name: string;
  /** of the event-source mapping */
  readonly mappingId: string;
  /** where Lambda tells of records that it has given up */
  readonly givenUpQueueUrl: string;
}

/**
 * An account where `--profile`, `--region` or AWS_PROFILE names one, else the local cloud.
 *
 * @throws {NotReachable} when it cannot be: says what to do
 */
export async function findConnection(options: ConnectOptions): Promise<Connection> {
  const { stateDir, profile, region } = options;
  const environment = environmentNamed(options.env, meansAccount(options));
  const of = environment.name === undefined ? {} : { environment: environment.name };
  if (stateDir !== undefined && (profile !== undefined || region !== undefined))
    throw new Refused('--state-dir is of the local cloud, --profile and --region are of an account: leave out one.');
  if (meansAccount(options)) {
    const account = await connectAccount({ profile, region: region ?? environment.region });
    requireAccountOf(environment, account);
    return { client: account.client, target: { kind: 'account', ...account }, ...of };
  }
  const local = await localCloud(options);
  if (local !== undefined) return { client: localClientOptions(local.endpoint), target: local, ...of };
  const folder = folderOf(stateDir);
  throw new NotReachable(
    `No local cloud is up on ${folder}. Start it with: npm start${path.basename(folder) === '.stepwell' ? '' : ` -- --state-dir ${stateDir}`}${stateDir === undefined ? '. For an account, name it: --profile <name> or --region <region>' : ''}`,
  );
}

export const targetText = (target: Target): string =>
  target.kind === 'local' ? `local cloud at ${target.endpoint}` : accountText(target);

/** Of the local cloud. */
const LOCAL_REGION = 'us-east-1';

export const regionOf = ({ target }: Pick<Connection, 'target'>): string =>
  target.kind === 'local' ? LOCAL_REGION : target.region;

const placeOf = (target: Target | undefined): string =>
  target?.kind === 'account' ? accountText(target) : 'the local cloud';

export const environmentText = (environment: string | undefined): string =>
  environment === undefined ? '' : `, environment ${environment}`;

/** The wrong credentials would find no stacks, or those of another environment. */
function requireAccountOf({ name, account }: Environment, found: Account): void {
  if (account !== undefined && account !== found.account)
    throw new NotReachable(
      `The environment ${name} is in account ${account}, as cdk.json says, and these credentials are of ${accountText(found)}. Give its own: --profile <name>`,
    );
}

/** `--state-dir` goes before AWS_PROFILE: it is nearer. */
export const meansAccount = ({ stateDir, profile, region, env }: ConnectOptions): boolean =>
  profile !== undefined ||
  region !== undefined ||
  (stateDir === undefined && env !== undefined) ||
  (stateDir === undefined && process.env.AWS_PROFILE !== undefined && process.env.AWS_PROFILE !== '');

const folderOf = (stateDir: string | undefined): string => path.resolve(stateDir ?? DEFAULT_STATE_DIR);

/** The one that is up on the folder. */
export async function localCloud({ stateDir }: Pick<ConnectOptions, 'stateDir'>): Promise<LocalCloud | undefined> {
  const folder = folderOf(stateDir);
  const endpoint = endpointIn(folder);
  return endpoint !== undefined && (await answers(endpoint))
    ? { kind: 'local', endpoint, stateDir: folder }
    : undefined;
}

/** The local cloud knows buckets by their path; AWS by the host's name. */
export const s3Of = ({ client }: Pick<Connection, 'client'>): S3Client =>
  new S3Client({ ...client, ...(client.endpoint === undefined ? {} : { forcePathStyle: true }) });

/** @throws {NotReachable} for an account and region in which there is no Stepwell */
export async function deployed({
  client,
  target,
  environment,
}: Pick<Connection, 'client'> & Partial<Connection>): Promise<Deployed> {
  const all = (await allStacks(client)).map(({ StackName, Outputs = [] }) => ({
    stackName: StackName!,
    outputs: Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])),
  }));
  const stacks = all.filter(({ outputs }) => outputs.Environment === environment);
  const machines = `:stateMachine:${prefixOf(environment)}-`;
  const { outputs: foundation, stackName } = stacks.find(({ outputs }) => outputs.LedgerTableName !== undefined) ?? {};
  if (foundation === undefined && target?.kind === 'account')
    throw await noStepwell(
      target,
      environment,
      all.flatMap(({ outputs }) => (outputs.LedgerTableName ? [outputs.Environment ?? 'the one without a name'] : [])),
    );
  return {
    foundation: foundation ?? {},
    ...(stackName === undefined ? {} : { stackName }),
    pipelines: stacks
      .flatMap(({ stackName, outputs }) => {
        const { StateMachineArn, LandingBucketName, GatherFunctionArn } = outputs;
        const name = StateMachineArn?.split(machines)[1];
        return name === undefined
          ? []
          : [
              {
                name,
                stateMachineArn: StateMachineArn!,
                landingBucket: LandingBucketName!,
                stackName,
                ...(GatherFunctionArn === undefined ? {} : { gatherFunctionArn: GatherFunctionArn }),
                ...streamIn(outputs),
              },
            ];
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    where: placeOf(target) + environmentText(environment),
    ...(environment === undefined ? {} : { environment }),
  };
}

function streamIn({
  StreamName: name,
  StreamMappingId: mappingId,
  StreamGivenUpQueueUrl: givenUpQueueUrl,
}: Readonly<Record<string, string>>): Pick<DeployedPipeline, 'stream'> {
  if (name === undefined || mappingId === undefined || givenUpQueueUrl === undefined) return {};
  return { stream: { name, mappingId, givenUpQueueUrl } };
}

export async function allStacks(client: ClientOptions): Promise<Stack[]> {
  const cloudFormation = new CloudFormationClient(client);
  const stacks: Stack[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudFormation.send(new DescribeStacksCommand({ NextToken }));
    stacks.push(...(page.Stacks ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return stacks;
}

async function noStepwell(
  account: Account,
  environment: string | undefined,
  there: readonly string[],
): Promise<NotReachable> {
  const local = await localCloud({});
  const profile = account.profile === undefined ? '' : ` --profile ${account.profile}`;
  return new NotReachable(
    [
      `There is no Stepwell in ${accountText(account)}${environmentText(environment)}: no stack has an output LedgerTableName${environment === undefined ? '' : ` and Environment ${environment}`}.`,
      ...(there.length === 0 ? [] : [`There is: ${there.join(', ')}. Name it: --env <name>`]),
      `Is it in another region (--region)? To deploy it: npx cdk deploy --all${environment === undefined ? '' : ` -c stepwell:env=${environment}`}${profile}`,
      ...(local === undefined
        ? []
        : [`The local cloud is up at ${local.endpoint}: for that, unset AWS_PROFILE, or give --state-dir .stepwell`]),
    ].join('\n'),
  );
}

/** @throws {Refused} that names those there are */
export function pipelineNamed({ pipelines, where }: Deployed, name: string): DeployedPipeline {
  const found = pipelines.find((pipeline) => pipeline.name === name);
  if (found) return found;
  const known = pipelines.map((pipeline) => pipeline.name);
  const meant = suggest(name, known);
  const hint = meant.startsWith('Did you mean') ? ` ${meant}` : '';
  throw new Refused(`There is no pipeline '${name}' in ${where}.${hint} It has: ${known.join(', ') || 'none'}.`);
}

/** Of the local cloud that was up last on the folder; whether it still is, nobody has asked. */
export function endpointIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(path.join(folder, 'cloud.json'), 'utf8')) as { endpoint: string }).endpoint;
  } catch {
    return undefined;
  }
}

const CONNECT_MS = 2000;

/** @throws {UserError} before anything is waited for, if a cloud is up there already */
export async function requireNoneUp(stateDir: string): Promise<void> {
  const endpoint = endpointIn(path.resolve(stateDir));
  if (endpoint === undefined || !(await answers(endpoint))) return;
  throw new UserError(
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
