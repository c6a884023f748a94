/** Where a pipe reads: a kind of source for each service. */
import type { CloudContext, Principal } from '../../service';
import type { PipeInput } from './record';
import { openSqsSource } from './sqs-source';

/** An event as filters, templates, enrichment and target see it. */
export interface SourceEvent {
  /** what a target names in `batchItemFailures` */
  readonly id: string;
  readonly event: Readonly<Record<string, unknown>>;
}

export interface Batch {
  readonly events: readonly SourceEvent[];
  /** These have arrived, or are not wanted: the source may forget them. The others come again, as the source does it. */
  done(ids: ReadonlySet<string>): Promise<void>;
}

export interface Source {
  /** Waits for events; empty when there are none for a while, or when the pipe is to stop. */
  read(signal: AbortSignal): Promise<Batch>;
}

type Open = (cloud: CloudContext, principal: Principal, pipe: PipeInput) => Source;

const SOURCES: Readonly<Record<string, Open>> = { sqs: openSqsSource };

const serviceOf = (arn: string) => arn.split(':')[2] ?? '';

export const isSupportedSource = (arn: string): boolean => Object.hasOwn(SOURCES, serviceOf(arn));

export function openSource(cloud: CloudContext, principal: Principal, pipe: PipeInput): Source {
  const open = SOURCES[serviceOf(pipe.Source ?? '')];
  if (!open) throw new Error(`A pipe cannot read from ${pipe.Source}.`);
  return open(cloud, principal, pipe);
}
