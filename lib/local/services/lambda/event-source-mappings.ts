/**
 * What Lambda reads for functions: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html. A mapping is a source, read in batches as
 * the function's role, and the function that gets them. What a source is, the pipes say: they read the same ones.
 */
import { join } from 'node:path';
import type { FunctionSpec, InvokeResult, LambdaRuntime } from '../../lambda';
import { Throttled } from '../../lambda';
import type { CloudContext, Principal } from '../../service';
import { openTable, type Table } from '../../store';
import { openSource, type SourceEvent } from '../pipes/sources';
import { passesFilters } from '../pipes/template';
import type { FunctionName } from './names';
import { type Checkpoint, forget } from './streams/checkpoints';
import { readStream } from './streams/read-stream';
import type { StreamSettings } from './streams/settings';

export interface MappingRecord {
  readonly uuid: string;
  readonly functionName: string;
  readonly qualifier?: string;
  readonly functionArn: string;
  readonly eventSourceArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** patterns; an event that fits none is dropped */
  readonly filters: readonly string[];
  readonly reportsItemFailures: boolean;
  /** batches at the same time */
  readonly maximumConcurrency?: number;
  /** of a stream */
  readonly stream?: StreamSettings;
  readonly lastModified: number;
}

export interface EventSourceMappings {
  readonly table: Table<MappingRecord>;
  put(record: MappingRecord): Promise<void>;
  remove(uuid: string): Promise<void>;
  /** Begins to read. Until then mappings are only kept. */
  resume(): void;
  close(): Promise<void>;
}

/** AWS begins with five pollers. */
const BATCHES_AT_ONCE = 5;
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

export async function openEventSourceMappings(
  cloud: CloudContext,
  folder: string,
  runtime: LambdaRuntime,
  specOf: (asked: FunctionName) => Promise<FunctionSpec>,
): Promise<EventSourceMappings> {
  const table = await openTable<MappingRecord>(join(folder, 'event-source-mappings.jsonl'));
  const checkpoints = await openTable<Checkpoint>(join(folder, 'stream-checkpoints.jsonl'));
  const running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<unknown> }>();
  /** Removed, while what it was at goes on to its end. */
  const leaving = new Set<Promise<void>>();
  let isOpen = false;

  /** @param after what has read for it before: two readers of a shard would do its records twice */
  const begin = (record: MappingRecord, after: Promise<unknown> = Promise.resolve()) => {
    if (!isOpen || !record.enabled) return;
    const abort = new AbortController();
    const { stream } = record;
    const ended =
      stream === undefined
        ? readOn(cloud, record, runtime, specOf, abort.signal)
        : after.then(() =>
            readStream({
              cloud,
              mapping: { ...record, stream },
              checkpoints,
              runtime,
              specOf: () => specOf(askedOf(record)),
              signal: abort.signal,
            }),
          );
    running.set(record.uuid, { abort, ended });
  };
  /** Reads no more; what it has read is still invoked. */
  const end = (uuid: string) => {
    const work = running.get(uuid);
    running.delete(uuid);
    work?.abort.abort(new Error('The mapping stops.'));
    return work?.ended;
  };

  return {
    table,
    async put(record) {
      await table.set(record.uuid, record);
      begin(record, end(record.uuid));
    },
    async remove(uuid) {
      await table.delete(uuid);
      const gone = Promise.resolve(end(uuid))
        .then(() => forget(checkpoints, uuid))
        .finally(() => leaving.delete(gone));
      leaving.add(gone);
    },
    resume() {
      isOpen = true;
      for (const record of table.values()) begin(record);
    },
    async close() {
      isOpen = false;
      await Promise.all([...[...running.keys()].map(end), ...leaving]);
      await checkpoints.close();
      await table.close();
    },
  };
}

/** Until the signal says so. Never rejects. */
async function readOn(
  cloud: CloudContext,
  mapping: MappingRecord,
  runtime: LambdaRuntime,
  specOf: (asked: FunctionName) => Promise<FunctionSpec>,
  signal: AbortSignal,
): Promise<void> {
  const passes = passesFilters(mapping.filters);
  const atWork = new Set<Promise<void>>();
  const asked = askedOf(mapping);
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      const spec = await specOf(asked);
      const source = openSource(cloud, roleOf(spec), sourceOf(mapping));
      const batch = await source.read(signal);
      const wanted = batch.events.filter(({ event }) => passes(event));
      const unwanted = batch.events.filter(({ event }) => !passes(event));
      if (unwanted.length > 0) await batch.done(idsOf(unwanted));
      for (const part of bySize(wanted)) {
        const work: Promise<void> = invoke(runtime, spec, mapping, part)
          .then((failed) => batch.done(new Set([...idsOf(part)].filter((id) => !failed.has(id)))))
          .catch((error: Error) => {
            if (!signal.aborted) cloud.log(`${mapping.functionName} reads ${mapping.eventSourceArn}: ${error.message}`);
          })
          .finally(() => atWork.delete(work));
        atWork.add(work);
      }
      while (atWork.size >= (mapping.maximumConcurrency ?? BATCHES_AT_ONCE)) await Promise.race(atWork);
      retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (signal.aborted) break;
      cloud.log(`${mapping.functionName} cannot read ${mapping.eventSourceArn}: ${(error as Error).message}`);
      await cloud.clock.sleep(retryMs, signal).catch(() => undefined);
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
    }
  }
  await Promise.all(atWork);
}

/** The ids of what comes again; all of them where the function fails or is throttled. */
async function invoke(
  runtime: LambdaRuntime,
  spec: FunctionSpec,
  mapping: MappingRecord,
  events: readonly SourceEvent[],
): Promise<ReadonlySet<string>> {
  const payload = Buffer.from(JSON.stringify({ Records: events.map(({ event }) => event) }));
  try {
    const result = await runtime.invoke(spec, { payload, invokedArn: mapping.functionArn });
    if (result.functionError !== undefined) return idsOf(events);
    return mapping.reportsItemFailures ? itemFailures(result, events) : new Set();
  } catch (error) {
    if (error instanceof Throttled) return idsOf(events);
    throw error;
  }
}

/** No answer, or an empty list, is success; an answer that is not to be understood fails the whole batch. */
function itemFailures({ payload }: InvokeResult, events: readonly SourceEvent[]): ReadonlySet<string> {
  const all = idsOf(events);
  try {
    const answer = JSON.parse(payload.toString('utf8')) as { batchItemFailures?: unknown } | null;
    const failures = answer?.batchItemFailures;
    if (failures === undefined || failures === null) return new Set();
    if (!Array.isArray(failures)) return all;
    const ids = failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
    const isUnderstood = ids.every((id): id is string => typeof id === 'string' && all.has(id));
    return isUnderstood ? new Set(ids) : all;
  } catch {
    return all;
  }
}

const askedOf = ({ functionName: name, qualifier }: MappingRecord): FunctionName => ({
  name,
  ...(qualifier === undefined ? {} : { qualifier }),
});

const roleOf = ({ roleArn, name }: FunctionSpec): Principal => ({ kind: 'role', roleArn, sessionName: name });

function sourceOf({ eventSourceArn, batchSize, windowSeconds }: MappingRecord) {
  const SqsQueueParameters = { BatchSize: batchSize, MaximumBatchingWindowInSeconds: windowSeconds };
  return { Source: eventSourceArn, SourceParameters: { SqsQueueParameters }, Target: undefined, RoleArn: undefined };
}

const idsOf = (events: readonly SourceEvent[]): ReadonlySet<string> => new Set(events.map(({ id }) => id));

function bySize(events: readonly SourceEvent[]): readonly (readonly SourceEvent[])[] {
  const parts: SourceEvent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of events) {
    const size = Buffer.byteLength(JSON.stringify(one.event)) + 1;
    if (bytes + size > MAX_PAYLOAD_BYTES) {
      parts.push([]);
      bytes = '{"Records":[]}'.length;
    }
    parts.at(-1)?.push(one);
    bytes += size;
  }
  return parts;
}
