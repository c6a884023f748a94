/** A run as the page shows it. Times are ISO 8601. */
import type { ActPlan } from './shell';

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
}

/** A text as it is shown: cut where it is long. */
export interface Text {
  readonly text: string;
  /** of all of it, in characters; absent where this is all */
  readonly whole?: number;
  /** where all of it is */
  readonly href?: string;
}

/** An item of a Map. */
export interface ItemShown {
  readonly index: number;
  readonly status: StateStatus;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly error?: RunError;
  /** of a Distributed Map: the name of its execution; of an Express one with its id */
  readonly child?: string;
  /** what it works at, in short */
  readonly title?: string;
}

export interface Items {
  /** of a Distributed Map as it counts them, until they are listed to their end */
  readonly total: number;
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

/** All that the page shows of a run at once; the rest is asked for. */
export interface RunShown {
  readonly pipeline: string;
  readonly runId: string;
  readonly executionArn: string;
  /** as the API has it, or SKIPPED, PARTIAL, or WAITING for its turn */
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** what it loads, in words */
  readonly content: string;
  readonly interval?: { readonly start: string; readonly end: string };
  readonly after?: { readonly pipeline: string; readonly runId: string };
  readonly rows?: number;
  readonly rejected?: number;
  /** `table`: as `/data` has it; absent where what is deployed now has no such sink */
  readonly published: readonly { readonly sink: string; readonly rows: number; readonly table?: string }[];
  /** how many files it loads; of an interval none */
  readonly files: number;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  readonly checks: readonly CheckShown[];
  /** why it was skipped */
  readonly reason?: string;
  readonly redrives: number;
  readonly rerunOf?: string;
  readonly replayOf?: string;
  readonly takenOverBy?: string;
  /** the run in front of it, where it waits for its turn */
  readonly waits?: { readonly since: string; readonly behind?: string; readonly place: number };
  /** partitions that it has loaded without */
  readonly missing: readonly { readonly source: string; readonly partition: string; readonly cause: string }[];
  readonly trouble?: TroubleShown;
  readonly states: readonly StateShown[];
  readonly lanes: readonly Lane[];
  readonly pauses: readonly Pause[];
  /** of its history */
  readonly events: number;
}

export interface CheckShown {
  readonly check: string;
  readonly outcome: 'passed' | 'failed';
  readonly severity: string;
  /** what must hold */
  readonly rule: string;
  readonly found: string;
}

export interface TroubleShown {
  /** the state that failed */
  readonly step?: string;
  readonly name: string;
  readonly cause: string;
  /** what has come to the tables nonetheless, in sentences */
  readonly publication: readonly string[];
  readonly isRepeated: boolean;
  readonly remedy: readonly string[];
}

export interface RunFile {
  /** from 0 */
  readonly number: number;
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

export interface RunFiles {
  readonly files: readonly RunFile[];
  readonly more: number;
  /** where the list of files stands that were gathered */
  readonly list?: string;
}

/** A state of the run, looked at closely. */
export interface StateDetail {
  readonly state: string;
  /** of its definition */
  readonly definition: Text;
  /** how often it was entered; the latest are listed */
  readonly total: number;
  readonly visits: readonly VisitShown[];
}

/** A child of a Distributed Map, looked at closely. */
export interface ChildDetail {
  readonly name: string;
  readonly status: StateStatus;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly error?: RunError;
  readonly input?: Text;
  readonly output?: Text;
  readonly visits: readonly VisitShown[];
  /** it is an Express execution, of which Step Functions keeps no history */
  readonly hasNoHistory?: true;
}

export interface Events {
  readonly total: number;
  readonly from: number;
  readonly events: readonly EventShown[];
}

export interface LogShown {
  readonly time: string;
  readonly function: string;
  readonly level: string;
  readonly message: string;
  readonly details: readonly { readonly name: string; readonly value: string }[];
}

export interface RunActs {
  readonly redrive: ActPlan;
  readonly stop: ActPlan;
  readonly rerun: ActPlan;
  /** of a partial run */
  readonly missing?: ActPlan;
}
