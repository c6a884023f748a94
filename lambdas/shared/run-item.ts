/** A run in the ledger. */
import type { CheckResult } from '../../lib/tasks/check';
import type { FailedPartition } from '../../lib/tasks/collect';
import type { ManifestRef, ObjectVersion, Rebuilds } from '../../lib/tasks/common';
import type { CursorBounds } from '../../lib/tasks/extract-rows';
import type { Gathered } from '../../lib/tasks/gather';
import type { Published } from '../../lib/tasks/publish';
import type { Told } from '../../lib/tasks/record';
import type { Interval } from '../../lib/tasks/schedule';
import { type Condition, getItem, type Ledger, ledgerKeys, updateItem } from './ledger';

export interface RunItem {
  readonly pipeline: string;
  readonly runId: string;
  readonly executionArn: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED';
  /** ISO 8601 */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly loadKey?: string;
  readonly loadId?: string;
  readonly generation?: number;
  readonly arrival?: string;
  readonly objects?: readonly ObjectVersion[];
  /** all of them, where they were gathered; `objects` is absent where there are many */
  readonly list?: ManifestRef;
  readonly gathered?: Gathered;
  /** the time span that it makes anew */
  readonly rebuilds?: Rebuilds;
  /** of a run that a schedule started, or another pipeline's run that has one */
  readonly interval?: Interval;
  /** the other pipeline's run that this one is for */
  readonly after?: { readonly pipeline: string; readonly runId: string };
  /** pipelines that start once it has published; the sweeper sees to it */
  readonly starts?: readonly string[];
  /** what other pipelines read of it */
  readonly staged?: ManifestRef;
  readonly rows?: number;
  readonly rejected?: number;
  /** by sink */
  readonly published?: Readonly<Record<string, Published>>;
  /** keys in the work bucket */
  readonly quarantine?: readonly string[];
  readonly warnings?: readonly string[];
  /** what a person may want to know, and need not act on */
  readonly notes?: readonly string[];
  /** each assertion of the checks, once they have run */
  readonly checks?: readonly CheckResult[];
  /** partitions whose rows are missing: the run is partial */
  readonly failed?: readonly FailedPartition[];
  /** how many they are: `failed` holds the first of each source */
  readonly missing?: number;
  /** of a partial run: what a rerun of the missing partitions need not extract again */
  readonly kept?: ManifestRef;
  /** where partitions may fail: digests of the sources, and what the incremental ones read */
  readonly sources?: Readonly<Record<string, string>>;
  readonly cursors?: Readonly<Record<string, CursorBounds>>;
  /** the partial run whose missing partitions this one extracts */
  readonly rerunOf?: string;
  /** the run whose bad rows are to come in with this one */
  readonly replayOf?: string;
  /** the run that loads files of it in another set: this one, which has failed, must not go on */
  readonly takenOverBy?: string;
  readonly error?: { readonly step?: string; readonly name: string; readonly cause: string };
  /** where runs take turns: since when it has waited for its own (ISO 8601), and when that came */
  readonly waitsSince?: string;
  readonly turnAt?: string;
  /** why it was skipped */
  readonly reason?: string;
  readonly redriveCount?: number;
  /** what is to be told of its success, until it is */
  readonly tell?: readonly Told[];
  /** index `open`: `run` for the sweeper, absent once it has ended; `gone` for the watch, which is to tell that its execution is gone */
  readonly openPk?: 'run' | 'gone';
  readonly dueAt?: string;
}

export function getRun(ledger: Ledger, pipeline: string, runId: string): Promise<RunItem | undefined> {
  return getItem<RunItem>(ledger, ledgerKeys.run(pipeline, runId));
}

/** Creates or changes the run's item, unless it is another execution's or has come to its end already. */
export function updateRun(
  ledger: Ledger,
  run: { readonly pipeline: string; readonly runId: string; readonly executionArn: string },
  changes: Partial<RunItem>,
  also?: Condition,
): Promise<boolean> {
  const { pipeline, runId, executionArn } = run;
  return updateItem(
    ledger,
    ledgerKeys.run(pipeline, runId),
    { pipeline, runId, executionArn, ...changes },
    {
      expression: `(attribute_not_exists(pk) OR executionArn = :mine)${also ? ` AND ${also.expression}` : ''}`,
      names: also?.names,
      values: { ':mine': executionArn, ...also?.values },
    },
  );
}

/** A run that has succeeded stays so, whatever comes late. */
export const NOT_SUCCEEDED: Condition = {
  expression: '(attribute_not_exists(#status) OR #status <> :succeeded)',
  names: { '#status': 'status' },
  values: { ':succeeded': 'SUCCEEDED' },
};
