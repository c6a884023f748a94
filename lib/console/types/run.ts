/** A run as the page shows it. Times are ISO 8601. */

/** `caught`: it failed, and the definition says what comes then; `aborted`: it was under way when the run ended. */
export type StateStatus = 'waiting' | 'running' | 'succeeded' | 'failed' | 'caught' | 'aborted';

export interface RunError {
  readonly name: string;
  /** in words */
  readonly cause: string;
}

/** What is shown on a state of the graph. */
export interface StateShown {
  readonly id: string;
  readonly status: StateStatus;
  /** how often it was entered: once, unless a Map or a loop is around it */
  readonly visits: number;
  /** of the visits */
  readonly running: number;
  readonly failed: number;
  /** attempts that failed, those that a retry has mended included */
  readonly failures: number;
  readonly enteredAt?: string;
  readonly exitedAt?: string;
  /** of the last visit that failed */
  readonly error?: RunError;
  /** of a Map */
  readonly items?: ItemCounts;
  /** of a Distributed Map: where its items are listed */
  readonly mapRuns?: readonly string[];
}

export interface ItemCounts {
  /** of a Distributed Map it is known once its items are read */
  readonly total: number;
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly aborted: number;
}

/** A row of the Gantt. */
export interface Lane {
  readonly state: string;
  readonly depth: number;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly from: string;
  /** absent while it goes on */
  readonly to?: string;
  readonly status: StateStatus;
  /** of one visit of several, or of one attempt of several, counted from 1 */
  readonly attempt?: number;
  readonly visits?: number;
  readonly error?: string;
}

/** One visit of a state. */
export interface VisitShown {
  /** id of the event of its beginning */
  readonly id: number;
  readonly state: string;
  readonly status: StateStatus;
  readonly enteredAt: string;
  readonly exitedAt?: string;
  readonly attempts: readonly AttemptShown[];
  readonly error?: RunError;
  /** the item of a Map that it works at, from 0 */
  readonly item?: number;
  readonly input?: Text;
  readonly output?: Text;
}

export interface AttemptShown {
  readonly number: number;
  readonly status: StateStatus;
  readonly scheduledAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly error?: RunError;
  /** after so many redrives of the run */
  readonly redrives: number;
  /** of the Lambda function */
  readonly requestId?: string;
}

/** A text as it is shown: cut where it is long. */
export interface Text {
  readonly text: string;
  /** of all of it, in characters; absent where this is all */
  readonly whole?: number;
}

/** An item of a Map. */
export interface ItemShown {
  readonly index: number;
  readonly status: StateStatus;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly error?: RunError;
  /** of a Distributed Map: the name of its execution */
  readonly child?: string;
  /** what it works at, in short */
  readonly title?: string;
}

export interface Items {
  readonly total: number;
  /** false: there are more than `total`, which are not listed yet */
  readonly isWhole: boolean;
  readonly from: number;
  readonly items: readonly ItemShown[];
}

export interface EventShown {
  readonly id: number;
  readonly previous: number;
  readonly at: string;
  readonly type: string;
  /** the state that it is of */
  readonly state?: string;
  readonly details: Text;
}

/** Of time that is left out of the Gantt: the run had ended, and was redriven then. */
export interface Pause {
  readonly from: string;
  readonly to: string;
}
