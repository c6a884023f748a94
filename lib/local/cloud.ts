/**
 * The local cloud: every service in this process, the resources of a synthesized assembly in them, one port in front.
 * It may be killed at any moment; the next start finds what was acknowledged and goes on with what was under way.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createCredentialStore } from './credentials';
import { createIam, type Iam, policiesFile, usageFile } from './iam';
import { actionsOf } from './iam/askable';
import { lockStateDir } from './lock';
import { startPostgres } from './postgres/server';
import { AwsError, type Clock, type CloudContext, type Principal, type Service, systemClock } from './service';
import { createServices, type Services } from './services';
import { writeJson } from './store';
import { deploy, type Host, readAssembly, resourceHandler, type StackState, StateStore } from './template';
import { dispatch, type Hook, startServer, UnknownOperationError, type WireServer } from './wire';

export interface CloudOptions {
  /** what `cdk synth` wrote, or is about to: the databases do not wait for it; `cdk.out` unless told */
  readonly assembly?: string | Promise<string>;
  /** where state survives a restart; `.stepwell` unless told */
  readonly stateDir?: string;
  /** 4510 unless told; 0 for any free one */
  readonly port?: number;
  /** false switches the evaluation of policies off */
  readonly iam?: boolean;
  /** true holds callers of Step Functions to AWS's quotas */
  readonly throttle?: boolean;
  readonly clock?: Clock;
  readonly log?: (line: string) => void;
  /** called when all resources are there, before what a restart interrupted goes on */
  readonly prepare?: (endpoint: string) => Promise<void>;
}

export interface Cloud {
  readonly endpoint: string;
  readonly port: number;
  readonly context: CloudContext;
  readonly iam: Iam;
  readonly services: Services;
  /** by signing name, e.g. `s3` */
  service(name: string): Service;
  /** stack → output → value */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** logical id → physical id and type */
  resources(stack: string): Readonly<Record<string, { readonly type: string; readonly physicalId: string }>>;
  /** connection strings for `psql` */
  readonly databases: Readonly<Record<string, string>>;
  /** how many resources this start has created or changed */
  readonly changed: number;
  stop(): Promise<void>;
}

export const DEFAULT_PORT = 4510;
const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const CLOUDFORMATION: Principal = { kind: 'service', service: 'cloudformation.amazonaws.com' };

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const stateDir = resolve(options.stateDir ?? '.stepwell');
  const undo: (() => unknown)[] = [lockStateDir(stateDir)];
  try {
    return await start(options, stateDir, undo);
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

async function start(options: CloudOptions, stateDir: string, undo: (() => unknown)[]): Promise<Cloud> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? (() => {});
  const [assembly, postgres] = await settleBoth(
    Promise.resolve(options.assembly ?? 'cdk.out').then(readAssembly),
    startPostgres({ stateDir }).then((server) => {
      undo.push(() => server.stop());
      return server;
    }),
  );
  const iam = createIam({
    account: ACCOUNT,
    region: REGION,
    now: () => clock.now(),
    file: policiesFile(stateDir),
    usageFile: usageFile(stateDir),
    log,
  });
  undo.push(() => {
    iam.registry.flush();
    iam.usage.flush();
  });
  const authorize: Iam['authorize'] = options.iam === false ? () => {} : iam.authorize;

  const store = new StateStore(stateDir);
  let stacks: ReadonlyMap<string, StackState> = new Map();
  const services = createServices({
    stateDir,
    postgres,
    iam,
    assets: () => assembly.assets,
    throttle: options.throttle === true,
    stacks: { all: () => [...stacks.values()], template: (name) => store.readTemplate(name) },
  });
  const credentials = createCredentialStore(() => clock.now());
  let server: WireServer | undefined;
  const context: CloudContext = {
    account: ACCOUNT,
    region: REGION,
    stateDir,
    clock,
    log,
    get endpoint() {
      return server?.endpoint ?? '';
    },
    call(principal, name, operation, input) {
      const service = services.byName.get(name);
      if (service === undefined) return Promise.reject(new UnknownOperationError(name, operation));
      return dispatch(service, operation, input, { cloud: context, principal, requestId: randomUUID() }, authorize);
    },
    credentialsFor: credentials.issue,
  };
  const hooks = new Map<string, Hook>();
  server = await startServer({
    services: [...services.byName.values()],
    authorize,
    cloud: context,
    port: options.port ?? DEFAULT_PORT,
    principalFor: credentials.principalFor,
    hooks,
  });
  const { endpoint, port } = server;
  undo.push(() => server?.stop());
  await startServices(services, context, undo);
  iam.usage.canAsk(actionsOf(services.byName.values(), context));

  const host: Host = {
    cloud: context,
    iam,
    hooks,
    assets: assembly.assets,
    databases: services.databases,
    call: <T>(service: string, operation: string, input: unknown) =>
      context.call(CLOUDFORMATION, service, operation, input) as Promise<T>,
  };
  const deployment = await deploy(assembly, host, resourceHandler, store, (states) => {
    stacks = states;
  });
  iam.registry.flush();
  await options.prepare?.(endpoint);
  for (const service of services.byName.values()) await service.ready?.();
  services.s3.deliverEvents();

  const discovery = join(stateDir, 'cloud.json');
  await writeJson(discovery, { endpoint, pid: process.pid });
  undo.push(() => rmSync(discovery, { force: true }));
  return {
    endpoint,
    port,
    context,
    iam,
    services,
    service(name) {
      const service = services.byName.get(name);
      if (service === undefined) throw new AwsError('UnknownService', `The local cloud has no service ${name}.`);
      return service;
    },
    outputs: Object.fromEntries([...stacks.values()].map((state) => [state.stackName, outputsOf(state)])),
    resources: (stack) => stacks.get(stack)?.resources ?? {},
    databases: services.databases.connectionStrings(),
    changed: deployment.changed,
    stop: () => unwind(undo),
  };
}

/** Those that keep data first, then those that work with it, then those that deliver: what they owe may go out at once. */
async function startServices(services: Services, context: CloudContext, undo: (() => unknown)[]): Promise<void> {
  for (const tier of services.tiers) {
    await Promise.all(
      tier.map(async (service) => {
        await service.start?.(context);
        undo.push(() => service.stop?.());
      }),
    );
  }
}

/** Backwards; each is tried, whatever became of the others. */
async function unwind(undo: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'The local cloud did not stop cleanly.');
}

/** Both run on when one fails, so that what the other has started can be stopped. */
async function settleBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

function outputsOf(state: StackState): Record<string, string> {
  return Object.fromEntries(Object.entries(state.outputs).map(([name, { value }]) => [name, String(value)]));
}
