/**
 * What goes wrong in an account, at random: function processes die, calls are throttled, answers are lost, services are down for a while,
 * events come twice. Each call on its way into a service may be hit; the product knows nothing of it.
 */
import { appendFileSync, existsSync } from 'node:fs';
import type { Cloud } from '../../../lib/local/cloud';
import { AwsError, type CallContext, type Clock, type Operation, systemClock } from '../../../lib/local/service';
import { type Random, whole } from '../order-files';

export type FaultKind = 'crash before' | 'crash after' | 'throttle' | 'lost answer' | 'outage' | 'duplicate event';

export interface Fault {
  readonly kind: FaultKind;
  /** e.g. `s3:GetObject` */
  readonly call: string;
  /** whose call it was: a function, or the session of a state machine */
  readonly caller: string;
}

export interface InjectorOptions {
  readonly random: Random;
  /** of a hundred calls, so many are hit */
  readonly percent: number;
  /** each fault is written here, a line of JSON; it is read after a kill, too */
  readonly log: string;
  /** while this file exists, nothing goes wrong */
  readonly calm: string;
}

const THROTTLED: Readonly<Record<string, readonly [code: string, status: number]>> = {
  s3: ['SlowDown', 503],
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  lambda: ['TooManyRequestsException', 429],
  sns: ['ThrottledException', 429],
  'redshift-data': ['ActiveStatementsExceededException', 400],
};
const EVENTS = 'events.amazonaws.com';
/** Calls of one caller to one service that fail during an outage: from a hiccup to more than all retries. */
const OUTAGE = { least: 3, most: 40 };
/** One who calls seldom, as the sweeper, does not have it for the rest of the test: what is down comes back, whoever asks. */
const LONGEST_OUTAGE_MS = 30_000;
/** Step Functions asks without the retries that an SDK has. */
const OUTAGE_OF_STATES = { least: 1, most: 3 };
/** After a fault, a caller is spared for so many calls, or one that calls often would never come to an end. */
const SPARED_CALLS = 25;
/** Lambda gives an asynchronous event three attempts, and no more: reports of failures are hit, but not so often that none gets through. */
const SPARED_CALLS_OF_REPORTS = 40;

export function injectFaults(cloud: Cloud, { random, percent, log, calm }: InjectorOptions): void {
  const outages = new Map<string, { left: number; readonly until: number }>();
  const quiet = new Map<string, number>();

  const note = (fault: Fault) => appendFileSync(log, `${JSON.stringify(fault)}\n`);

  const drawn = (service: string, caller: string): FaultKind | undefined => {
    if (existsSync(calm)) return undefined;
    const outage = outages.get(`${caller} ${service}`);
    if (outage && outage.left > 0 && Date.now() < outage.until) {
      outage.left--;
      return 'outage';
    }
    const isReport = caller.includes('ReportFailure');
    const spared = quiet.get(caller) ?? 0;
    if (spared > 0) {
      quiet.set(caller, spared - 1);
      return undefined;
    }
    if (random() * 100 >= percent) return undefined;
    quiet.set(caller, isReport ? SPARED_CALLS_OF_REPORTS : SPARED_CALLS);
    const kinds: FaultKind[] = ['crash before', 'crash after', 'throttle', 'lost answer'];
    // What outlasts all retries is what fails a run.
    if (!isReport) kinds.push('outage', 'outage');
    const kind = kinds[whole(random, 0, kinds.length - 1)]!;
    if (kind === 'outage') {
      const { least, most } = caller.includes('Function') ? OUTAGE : OUTAGE_OF_STATES;
      outages.set(`${caller} ${service}`, {
        left: whole(random, least, most),
        until: Date.now() + LONGEST_OUTAGE_MS,
      });
    }
    return kind;
  };

  /** Those that spoil an answer wait here until there is one. */
  const spoiled = new WeakMap<CallContext, () => never>();

  const arrives = (service: string, name: string, context: CallContext): void => {
    const { principal } = context;
    // A function's log is written in its name, whenever there is time for it.
    if (principal.kind !== 'role' || service === 'logs') return;
    const caller = principal.sessionName;
    const kind = drawn(service, caller);
    if (kind === undefined) return;
    const call = `${service}:${name}`;
    const down = new AwsError('ServiceUnavailable', 'The service is down for a moment.', 503);
    if (kind.startsWith('crash')) {
      if (cloud.services.lambda.killRunning(caller) === 0) return;
      note({ kind, call, caller });
      if (kind === 'crash before') throw down;
      return;
    }
    note({ kind, call, caller });
    if (kind === 'outage') throw down;
    if (kind === 'throttle') {
      const [code, status] = THROTTLED[service] ?? ['ThrottlingException', 400];
      throw new AwsError(code, 'Rate exceeded', status);
    }
    spoiled.set(context, () => {
      throw new AwsError('InternalServerError', 'The answer was lost.', 500);
    });
  };

  const again = (service: string, name: string, operation: Operation, input: unknown, context: CallContext): void => {
    const { principal } = context;
    if (principal.kind !== 'service' || principal.service !== EVENTS || existsSync(calm)) return;
    if (!['StartExecution', 'Invoke', 'InvokeAsync'].includes(name) || random() * 100 >= 5 * percent) return;
    note({ kind: 'duplicate event', call: `${service}:${name}`, caller: principal.sourceArn ?? EVENTS });
    // S3 tells of an object at least once: the second time is an event of its own, and so is the execution that it starts.
    const { name: _, ...second } = input as { readonly name?: string };
    setTimeout(() => void operation.handle(second, context).catch(() => {}), whole(random, 0, 300));
  };

  for (const service of cloud.services.byName.values()) {
    const operations = service.operations as Record<string, Operation>;
    for (const [name, operation] of Object.entries(operations)) {
      operations[name] = {
        authorize(input, context) {
          arrives(service.name, name, context);
          return operation.authorize(input, context);
        },
        async handle(input, context) {
          const answer = await operation.handle(input, context);
          spoiled.get(context)?.();
          again(service.name, name, operation, input, context);
          return answer;
        },
      };
    }
    const { raw } = service;
    if (raw === undefined) continue;
    service.raw = async (request, context) => {
      const answer = await raw.call(service, request, context);
      spoiled.get(context)?.();
      return answer;
    };
  }
}

/** Nobody waits for a retry's turn here: delays that AWS counts in seconds pass twenty times as fast. */
export const hastyClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(ms <= 125_000 ? ms / 20 : ms, signal),
};
