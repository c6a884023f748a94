/** How the stream that starts a pipeline does. */
import type { OpenAlarm, PipelineOverview, RunMark } from './overview';
import type { ActPlan, Problem } from './shell';

export interface StreamShown extends Pick<PipelineOverview, 'state' | 'pause'> {
  readonly pipeline: string;
  readonly stream: string;
  /** ACTIVE, CREATING, UPDATING, DELETING */
  readonly status: string;
  readonly retentionHours: number;
  readonly mapping: {
    /** Enabled, Disabled, or on the way to one of them */
    readonly state: string;
    /** what its last invocation came to */
    readonly lastResult?: string;
    readonly batchSize: number;
    readonly parallel: number;
  };
  /** of the record that has waited longest; absent: nothing was read lately */
  readonly iteratorAgeMs?: number;
  readonly lateAlarm?: { readonly aboveMs: number; readonly state: string };
  readonly put: Rate;
  readonly refusedPuts: number;
  readonly refusedReads: number;
  readonly shards: readonly ShardShown[];
  /** batches in the queue of those that the function could not take */
  readonly givenUp: number;
  readonly lastStaged?: { readonly key: string; readonly at: string; readonly bytes: number };
  /** batches that the next run publishes */
  readonly waiting?: { readonly files: number; readonly openedAt: string; readonly lastAt: string };
  /** rates are of so many */
  readonly minutes: number;
  /** open ones of the stream */
  readonly alarms: readonly OpenAlarm[];
  /** that have published from it, the oldest first */
  readonly runs: readonly RunMark[];
  /** the last time that somebody has had batches taken again, by this console */
  readonly taking?: Taking;
}

export interface Rate {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface ShardShown extends Rate {
  readonly shard: string;
  readonly isOpen: boolean;
  /** of what a shard takes, in its warmest minute: 0 to 1 */
  readonly heat: number;
  /** from then on it may refuse */
  readonly isHot: boolean;
}

export interface Taking {
  readonly dropsExpired: boolean;
  readonly startedAt: string;
  /** absent: it goes on */
  readonly endedAt?: string;
  /** of all of them */
  readonly counts: Readonly<Record<TakenBatch['outcome'], number>>;
  /** those that were not taken first; some hundreds at most */
  readonly batches: readonly TakenBatch[];
  /** what has ended it before its end */
  readonly problem?: Problem;
}

export interface TakenBatch {
  readonly shard: string;
  readonly arrivedAt: string;
  /** RetryAttemptsExhausted, RecordAgeExceeded … */
  readonly why: string;
  readonly records: number;
  readonly outcome: 'taken' | 'failed' | 'expired';
  readonly error?: string;
  /** records that the stream keeps no more, at least */
  readonly missing?: number;
}

export interface GivenUpActs {
  readonly again: ActPlan;
  readonly drop: ActPlan;
}
