import { ErrorName } from '../../asl/errors';
import type { Clock } from '../service';
import type { Activities } from './activities';
import { Data } from './data';
import type { Context } from './environment';
import { Cancelled, runtimeError, StatesError } from './errors';
import { type EventRecord, type Extra, isAside, type JournalRecord } from './history';
import { instant } from './instant';
import type { Invoker, ParameterCheck } from './invoker';
import type { CompiledMachine } from './machine';
import type { MapRuns } from './map-run/types';
import type { Progress, ThreadProgress } from './resume';
import { runThread } from './run';
import { Scope } from './scope';
import { sleep } from './sleep';
import { Thread } from './thread';
import type { Tokens } from './tokens';

export interface Limits {
  /** AWS: 262,144 bytes for any input or output. */
  readonly payloadBytes: number;
  /** AWS: 25,000 events. */
  readonly historyEvents: number;
}

export const AWS_LIMITS: Limits = { payloadBytes: 256 * 1024, historyEvents: 25_000 };

/** AWS: how long an Express execution may last. */
const EXPRESS_SECONDS = 300;

/** What an execution needs of the world. */
export interface Host {
  readonly clock: Clock;
  /** In [0, 1): for jitter. */
  readonly random: () => number;
  readonly invoke: Invoker;
  /** What of a Task's parameters its resource does not take. */
  readonly problems?: ParameterCheck;
  readonly tokens: Tokens;
  /** Absent where no task is an activity. */
  readonly activities?: Activities;
  readonly limits: Limits;
  readonly region: string;
  /** Absent where there are no executions beside this one. */
  readonly mapRuns?: MapRuns;
  /** What a state is to see as its context object, for TestState. */
  readonly contextSeen?: (context: Context) => Context;
  /** A token that tells which execution it belongs to. */
  newToken(executionArn: string): string;
}

export interface ExecutionIdentity {
  readonly executionArn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  /** Epoch milliseconds. */
  readonly startDate: number;
  /** JSON text. */
  readonly input: string;
  /** Where it was started by a version's or an alias's ARN. */
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
}

export interface ExecutionEnd {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** Resolves when the record is on disk; undefined where nothing is kept. */
export type Append = (record: JournalRecord) => Promise<void> | undefined;

/** Other work gets a turn after so long, however many states need no waiting. */
const TURN_MS = 8;

/** One execution while it runs: its history, its clock and its end. What it does is in `run.ts` and `states/`. */
export class Execution {
  readonly scope = new Scope();
  readonly events: EventRecord[];
  readonly input: Data;
  readonly redriveCount: number;
  readonly #redriveDate: number | undefined;
  #closed = false;
  #interrupted = false;
  #endsSoon = false;
  #end: ExecutionEnd | undefined;
  #written: Promise<void> | undefined;
  #turnStarted = performance.now();
  #contextExecution: Record<string, unknown> | undefined;
  readonly #contextMachine: Record<string, unknown>;

  constructor(
    readonly host: Host,
    readonly identity: ExecutionIdentity,
    readonly machine: CompiledMachine,
    private readonly append: Append,
    private readonly progress?: Progress,
  ) {
    this.input = Data.parse(identity.input);
    this.events = progress?.events ?? [];
    this.redriveCount = progress?.redriveCount ?? 0;
    this.#redriveDate = progress?.redriveDate;
    this.#contextMachine = { Id: identity.stateMachineArn, Name: identity.stateMachineName };
  }

  /** The first event; before `run`, unless the execution goes on from earlier events. */
  start(): void {
    const { roleArn, input, stateMachineVersionArn, stateMachineAliasArn } = this.identity;
    this.write('', 0, 'ExecutionStarted', {
      input,
      roleArn,
      ...(stateMachineVersionArn !== undefined && { stateMachineVersionArn }),
      ...(stateMachineAliasArn !== undefined && { stateMachineAliasArn }),
    });
  }

  /** Runs to the end. Undefined when it was interrupted by `shutdown`. Never rejects for what the definition does. */
  async run(): Promise<ExecutionEnd | undefined> {
    const thread = new Thread(this, '', {}, this.scope);
    const done = new AbortController();
    this.watchTimeout(done.signal);
    try {
      const progress: ThreadProgress | undefined = this.progress?.root;
      const output = await runThread(thread, this.machine, this.input, progress);
      this.close(
        thread.last,
        'ExecutionSucceeded',
        { output: output.json },
        { status: 'SUCCEEDED', output: output.json },
      );
    } catch (error) {
      if (!(error instanceof Cancelled)) this.fail(thread.last, error);
    } finally {
      done.abort();
    }
    await this.durable();
    return this.#end;
  }

  /** StopExecution. */
  async stop(error: string | undefined, cause: string | undefined): Promise<void> {
    const details = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    this.close(0, 'ExecutionAborted', details, { status: 'ABORTED', ...details });
    this.scope.cancel();
    await this.durable();
  }

  /** Lets go without an end: the execution goes on from its records another time. */
  shutdown(): void {
    this.#interrupted = !this.#closed;
    this.#closed = true;
    this.scope.cancel();
  }

  /** Its state machine is being deleted: it is aborted instead of entering another state. */
  endSoon(): void {
    this.#endsSoon = true;
  }

  /** Before a state is entered after another one. */
  transition(): Promise<void> | undefined {
    return this.#endsSoon ? this.stop(undefined, undefined) : undefined;
  }

  /** Let go of, to go on another time. */
  get isInterrupted(): boolean {
    return this.#interrupted;
  }

  get end(): ExecutionEnd | undefined {
    return this.#end;
  }

  /** Appends an event to a thread. */
  record(thread: Thread, type: string, details?: EventRecord['details'], extra?: Extra): number {
    if (this.#closed) throw new Cancelled();
    // One is left for the event that ends the execution.
    if (this.events.length >= this.host.limits.historyEvents - 1 && !this.isExpress) {
      throw new HistoryFull(this.host.limits.historyEvents);
    }
    const id = this.write(thread.id, thread.last, type, details, extra);
    if (!isAside(type)) thread.last = id;
    return id;
  }

  /** Writes down what is no event. */
  note(record: JournalRecord): void {
    if (!this.#closed) this.#written = this.append(record);
  }

  /** Everything written down so far is on disk. Before anything leaves the interpreter that follows from it. */
  durable(): Promise<void> | undefined {
    return this.#written;
  }

  /** Undefined unless other work has waited for too long. */
  breathe(): Promise<void> | undefined {
    if (performance.now() - this.#turnStarted < TURN_MS) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#turnStarted = performance.now();
        resolve();
      }),
    );
  }

  /** The context object's parts that are the same in every state. */
  get context(): { Execution: Record<string, unknown>; StateMachine: Record<string, unknown> } {
    this.#contextExecution ??= {
      Id: this.identity.executionArn,
      Input: this.input.value,
      StartTime: instant(this.identity.startDate),
      Name: this.identity.name,
      RoleArn: this.identity.roleArn,
      RedriveCount: this.redriveCount,
      ...(this.#redriveDate === undefined ? {} : { RedriveTime: instant(this.#redriveDate) }),
    };
    return { Execution: this.#contextExecution, StateMachine: this.#contextMachine };
  }

  private write(
    thread: string,
    previous: number,
    type: string,
    details?: EventRecord['details'],
    extra?: Extra,
  ): number {
    const id = this.events.length + 1;
    const event: EventRecord = {
      id,
      previous,
      thread,
      at: this.host.clock.now(),
      type,
      ...(details && { details }),
      ...(extra && { extra }),
    };
    this.events.push(event);
    this.#written = this.append(event);
    return id;
  }

  private close(previous: number, type: string, details: EventRecord['details'], end: ExecutionEnd): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end = end;
    this.write('', previous, type, details);
  }

  /** Ends the execution at once, wherever in it that is; what else runs tells nothing more. */
  fail(previous: number, thrown: unknown): void {
    const error = thrown instanceof StatesError ? thrown : runtimeError(String((thrown as Error)?.message ?? thrown));
    const details = {
      // A Fail state may give neither.
      ...(error.error === '' ? {} : { error: error.error }),
      ...(error.reason === undefined ? {} : { cause: error.reason }),
    };
    this.close(previous, 'ExecutionFailed', details, { status: 'FAILED', ...details });
    this.scope.cancel();
  }

  /** Its history has no limit, but it may last for five minutes only. */
  private get isExpress(): boolean {
    return this.identity.executionArn.includes(':express:');
  }

  private watchTimeout(signal: AbortSignal): void {
    const { timeoutSeconds: given } = this.machine;
    const timeoutSeconds = this.isExpress ? Math.min(given ?? EXPRESS_SECONDS, EXPRESS_SECONDS) : given;
    if (timeoutSeconds === undefined) return;
    const { clock } = this.host;
    const deadline = (this.#redriveDate ?? this.identity.startDate) + timeoutSeconds * 1000;
    sleep(clock, deadline - clock.now(), signal).then(
      () => {
        this.close(0, 'ExecutionTimedOut', { error: ErrorName.timeout }, { status: 'TIMED_OUT' });
        this.scope.cancel();
      },
      () => undefined,
    );
  }
}

/** Ends the execution wherever it is: neither retried nor caught. */
class HistoryFull extends StatesError {
  constructor(limit: number) {
    super(ErrorName.runtime, `The execution reached the maximum number of history events (${limit}).`, {
      recorded: true,
    });
  }
}
