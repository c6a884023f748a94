import { randomBytes } from 'node:crypto';
import type { Data } from './data';

/** A task that waits for its token. What it is told is on disk when its promise resolves. */
export interface TokenWaiter {
  succeed(output: Data): Promise<void>;
  fail(error: string | undefined, cause: string | undefined): Promise<void>;
  heartbeat(): void;
}

export class Tokens {
  readonly #waiting = new Map<string, TokenWaiter>();
  /** Of executions that are being resumed: their tasks will wait in a moment. */
  readonly #expected = new Map<string, { readonly promise: Promise<void>; readonly resolve: () => void }>();

  /** Undefined when no task waits for it. */
  async get(token: string): Promise<TokenWaiter | undefined> {
    await this.#expected.get(token)?.promise;
    return this.#waiting.get(token);
  }

  /** Returns what ends the wait. */
  register(token: string, waiter: TokenWaiter): () => void {
    this.#waiting.set(token, waiter);
    this.#arrived(token);
    return () => this.#waiting.delete(token);
  }

  /** Lets `get` wait for tasks that are about to wait for these. Call the result when none of them will any more. */
  expect(tokens: readonly string[]): () => void {
    for (const token of tokens) {
      let resolve = () => {};
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#expected.set(token, { promise, resolve });
    }
    return () => {
      for (const token of tokens) this.#arrived(token);
    };
  }

  #arrived(token: string): void {
    this.#expected.get(token)?.resolve();
    this.#expected.delete(token);
  }
}

/** A token names its execution, so that IAM can be asked about the state machine, and cannot be guessed. */
export const newToken = (executionArn: string): string =>
  Buffer.from(JSON.stringify([executionArn, randomBytes(24).toString('base64')])).toString('base64');

/** Undefined when it is no token of ours. */
export function executionOfToken(token: string): string | undefined {
  try {
    const [executionArn] = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as unknown[];
    return typeof executionArn === 'string' && /:(execution|express):/.test(executionArn) ? executionArn : undefined;
  } catch {
    return undefined;
  }
}
