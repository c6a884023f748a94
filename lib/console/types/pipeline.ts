import type { RunMark } from './overview';

/** A page of a pipeline's runs, the latest first. */
export interface RunList {
  readonly runs: readonly RunMark[];
  /** what asks for the page after it; absent: there is none */
  readonly next?: string;
}
