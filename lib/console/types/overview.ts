/** Every pipeline at a glance. */
import type { Problem } from './shell';

export interface Overview {
  /** by name */
  readonly pipelines: readonly PipelineOverview[];
  /** open ones that are of no pipeline: of the foundation */
  readonly alarms: readonly OpenAlarm[];
}

export interface PipelineOverview {
  readonly name: string;
  /** what starts it, where a stream does */
  readonly stream?: string;
  readonly state: 'active' | 'paused' | 'half resumed';
  readonly pause?: { readonly since: string; readonly by: string; readonly reason?: string };
  /** the oldest first */
  readonly runs: readonly RunMark[];
  readonly tables: readonly Freshness[];
  /** by when its data of a day is to be there */
  readonly deadline?: { readonly cron: string; readonly timezone: string; readonly isMissed: boolean };
  /** what its watch has found wrong, in sentences */
  readonly problems: readonly string[];
  readonly today: Today;
  readonly alarms: readonly OpenAlarm[];
  /** files that wait to be gathered into a run; of a stream, staged batches */
  readonly waiting: number;
  /** it could not be asked about: what is told of it is nothing */
  readonly problem?: Problem;
  /** what is told of it is nothing yet: an account with many pipelines is asked about them by and by */
  readonly isUnknown?: true;
}

export interface RunMark {
  readonly runId: string;
  /** as the API has it, or PARTIAL, or WAITING for its turn */
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly rows?: number;
  readonly rejected?: number;
  /** the file or interval */
  readonly content: string;
  readonly error?: string;
}

export interface Freshness {
  /** the sink */
  readonly table: string;
  readonly asOf: string;
  /** its goal; absent: it has none */
  readonly withinSeconds?: number;
}

/** Since midnight, where the console runs. */
export interface Today {
  readonly runs: number;
  /** there are more than it has looked at: figures are at least */
  readonly isAtLeast: boolean;
  readonly failed: number;
  readonly rows: number;
  readonly rejected: number;
}

export interface OpenAlarm {
  readonly name: string;
  readonly since?: string;
  readonly description?: string;
}

/** Since midnight. */
export interface CostToday {
  /** in US dollars, by pipeline; of those that are not here yet nobody knows */
  readonly usd: Readonly<Record<string, number>>;
  /** all that have run today are here */
  readonly isWhole: boolean;
}
