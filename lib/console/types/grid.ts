/** Runs × steps, the latest first: of a pipeline that a schedule starts a row is an interval, whether it has a run or not. */
import type { ActPlan, Problem } from './shell';

export type CellStatus = 'done' | 'failed' | 'running' | 'none';

export interface GridRow {
  /** the interval's begin, or the run's id */
  readonly key: string;
  /** the interval, or the files */
  readonly content: string;
  readonly interval?: { readonly start: string; readonly end: string };
  readonly runId?: string;
  /** as the API has it, or PARTIAL; MISSING: it has no run */
  readonly status: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly rows?: number;
  readonly rejected?: number;
  readonly error?: { readonly step?: string; readonly name: string; readonly cause: string };
  /** of each step of the grid; absent where there is no run */
  readonly cells?: readonly CellStatus[];
}

export interface GridPage {
  readonly kind: 'intervals' | 'runs';
  /** the columns, in the order in which a run goes through them */
  readonly steps: readonly string[];
  readonly total: number;
  /** false: there are more than `total` */
  readonly isWhole: boolean;
  readonly from: number;
  readonly rows: readonly GridRow[];
}

/** Figures of a run's steps, asked for when somebody looks. */
export interface GridFigures {
  readonly steps: readonly StepFigures[];
}

export interface StepFigures {
  readonly step: string;
  readonly status: CellStatus;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly done: number;
  readonly total: number;
  readonly failures: number;
}

export type ManyAct = 'redrive' | 'rerun';

/** What an act would do with each run, or has done. */
export interface ManyResult {
  readonly runId: string;
  readonly sentences: readonly string[];
  /** why it cannot be, or was not */
  readonly refusal?: string;
  /** the new run, of a rerun */
  readonly started?: string;
}

export type LoadState = 'missing' | 'failed' | 'partial' | 'loaded' | 'running';

export interface BackfillDryRun {
  readonly loads: readonly {
    readonly title: string;
    readonly state: LoadState;
    readonly runId?: string;
    /** a run would be started for it */
    readonly runs: boolean;
  }[];
  readonly total: number;
  readonly runs: number;
  /** that are left alone, by what they are */
  readonly leftOut: Readonly<Partial<Record<LoadState, number>>>;
}

export interface BackfillShown {
  readonly id: string;
  readonly status: string;
  /** `2026-01-01T00:00Z to …`, or the glob */
  readonly extent: string;
  readonly runs: number;
  readonly maxActive: number;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** those that have ended, and those at work */
  readonly succeeded: number;
  readonly failed: number;
  readonly running: number;
  /** of those that succeeded: without some partitions */
  readonly partial: number;
  /** the backfill whose failed runs these are */
  readonly rerunOf?: string;
  readonly failures: readonly {
    readonly runId: string;
    readonly title: string;
    readonly error: string;
    readonly cause: string;
  }[];
  readonly stopped?: string;
}

/** `set`: how many runs there are at a time. What `rerun` would do is a dry run. */
export type BackfillAct = 'pause' | 'resume' | 'set' | 'cancel';
export type BackfillActs = Readonly<Record<BackfillAct, ActPlan>>;

/** The latest first. */
export interface Backfills {
  readonly backfills: readonly BackfillShown[];
  readonly problem?: Problem;
}
