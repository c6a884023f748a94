/** One shard for one mapping: reads on from its checkpoint, hands batches to the function, waits at the tip. */
import type { _Record } from '@aws-sdk/client-kinesis';
import { type FunctionSpec, type LambdaRuntime, Throttled } from '../../../lambda';
import { sendTo } from '../../../lambda/destinations';
import type { CloudContext, Principal } from '../../../service';
import { reportMetrics } from '../../monitoring/report';
import { passesFilters } from '../../pipes/template';
import type { MappingRecord } from '../event-source-mappings';
import { type Checkpoint, type Checkpoints, checkpointKey, lowest } from './checkpoints';
import { failureRecord } from './failure-record';
import { type Invocation, type Lane, runBatch } from './lane';
import { batchesOf, filtered, laneOf, type StreamEvent, streamEvent } from './records';
import type { StreamSettings } from './settings';
import { isIn, isTooLarge, type TumblingWindow, type WindowEnd, windowAt, windowMembers } from './window';

export interface ShardReading {
  readonly cloud: CloudContext;
  readonly mapping: MappingRecord & { readonly stream: StreamSettings };
  readonly shard: string;
  readonly checkpoints: Checkpoints;
  readonly runtime: LambdaRuntime;
  readonly specOf: () => Promise<FunctionSpec>;
  readonly signal: AbortSignal;
}

/** Lambda polls a shard about once a second, and at once where more is there; a shard gives records five times a second. */
const POLL_MS = 1_000;
const BEHIND_MS = 250;
const RETRY_MS = 1_000;
/** A page is in memory, several times over, until it is done: two rounds of batches, so that no lane waits for the next read. */
const LEAST_PAGE = 1_000;
const MOST_PAGE = 10_000;

interface Page {
  readonly Records?: readonly _Record[];
  readonly NextShardIterator?: string;
  readonly MillisBehindLatest?: number;
}

/** Until the shard has ended, or the signal says so: then it rejects, with what is done noted. */
export async function readShard(reading: ShardReading): Promise<void> {
  const { cloud, mapping, shard, signal } = reading;
  const sleep = (ms: number) => cloud.clock.sleep(ms, signal);
  const place = new Place(reading);
  const passesAny = passesFilters(mapping.filters);
  const passes = (record: StreamEvent) => mapping.filters.length === 0 || passesAny(filtered(record));
  let held: StreamEvent[] = [];
  let heldSince = 0;
  for (;;) {
    signal.throwIfAborted();
    const readAt = cloud.clock.now();
    const page = await place.next();
    const spec = await reading.specOf();
    const origin = { streamArn: mapping.eventSourceArn, shard, region: cloud.region, roleArn: spec.roleArn };
    const read = (page.Records ?? []).map((record) => streamEvent(record, origin));
    const wanted = read.filter((record) => !place.isDone(record) && passes(record));
    if (held.length === 0) heldSince = cloud.clock.now();
    held = [...held, ...wanted];
    const hasEnded = page.NextShardIterator === undefined;
    const isDue = hasEnded || cloud.clock.now() - heldSince >= mapping.windowSeconds * 1000;
    const due = isDue ? held : fullBatches(held, mapping.batchSize);
    held = held.slice(due.length);
    if (due.length > 0) {
      await process(reading, place, spec, due);
    }
    // Those that no filter wants are passed as well, once nothing before them is held.
    const last = read.at(-1);
    if (held.length === 0 && last !== undefined) await place.passedAll(last);
    const isAtTip = hasEnded || (page.MillisBehindLatest ?? 0) === 0;
    // What is held may be of the window.
    if (isAtTip && held.length === 0) await closeWindow(reading, place, spec, hasEnded);
    if (hasEnded) return place.end();
    await sleep(isAtTip ? POLL_MS : Math.max(0, readAt + BEHIND_MS - cloud.clock.now()));
  }
}

/** What fills whole batches; the rest waits for more. */
const fullBatches = (held: readonly StreamEvent[], size: number): StreamEvent[] =>
  held.slice(0, held.length - (held.length % size));

async function process(
  reading: ShardReading,
  place: Place,
  spec: FunctionSpec,
  records: readonly StreamEvent[],
): Promise<void> {
  const { mapping } = reading;
  const { parallelizationFactor, tumblingSeconds } = mapping.stream;
  if (tumblingSeconds > 0) {
    for (const batch of batchesOf(records, mapping.batchSize)) await processInWindows(reading, place, spec, batch);
    return;
  }
  const byLane = new Map<number, StreamEvent[]>();
  for (const record of records) {
    const lane = laneOf(record.partitionKey, parallelizationFactor);
    const own = byLane.get(lane);
    if (own === undefined) byLane.set(lane, [record]);
    else own.push(record);
  }
  await Promise.all(
    [...byLane].map(async ([number, own]) => {
      const lane = laneFor(
        reading,
        spec,
        (batch) => invoke(reading, batch),
        (last) => place.passed(number, last),
      );
      for (const batch of batchesOf(own, mapping.batchSize)) await runBatch(lane, batch);
    }),
  );
}

async function processInWindows(
  reading: ShardReading,
  place: Place,
  spec: FunctionSpec,
  batch: readonly StreamEvent[],
): Promise<void> {
  const { tumblingSeconds } = reading.mapping.stream;
  for (let rest = batch; rest.length > 0; ) {
    const first = rest[0]!;
    if (place.window !== undefined && !isIn(place.window, first)) await finish(reading, place, spec, place.window);
    let window = place.window ?? windowAt(first.arrivedAt, tumblingSeconds);
    const others = rest.findIndex((record) => !isIn(window, record));
    const own = others < 0 ? rest : rest.slice(0, others);
    rest = rest.slice(own.length);
    const lane = laneFor(
      reading,
      spec,
      async (records) => {
        const { state, ...result } = await invokeInWindow(reading, window, records);
        if (result.failure === undefined) window = { ...window, state };
        return result;
      },
      (last) => place.passed(0, last, window),
    );
    await runBatch(lane, own);
    if (isTooLarge(window)) await finish(reading, place, spec, window, 'early');
  }
}

/** The end of a window comes with time as well, not with its next record alone. */
async function closeWindow(reading: ShardReading, place: Place, spec: FunctionSpec, hasEnded: boolean): Promise<void> {
  const { window } = place;
  if (window !== undefined && (hasEnded || reading.cloud.clock.now() >= window.end))
    await finish(reading, place, spec, window);
}

async function finish(
  reading: ShardReading,
  place: Place,
  spec: FunctionSpec,
  window: TumblingWindow,
  end: WindowEnd = 'inTime',
): Promise<void> {
  const { cloud, mapping, signal } = reading;
  const { maxRetries } = mapping.stream;
  for (let tries = 1; ; tries++) {
    const { failure } = await invokeInWindow(reading, window, [], end);
    if (failure === undefined) break;
    if (maxRetries >= 0 && tries > maxRetries) {
      cloud.log(
        `${spec.name}: the window from ${new Date(window.start).toISOString()} of ${reading.shard} is given up`,
      );
      break;
    }
    await cloud.clock.sleep(RETRY_MS, signal);
  }
  await place.windowEnded(end === 'early' ? { ...window, state: {} } : undefined);
}

function laneFor(reading: ShardReading, spec: FunctionSpec, invokeBatch: Lane['invoke'], passed: Lane['passed']): Lane {
  const { cloud, mapping, shard, signal } = reading;
  const { stream, eventSourceArn: streamArn } = mapping;
  return {
    settings: stream,
    now: () => cloud.clock.now(),
    sleep: (ms) => cloud.clock.sleep(ms, signal),
    invoke: invokeBatch,
    passed,
    async giveUp(records, why, tries) {
      if (stream.onFailure === undefined) return;
      const body = failureRecord({ spec, streamArn, shard, records, why, tries, now: cloud.clock.now() });
      await sendTo(cloud, spec, stream.onFailure, { body, outcome: 'Failure' });
    },
  };
}

const invoke = async (
  reading: ShardReading,
  records: readonly StreamEvent[],
  members: object = {},
): Promise<Invocation & { readonly answer?: unknown }> => {
  const { mapping, runtime, cloud, signal, specOf } = reading;
  const others = JSON.stringify(members).slice(1, -1);
  const payload = Buffer.from(
    `{"Records":[${records.map(({ json }) => json).join(',')}]${others === '' ? '' : `,${others}`}}`,
  );
  for (;;) {
    try {
      // As it is now: what makes a batch fail again and again is mended by another deployment of the function.
      const spec = await specOf();
      const last = records.at(-1);
      if (last !== undefined) {
        const IteratorAge = Math.max(0, cloud.clock.now() - last.arrivedAt);
        reportMetrics(cloud, 'AWS/Lambda', { FunctionName: spec.name }, { IteratorAge });
      }
      const result = await runtime.invoke(spec, { payload, invokedArn: mapping.functionArn });
      const { requestId, functionError } = result;
      if (functionError !== undefined) return { requestId, failure: functionError };
      const answer = parsed(result.payload);
      const failedFrom = mapping.reportsItemFailures ? firstFailure(answer, records) : undefined;
      return { requestId, answer, ...(failedFrom === undefined ? {} : { failedFrom }) };
    } catch (error) {
      // A function without room has not been tried.
      if (!(error instanceof Throttled)) throw error;
      await cloud.clock.sleep(RETRY_MS, signal);
    }
  }
};

async function invokeInWindow(
  reading: ShardReading,
  window: TumblingWindow,
  records: readonly StreamEvent[],
  end?: WindowEnd,
): Promise<Invocation & { readonly state: unknown }> {
  const { shard, mapping } = reading;
  const members = windowMembers(window, { shard, streamArn: mapping.eventSourceArn, ...(end ? { end } : {}) });
  const { answer, ...result } = await invoke(reading, records, members);
  const { state } = (typeof answer === 'object' && answer !== null ? answer : {}) as { state?: unknown };
  if (result.failure === undefined && state === undefined)
    return { ...result, failure: 'The answer has no state', state: window.state };
  return { ...result, state };
}

/** The lowest sequence number that the function could not do; all of the batch where its answer names none of it. */
function firstFailure(answer: unknown, records: readonly StreamEvent[]): string | undefined {
  const { batchItemFailures } = (answer ?? {}) as { batchItemFailures?: unknown };
  if (!Array.isArray(batchItemFailures) || batchItemFailures.length === 0) return undefined;
  const ids = batchItemFailures.map((one: { itemIdentifier?: unknown } | null) => one?.itemIdentifier);
  const known = new Set(records.map(({ sequence }) => sequence));
  if (!ids.every((id): id is string => typeof id === 'string' && known.has(id))) return records[0]?.sequence;
  return ids.toSorted()[0];
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Where the mapping is in the shard: on disk, and in the iterator that it reads on with. */
class Place {
  private iterator: string | undefined;
  private lastRead: string | undefined;
  private checkpoint: Checkpoint;

  constructor(private readonly reading: ShardReading) {
    this.checkpoint = reading.checkpoints.get(this.key) ?? { lanes: {} };
  }

  private get key(): string {
    return checkpointKey(this.reading.mapping.uuid, this.reading.shard);
  }

  get window(): TumblingWindow | undefined {
    return this.checkpoint.window;
  }

  private get pageSize(): number {
    const { batchSize, stream } = this.reading.mapping;
    return Math.min(MOST_PAGE, Math.max(LEAST_PAGE, 2 * batchSize * stream.parallelizationFactor));
  }

  /** In a lane that was ahead of others when the process ended. */
  isDone({ sequence, partitionKey }: StreamEvent): boolean {
    const done = this.checkpoint.lanes[laneOf(partitionKey, this.reading.mapping.stream.parallelizationFactor)];
    return done !== undefined && sequence <= done;
  }

  async next(): Promise<Page> {
    for (;;) {
      try {
        this.iterator ??= await this.open();
        const page = await this.call<Page>('GetRecords', { ShardIterator: this.iterator, Limit: this.pageSize });
        this.iterator = page.NextShardIterator;
        this.lastRead = page.Records?.at(-1)?.SequenceNumber ?? this.lastRead;
        return page;
      } catch (error) {
        const { name } = error as Error;
        if (name === 'ExpiredIteratorException') this.iterator = undefined;
        else if (name !== 'ProvisionedThroughputExceededException') throw error;
        await this.reading.cloud.clock.sleep(POLL_MS, this.reading.signal);
      }
    }
  }

  async passed(lane: number, { sequence }: StreamEvent, window?: TumblingWindow): Promise<void> {
    const lanes = { ...this.checkpoint.lanes, [lane]: sequence };
    await this.save({ ...this.checkpoint, lanes, ...(window === undefined ? {} : { window }) });
  }

  async passedAll({ sequence }: StreamEvent): Promise<void> {
    const { parallelizationFactor } = this.reading.mapping.stream;
    const lanes = Object.fromEntries(Array.from({ length: parallelizationFactor }, (_, lane) => [lane, sequence]));
    await this.save({ ...this.checkpoint, lanes });
  }

  /** `next`: what goes on in its place. */
  windowEnded(next: TumblingWindow | undefined): Promise<void> {
    const { window: _, ...rest } = this.checkpoint;
    return this.save({ ...rest, ...(next ? { window: next } : {}) });
  }

  end(): Promise<void> {
    return this.save({ ...this.checkpoint, ended: true });
  }

  private async save(checkpoint: Checkpoint): Promise<void> {
    this.checkpoint = checkpoint;
    await this.reading.checkpoints.set(this.key, checkpoint);
  }

  private async open(): Promise<string> {
    const { mapping, shard } = this.reading;
    const { startingAt, parallelizationFactor } = mapping.stream;
    const after = this.lastRead ?? lowest(this.checkpoint, parallelizationFactor);
    const from =
      after !== undefined
        ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: after }
        : startingAt === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(startingAt) };
    const { ShardIterator } = await this.call<{ ShardIterator: string }>('GetShardIterator', {
      StreamARN: mapping.eventSourceArn,
      ShardId: shard,
      ...from,
    });
    return ShardIterator;
  }

  private async call<T>(operation: string, input: object): Promise<T> {
    const { cloud, specOf } = this.reading;
    const { roleArn, name } = await specOf();
    const principal: Principal = { kind: 'role', roleArn, sessionName: name };
    return (await cloud.call(principal, 'kinesis', operation, input)) as T;
  }
}
