/** Kills function processes in the middle of their work: at the n-th call that reaches a service of the cloud. */
import type { Cloud } from '../../lib/local/cloud';
import { AwsError, type Clock, type Operation, systemClock } from '../../lib/local/service';

export interface Aim {
  /** the call at which the process dies, from 1 */
  readonly nth: number;
  /** whether the call dies with it; otherwise it is carried out, and only its answer is lost */
  readonly lost: boolean;
}

export interface Killer {
  /** calls of a function since the last reset, e.g. `s3:GetObject` */
  calls(functionName: string): readonly string[];
  /** forgets the calls, the hits, and the aims that no call has reached */
  reset(): void;
  aim(functionName: string, aim: Aim): void;
  /** at which call it was killed */
  hit(functionName: string): string | undefined;
}

/** Looks at each call on its way into a service, where its policies are evaluated; the product knows nothing of it. */
export function createKiller(cloud: Cloud): Killer {
  const calls = new Map<string, string[]>();
  const aims = new Map<string, Aim & { from: number }>();
  const hits = new Map<string, string>();

  const arrived = (functionName: string, call: string): void => {
    const seen = calls.get(functionName) ?? [];
    calls.set(functionName, seen);
    seen.push(call);
    const aim = aims.get(functionName);
    if (aim === undefined || seen.length - aim.from < aim.nth) return;
    // Lambda itself calls as the function's role, when it reads a stream for it.
    if (cloud.services.lambda.killRunning(functionName) === 0) return;
    aims.delete(functionName);
    hits.set(functionName, call);
    if (aim.lost) throw new AwsError('ServiceUnavailable', 'The caller died before the call was sent.', 503);
  };

  for (const service of cloud.services.byName.values()) {
    const operations = service.operations as Record<string, Operation>;
    for (const [name, operation] of Object.entries(operations)) {
      operations[name] = {
        handle: operation.handle.bind(operation),
        authorize(input, context) {
          const { principal } = context;
          // Its log is written in its name, whenever there is time for it.
          if (principal.kind === 'role' && service.name !== 'logs')
            arrived(principal.sessionName, `${service.name}:${name}`);
          return operation.authorize(input, context);
        },
      };
    }
  }
  return {
    calls: (functionName) => calls.get(functionName) ?? [],
    reset() {
      calls.clear();
      aims.clear();
      hits.clear();
    },
    aim(functionName, aim) {
      aims.set(functionName, { ...aim, from: calls.get(functionName)?.length ?? 0 });
    },
    hit: (functionName) => hits.get(functionName),
  };
}

/** DynamoDB puts no items into a table, until it does again. */
export function refusePuts(cloud: Cloud, table: string): { ends(): void } {
  const operations = cloud.services.byName.get('dynamodb')!.operations as Record<string, Operation>;
  const { PutItem } = operations;
  operations.PutItem = {
    handle: PutItem!.handle.bind(PutItem),
    authorize(input, context) {
      if ((input as { TableName?: string }).TableName === table)
        throw new AwsError('AccessDeniedException', 'It is refused.', 400);
      return PutItem!.authorize(input, context);
    },
  };
  return {
    ends() {
      operations.PutItem = PutItem!;
    },
  };
}

/** Lambda tries an asynchronous invocation that has failed again a minute later; nobody waits for that here. */
export const impatientClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(ms > 55_000 && ms <= 60_000 ? 0 : ms, signal),
};
