/**
 * AWS for contract suites: the local services behind a port, or AWS itself with `REMOTE=1` and credentials in the environment
 * (`SCHEDULER_ROLE_ARN` names a role that Scheduler may assume to send to queues).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudContext, type Principal, type Service, systemClock } from '../../lib/local/service';
import { type Authorize, dispatch, startServer, UnknownOperationError, type WireServer } from '../../lib/local/wire';

export const isRemote = process.env.REMOTE === '1';

export interface Aws {
  /** What every client is made with. */
  readonly config: object;
  /** A name that no other run uses. */
  name(prefix: string): string;
  /** Starts the services anew on the same state; does nothing on AWS. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Asks again until the answer is as wanted: what AWS does in its own time. */
export async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, isRemote ? 1_000 : 10));
  }
}

let count = 0;

export async function connect(
  createServices: (stateDir: string) => readonly Service[],
  authorize: Authorize = () => {},
  principalFor: (accessKeyId: string | undefined) => Principal = (key) => ({ kind: key ? 'admin' : 'anonymous' }),
): Promise<Aws> {
  const name = (prefix: string) => `${prefix}-${process.pid}-${Date.now()}-${count++}`;
  if (isRemote) {
    return { config: { region: 'us-east-1' }, name, restart: async () => {}, close: async () => {} };
  }
  const stateDir = await mkdtemp(join(tmpdir(), 'stepwell-contract-'));
  let services = new Map<string, Service>();
  let server: WireServer | undefined;
  const cloud: CloudContext = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir,
    clock: systemClock,
    log: () => {},
    get endpoint() {
      return server?.endpoint ?? '';
    },
    call(principal, service, operation, input) {
      const found = services.get(service);
      if (!found) return Promise.reject(new UnknownOperationError(service, operation));
      return dispatch(found, operation, input, { cloud, principal, requestId: 'test' }, authorize);
    },
    credentialsFor: () => ({ accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'token' }),
  };
  const start = async (port: number) => {
    services = new Map(createServices(stateDir).map((service) => [service.name, service]));
    const all = [...services.values()];
    server = await startServer({
      services: all,
      authorize,
      cloud,
      port,
      principalFor,
    });
    for (const service of all) await service.start?.(cloud);
    for (const service of all) await service.ready?.();
  };
  const stop = async () => {
    await server?.stop();
    for (const service of [...services.values()].reverse()) await service.stop?.();
  };
  await start(0);
  const { endpoint, port } = server as WireServer & { readonly endpoint: string; readonly port: number };
  return {
    config: { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    name,
    async restart() {
      await stop();
      await start(port);
    },
    async close() {
      await stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
