import type { ExecutionRecord, ExecutionStatus } from '../catalogue';
import type { ExecutionEnd, ExecutionIdentity } from '../execution';
import type { ChildInput } from './batch';

/** What the interpreter needs to run the items of a Distributed Map as executions of their own. */
export interface MapRuns {
  /** Calls a service as the state machine's role; rejects with a `StatesError`. */
  call(roleArn: string, service: string, operation: string, input: unknown): Promise<unknown>;
  /** Keeps the run: it is on disk when it resolves. */
  create(run: MapRunRecord): Promise<void>;
  /** Keeps the inputs of its children, and how many they are: all is on disk when it resolves. */
  saveInputs(mapRunArn: string, inputs: readonly ChildInput[]): Promise<void>;
  /** The inputs that were kept. */
  inputs(mapRunArn: string): Promise<ChildInput[]>;
  update(mapRunArn: string, change: Partial<MapRunRecord>): Promise<void>;
  /** As it is now: UpdateMapRun changes it while it runs. */
  current(mapRunArn: string): MapRunRecord;
  /** Calls after each change, until what it returns is called. */
  watch(mapRunArn: string, changed: () => void): () => void;
  /** Starts the child, or finds the one that was started before. One that failed is redriven until it was so many times. */
  runChild(child: Child, redrives: number): Promise<ExecutionStatus>;
  /** Those that ended with one of these statuses, in the order of their items. */
  ended(mapRunArn: string, statuses: readonly ExecutionStatus[]): AsyncIterable<ChildEnd>;
  /** Ends those that still run. */
  stopChildren(mapRunArn: string): Promise<void>;
}

export interface Child {
  readonly run: MapRunRecord;
  readonly parent: ExecutionIdentity;
  /** The Map state whose item processor it runs. */
  readonly stateName: string;
  readonly index: number;
  readonly input: ChildInput;
}

export interface ChildEnd {
  readonly index: number;
  readonly record: ExecutionRecord;
  readonly end: ExecutionEnd;
}

export interface MapRunRecord {
  readonly mapRunArn: string;
  /** The parent. */
  readonly executionArn: string;
  /** Of the children: `<the parent's>/<label>`. */
  readonly stateMachineArn: string;
  readonly executionType?: 'STANDARD' | 'EXPRESS';
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  /** Epoch milliseconds. */
  readonly startDate: number;
  readonly stopDate?: number;
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
  /** How many children there are to be, and how many items they have between them. Absent until the items are read. */
  readonly children?: number;
  readonly items?: number;
  /** The results are in S3. */
  readonly isExported?: boolean;
  readonly redriveCount: number;
  readonly redriveDate?: number;
}
