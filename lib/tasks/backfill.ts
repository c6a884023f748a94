/**
 * A backfill: runs of one pipeline for past intervals, or for objects that lie in the bucket already. The CLI plans it and writes a list
 * of runs; a state machine of the foundation starts each, so many at a time; `conclude-backfill` counts how they have ended.
 */
import * as z from 'zod/mini';
import type { Order, Reprocess } from './backfill-options';
import type { ManifestRef } from './common';
import type { Interval } from './schedule';

/** A line of the list: a run that is to be started under this name, which a retry finds taken. */
export interface BackfillRun {
  readonly name: string;
  /** of the pipeline's execution */
  readonly input: {
    readonly interval?: Interval;
    readonly objects?: readonly BackfillObject[];
    /** in place of them, of a run whose files were gathered */
    readonly list?: ManifestRef;
    readonly reprocess?: true;
  };
}

export interface BackfillObject {
  readonly bucket: string;
  readonly key: string;
  /** absent: the one that is there when the run starts */
  readonly versionId?: string;
}

/** What an execution of the backfill's state machine is started with. */
export interface BackfillInput {
  readonly id: string;
  readonly pipeline: string;
  readonly stateMachineArn: string;
  /** key in the work bucket: lines of `BackfillRun` */
  readonly runs: string;
  readonly maxActive: number;
}

/** What the ledger knows of a backfill. */
export interface BackfillItem {
  readonly id: string;
  readonly pipeline: string;
  readonly executionArn: string;
  readonly status: BackfillStatus;
  /** the span, or the glob */
  readonly from?: string;
  readonly to?: string;
  readonly objects?: string;
  readonly reprocess: Reprocess;
  readonly order: Order;
  readonly maxActive: number;
  /** how many there are to be */
  readonly runs: number;
  /** intervals, or objects, that it left out */
  readonly leftOut: number;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** the backfill whose failed runs these are */
  readonly rerunOf?: string;
  /** once it has ended */
  readonly counts?: BackfillCounts;
  /** the first of them */
  readonly failures?: readonly BackfillFailure[];
  /** the first runs that have succeeded without some partitions */
  readonly partials?: readonly BackfillPartial[];
  /** why it has ended before its runs, where nobody has cancelled it */
  readonly stopped?: string;
  /** of runs that wait for it to be resumed; by the name of the child */
  readonly tokens?: Readonly<Record<string, string>>;
}

/** SUCCEEDED: each run has; FAILED: some have not. */
export type BackfillStatus = 'RUNNING' | 'PAUSED' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** `skipped`: there was nothing to do, as another run had loaded it meanwhile. `succeeded` has the partial ones in it. */
export interface BackfillCounts {
  readonly succeeded: number;
  /** absent: none */
  readonly partial?: number;
  readonly skipped: number;
  readonly failed: number;
}

export interface BackfillPartial {
  readonly runId: string;
  readonly interval?: Interval;
  /** the first of its objects */
  readonly key?: string;
}
export interface BackfillFailure extends BackfillPartial {
  readonly error: string;
  readonly cause: string;
}

/** Of a run that was found ended already, or has ended well: what it came to. */
export const OUTCOME_LOADED = 'loaded';
/** Loaded without some partitions, which its source tolerates. */
export const OUTCOME_PARTIAL = 'partial';
export const OUTCOME_FAILED = 'failed';

export const concludeBackfillInput = z.strictObject({
  id: z.string(),
  pipeline: z.string(),
  /** where the Map's results are described */
  results: z.strictObject({ Bucket: z.string(), Key: z.string() }),
});
export type ConcludeBackfillInput = z.infer<typeof concludeBackfillInput>;

export const backfillKey = (id: string) => ({ pk: BACKFILLS, sk: `backfill#${id}` });

/** Partition key of all backfills: there are few, and a list wants the latest of every pipeline. */
export const BACKFILLS = 'backfills';

/** Which of a pipeline's backfills are open: who changes it has seen all others. */
export const openBackfillsKey = (pipeline: string) => ({ pk: BACKFILLS, sk: `open#${pipeline}` });

/** The backfill whose run it is: names of its runs end in its own. */
export const backfillOf = (runId: string): string | undefined => /-backfill-([0-9a-f]{8})$/.exec(runId)?.[1];
