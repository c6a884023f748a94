/** One pipe at work: read, filter, enrich, hand over, and only then let the source forget. */
import type { CloudContext, Principal } from '../../service';
import type { PipeRecord } from './record';
import { openSource, type SourceEvent } from './sources';
import { callFunction, callStateMachine, deliver, maxBatchBytes } from './targets';
import { fillInput, type PipeVariables, passesFilters } from './template';

/** Called with what keeps the pipe from working, and with nothing once it works. */
export type Watcher = (problem: string | undefined) => void;

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** Ends when the signal says so. */
export async function runPipe(
  cloud: CloudContext,
  pipe: PipeRecord,
  signal: AbortSignal,
  watch: Watcher,
): Promise<void> {
  const principal: Principal = { kind: 'role', roleArn: pipe.input.RoleArn ?? '', sessionName: pipe.name };
  const source = openSource(cloud, principal, pipe.input);
  const filters = pipe.input.SourceParameters?.FilterCriteria?.Filters ?? [];
  const passes = passesFilters(filters.map(({ Pattern = '' }) => Pattern));
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      const batch = await source.read(signal);
      const wanted = batch.events.filter(({ event }) => passes(event));
      const unwanted = batch.events.filter(({ event }) => !passes(event)).map(({ id }) => id);
      if (unwanted.length > 0) await batch.done(new Set(unwanted));
      for (const part of bySize(wanted, maxBatchBytes(pipe.input.Target ?? ''))) {
        const failed = await handOver(cloud, principal, pipe, part);
        await batch.done(new Set(part.map(({ id }) => id).filter((id) => !failed.has(id))));
      }
      watch(undefined);
      retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (signal.aborted) return;
      watch((error as Error).message);
      await cloud.clock.sleep(retryMs, signal).catch(() => undefined);
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
    }
  }
}

/** The ids of the events that the target could not take. */
async function handOver(
  cloud: CloudContext,
  principal: Principal,
  pipe: PipeRecord,
  events: readonly SourceEvent[],
): Promise<ReadonlySet<string>> {
  const { Source = '', Enrichment, EnrichmentParameters, Target = '', TargetParameters } = pipe.input;
  const variables: PipeVariables = {
    'aws.pipes.pipe-arn': pipe.arn,
    'aws.pipes.pipe-name': pipe.name,
    'aws.pipes.source-arn': Source,
    'aws.pipes.enrichment-arn': Enrichment ?? '',
    'aws.pipes.target-arn': Target,
    'aws.pipes.event.ingestion-time': new Date(cloud.clock.now()).toISOString(),
  };
  let inputs: readonly unknown[] = events.map(({ event }) => event);
  if (Enrichment) {
    const asked = inputs.map((event) => fillInput(EnrichmentParameters?.InputTemplate, event, variables));
    const enrich = Enrichment.includes(':lambda:') ? callFunction : callStateMachine;
    const enriched = await enrich(cloud, principal, Enrichment, asked);
    inputs = Array.isArray(enriched) ? enriched : enriched === undefined || enriched === null ? [] : [enriched];
    // Nothing left for the target: all is done.
    if (inputs.length === 0 || (inputs.length === 1 && isEmpty(inputs[0]))) return new Set();
  }
  const filled = inputs.map((event) => fillInput(TargetParameters?.InputTemplate, event, variables));
  const answer = await deliver({ cloud, principal, pipe, arn: Target, inputs: filled, events: inputs });
  return failuresOf(answer, events);
}

const isEmpty = (value: unknown) =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** `{ batchItemFailures: [{ itemIdentifier }] }`; an empty or unknown identifier means the whole batch. */
function failuresOf(answer: unknown, events: readonly SourceEvent[]): ReadonlySet<string> {
  const failures = (answer as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (!Array.isArray(failures)) return new Set();
  const ids = failures.map((failure) => String(failure?.itemIdentifier ?? ''));
  const isKnown = (id: string) => events.some((event) => event.id === id);
  return new Set(ids.every(isKnown) ? ids : events.map(({ id }) => id));
}

/** Parts that a target takes in one go, in order. */
function bySize(events: readonly SourceEvent[], mostBytes: number): readonly SourceEvent[][] {
  const parts: SourceEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event.event)) + 1;
    const part = parts.at(-1);
    if (part === undefined || bytes + size + 1 > mostBytes) {
      parts.push([event]);
      bytes = size;
    } else {
      part.push(event);
      bytes += size;
    }
  }
  return parts;
}
