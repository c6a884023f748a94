import type { Variables } from './environment';
import type { Execution } from './execution';
import type { Scope } from './scope';

export interface MapItem {
  readonly Index: number;
  readonly Value: unknown;
  /** Of a member of an object. */
  readonly Key?: string;
  /** Of a Distributed Map: `STATE_DATA`, or what was read from S3. */
  readonly Source?: string;
}

/** One line of states, one after the other: the execution itself, a branch of a Parallel state, an iteration of a Map. */
export class Thread {
  /** The last event of this thread, which the next one names as its predecessor. */
  last = 0;

  constructor(
    readonly execution: Execution,
    /** See `EventRecord.thread`. */
    readonly id: string,
    public variables: Variables,
    readonly scope: Scope,
    readonly item?: MapItem,
  ) {}

  /** A branch or iteration of the state whose Started event is `started`. It reads this thread's variables. */
  fork(started: number, index: number, scope: Scope, item?: MapItem): Thread {
    const thread = new Thread(this.execution, `${started}.${index}`, this.variables, scope, item ?? this.item);
    thread.last = started;
    return thread;
  }
}
