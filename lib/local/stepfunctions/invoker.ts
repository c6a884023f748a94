import type { Resource } from './resource';

/** One attempt of a Task, as the interpreter hands it to whatever performs it. */
export interface TaskCall {
  readonly resource: Resource;
  /** The evaluated Arguments or Parameters. */
  readonly parameters: unknown;
  readonly executionArn: string;
  /** The state machine's. */
  readonly roleArn: string;
  /** Of the state's Credentials: assumed by the state machine's role for this call. */
  readonly taskRoleArn?: string;
  readonly stateName: string;
  /** The same for each try of the same scheduled event, so also after a restart. */
  readonly attemptId: string;
  /** For `.sync` after a restart: what `onSubmitted` was told. The job runs already. */
  readonly submitted?: unknown;
  /** For `.sync`: the job is started; its end decides the task. */
  onSubmitted(output: unknown): void;
  /** Told of each request of an HTTP Task. */
  readonly onHttp?: (exchange: HttpExchange) => void;
  /** Aborted when nobody waits for the answer any more; for the reason `TASK_ABORTED` when the execution was stopped meanwhile. */
  readonly signal: AbortSignal;
}

export interface HttpExchange {
  readonly request: HttpMessage;
  /** Without what the connection has added. */
  readonly own: HttpMessage;
  readonly response: {
    readonly status: number;
    readonly statusText: string;
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly body: Buffer;
  };
}

interface HttpMessage {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Of a `.sync` task, the job is to be stopped then: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync */
export const TASK_ABORTED = Symbol('The task was aborted');

/** Resolves with the task's result. Rejects with a `StatesError` when the task fails. */
export type Invoker = (call: TaskCall) => Promise<unknown>;

export type ParameterCheck = (
  resource: Resource,
  parameters: unknown,
) => readonly string[] | Promise<readonly string[]>;
