import type { Variables } from './environment';
import type { Execution } from './execution';
import type { CompiledState } from './machine';
import type { Scope } from './scope';

export interface MapItem {
  readonly Index: number;
  readonly Value: unknown;
  /** Of a member of an object. */
  readonly Key?: string;
  /** Of a Distributed Map: `STATE_DATA`, or what was read from S3. */
  readonly Source?: string;
}

export interface Iteration {
  readonly name: string;
  readonly index: number;
}

/** One line of states, one after the other: the execution itself, a branch of a Parallel state, an iteration of a Map. */
export class Thread {
  /** The last event of this thread, which the next one names as its predecessor. */
  last = 0;
  /** The state that it is in. */
  state: CompiledState | undefined;
  /** The branches or iterations of that state that are under way. */
  readonly children = new Set<Thread>();
  /** Ended from outside, which history tells already. */
  isAborted = false;

  constructor(
    readonly execution: Execution,
    /** See `EventRecord.thread`. */
    readonly id: string,
    public variables: Variables,
    readonly scope: Scope,
    readonly item?: MapItem,
    /** Of an iteration: which it is, as its events say. */
    readonly iteration?: Iteration,
  ) {}

  /** A branch or iteration of the state whose Started event is `started`. It reads this thread's variables. */
  fork(started: number, index: number, scope: Scope, item?: MapItem, iteration?: Iteration): Thread {
    const id = `${started}.${index}`;
    const thread = new Thread(this.execution, id, this.variables, scope, item ?? this.item, iteration);
    thread.last = started;
    return thread;
  }

  /** Tells history that it and what is under way in it ends because of event `because`. */
  abort(because: number): void {
    if (this.isAborted) return;
    this.isAborted = true;
    this.last = because;
    if (this.iteration) this.execution.record(this, 'MapIterationAborted', { ...this.iteration });
    if (this.state) this.tellAborted(this.state);
    for (const child of this.children) child.abort(because);
  }

  /** AWS has no such event for the types of states that end at once. */
  tellAborted({ type }: CompiledState): void {
    if (type === 'Task' || type === 'Wait' || type === 'Parallel' || type === 'Map') {
      this.execution.record(this, `${type}StateAborted`);
    }
  }
}
