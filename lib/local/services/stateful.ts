/** How the services with state of their own are put together: the state opens when the cloud starts, operations reach it. */
import { join } from 'node:path';
import { AwsError, type CloudContext, type Operation, type Service } from '../service';

export interface State {
  /** All resources exist: what a restart interrupted goes on. */
  ready?(): void;
  close(): Promise<void>;
}

/** An operation's file exports one of these, under AWS's name for it. */
export type OperationOf<S, I = unknown, O = unknown> = (state: () => S) => Operation<I, O>;

export interface StatefulService<S extends State> {
  readonly name: string;
  /** `folder` is the service's own, below the cloud's state folder. */
  readonly open: (cloud: CloudContext, folder: string) => Promise<S>;
  // biome-ignore lint/suspicious/noExplicitAny: a table of operations, each typed in its own file
  readonly operations: Readonly<Record<string, OperationOf<S, any, any>>>;
  /** May throw for what is not there. */
  readonly tagsOf?: (state: S, resourceArn: string) => Readonly<Record<string, string>> | undefined;
}

export function statefulService<S extends State>({ name, open, operations, tagsOf }: StatefulService<S>): Service {
  let state: S | undefined;
  const current = () => {
    if (!state) throw new AwsError('ServiceUnavailable', `${name} has not started`, 503);
    return state;
  };
  return {
    name,
    operations: Object.fromEntries(Object.entries(operations).map(([key, operation]) => [key, operation(current)])),
    ...(tagsOf && {
      tagsOf(resourceArn: string) {
        try {
          return tagsOf(current(), resourceArn);
        } catch {
          return undefined;
        }
      },
    }),
    async start(cloud) {
      state = await open(cloud, join(cloud.stateDir, name));
    },
    async ready() {
      state?.ready?.();
    },
    async stop() {
      await state?.close();
      state = undefined;
    },
  };
}

/** Refuses an input that lacks one of the members, as AWS words it. */
export function requireMembers<I extends object, K extends keyof I & string>(
  input: I,
  ...names: readonly K[]
): asserts input is I & { [P in K]-?: NonNullable<I[P]> } {
  const missing = names.filter((name) => input[name] === undefined || input[name] === null || input[name] === '');
  if (missing.length === 0) return;
  const reasons = missing.map((name) => {
    const member = name.charAt(0).toLowerCase() + name.slice(1);
    return `Value null at '${member}' failed to satisfy constraint: Member must not be null`;
  });
  const count = `${missing.length} validation error${missing.length > 1 ? 's' : ''} detected`;
  throw new AwsError('ValidationException', `${count}: ${reasons.join('; ')}`);
}

/** A page of a list, by AWS's next-token habit: the token is the position, opaque to the caller. */
export function page<T>(
  items: readonly T[],
  limit: number,
  token?: string,
): { items: readonly T[]; nextToken?: string } {
  const start = token ? Number(Buffer.from(token, 'base64url').toString()) : 0;
  if (!Number.isInteger(start) || start < 0) throw new AwsError('ValidationException', 'The next token is not valid.');
  const end = start + limit;
  const nextToken = end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { items: items.slice(start, end), ...(nextToken ? { nextToken } : {}) };
}
