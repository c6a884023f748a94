/** What a local cloud is once its databases are on their way: apart from `cloud.ts`, as to load all of it takes a while. */
import './navigator';

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud, CloudOptions } from './cloud';
import { createCredentialStore } from './credentials';
import { createIam, type Iam, policiesFile, usageFile } from './iam';
import { actionsOf } from './iam/askable';
import type { PostgresServer } from './postgres/server';
import { AwsError, type CloudContext, type Principal, systemClock } from './service';
import { createServices, type Services } from './services';
import { writeJson } from './store';
import { type Assembly, deploy, type Host, resourceHandler, type StackState, StateStore } from './template';
import { dispatch, type Hook, startServer, UnknownOperationError, type WireServer } from './wire';

const DEFAULT_PORT = 4510;
const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const CLOUDFORMATION: Principal = { kind: 'service', service: 'cloudformation.amazonaws.com' };

export interface Beginning {
  readonly options: CloudOptions;
  readonly stateDir: string;
  readonly postgres: PostgresServer;
  readonly assembly: Assembly;
  /** What is to be done in the end, the last first; more is put to it. */
  readonly undo: (() => unknown)[];
  readonly stop: () => Promise<void>;
}

export async function run({ options, stateDir, postgres, assembly, undo, stop }: Beginning): Promise<Cloud> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? (() => {});
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
  iam.registry.hold();
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
    stop,
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

function outputsOf(state: StackState): Record<string, string> {
  return Object.fromEntries(Object.entries(state.outputs).map(([name, { value }]) => [name, String(value)]));
}
