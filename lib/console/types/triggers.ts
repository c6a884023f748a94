/** What starts a pipeline's runs, and starting some. */

export interface TriggerShown {
  readonly pipeline: string;
  readonly description: string;
  readonly state: 'active' | 'paused' | 'half resumed';
  readonly pause?: { readonly since: string; readonly by: string; readonly reason?: string };
  readonly kind: 'files' | 'gathered files' | 'schedule' | 'after' | 'stream';
  /** globs of the files that it waits for */
  readonly patterns: readonly string[];
  /** of files that say that others are whole */
  readonly markers: readonly string[];
  readonly schedule?: { readonly cron: string; readonly timezone: string };
  /** ISO 8601 */
  readonly nextFires: readonly string[];
  /** the latest that is over, as a run by hand takes it */
  readonly latestInterval?: { readonly start: string; readonly end: string };
  /** the pipeline whose runs start those of this one */
  readonly upstream?: string;
  /** whose records start it */
  readonly stream?: string;
  /** rules, schedules and mappings */
  readonly starts: readonly { readonly kind: string; readonly name: string; readonly enabled: boolean }[];
  /** files that have come and are in no run yet; of a stream, staged batches */
  readonly waiting: readonly {
    readonly group: string;
    readonly files: number;
    readonly openedAt: string;
    readonly lastAt: string;
  }[];
  readonly bucket: string;
}

export interface TriggersShown {
  readonly triggers: readonly TriggerShown[];
}

export interface Dropped {
  readonly key: string;
  readonly versionId: string;
}

/** `unknown`: nobody has taken it on yet, or it holds what was loaded already. */
export interface Claimed {
  readonly runId?: string;
}

/** What resuming would start. */
export interface Missed {
  readonly since?: string;
  readonly titles: readonly string[];
  readonly total: number;
  /** what is started unless somebody says otherwise */
  readonly policy: 'all' | 'last' | 'none';
  /** where each file has a run of its own there is no last */
  readonly hasLast: boolean;
}

export interface Resumed {
  readonly started: readonly { readonly runId?: string; readonly title: string }[];
  readonly left: readonly string[];
}

export interface StartedRun {
  readonly pipeline: string;
  readonly runId: string;
}
