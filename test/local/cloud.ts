/** A small cloud for tests: real services side by side, in a temporary folder, with the real clock or one that tests move. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AwsError,
  type Clock,
  type CloudContext,
  type Principal,
  type Service,
  systemClock,
} from '../../lib/local/service';

export interface TestClock extends Clock {
  /** Moves time on, waking sleepers in order, and lets what they started run. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function testClock(start = Date.parse('2026-01-01T00:00:00Z')): TestClock {
  let now = start;
  let sleepers: Sleeper[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper = { at: now + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', onAbort);
      }),
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        sleepers = sleepers.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = until;
    },
  };
}

/** Until what is under way has come to rest: turns of the event loop without a write to disk, however long the disk takes. */
async function settle(): Promise<void> {
  for (let turns = 0, quiet = 0; quiet < QUIET_TURNS && turns < MOST_TURNS; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const isBusy = process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
    quiet = isBusy ? 0 : quiet + 1;
  }
}

const QUIET_TURNS = 12;
const MOST_TURNS = 5_000;

export interface Call {
  readonly principal: Principal;
  readonly service: string;
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a service passes
  readonly input: any;
}

export interface TestCloud extends CloudContext {
  /** Every call between services, in order. */
  readonly calls: readonly Call[];
  readonly lines: readonly string[];
  /** Calls an operation as the administrator. */
  // biome-ignore lint/suspicious/noExplicitAny: outputs are looked at by the tests
  run(service: string, operation: string, input?: unknown, principal?: Principal): Promise<any>;
  /** Stops the services and starts new ones on the same state, as a restart does. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  /** The first half of a restart: the services run, but the resources are not yet all there. */
  restartUnready(): Promise<void>;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestCloudOptions {
  readonly services: () => readonly Service[];
  readonly clock?: Clock;
  /** Stands in for services that are not under test; its answer is theirs. */
  readonly other?: (call: Call) => unknown;
}

export async function testCloud({ services, clock = systemClock, other }: TestCloudOptions): Promise<TestCloud> {
  const stateDir = await mkdtemp(join(tmpdir(), 'stepwell-cloud-'));
  const calls: Call[] = [];
  const lines: string[] = [];
  let running = new Map<string, Service>();

  const call = async (principal: Principal, service: string, operation: string, input: unknown): Promise<unknown> => {
    const found = running.get(service)?.operations[operation];
    if (!found) {
      if (other) return other({ principal, service, operation, input });
      throw new AwsError('UnknownOperationException', `${service}:${operation}`, 404);
    }
    const context = { cloud, principal, requestId: 'test' };
    found.authorize(input, context);
    return found.handle(input, context);
  };

  const start = async (isReady = true) => {
    running = new Map(services().map((service) => [service.name, service]));
    for (const service of running.values()) await service.start?.(cloud);
    if (isReady) for (const service of running.values()) await service.ready?.();
  };
  const stop = async () => {
    for (const service of [...running.values()].reverse()) await service.stop?.();
    running = new Map();
  };

  const cloud: TestCloud = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir,
    endpoint: 'http://127.0.0.1:4510',
    clock,
    calls,
    lines,
    call(principal, service, operation, input) {
      calls.push({ principal, service, operation, input });
      return call(principal, service, operation, input);
    },
    credentialsFor: (roleArn) => ({ accessKeyId: `ASIA${roleArn}`, secretAccessKey: 'secret', sessionToken: 'token' }),
    log: (line) => lines.push(line),
    run: (service, operation, input = {}, principal = { kind: 'admin' }) => call(principal, service, operation, input),
    async restart(meanwhile) {
      await stop();
      await meanwhile?.();
      await start();
    },
    async restartUnready() {
      await stop();
      await start(false);
    },
    async ready() {
      for (const service of running.values()) await service.ready?.();
    },
    async stop() {
      await stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
  await start();
  return cloud;
}
