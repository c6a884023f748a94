import { randomUUID } from 'node:crypto';
import { ErrorName } from '../../../asl/errors';
import { Data } from '../data';
import { Cancelled, runtimeError, StatesError } from '../errors';
import type { Frame } from '../frame';
import type { DistributedFields } from '../machine';
import { type Batching, batch } from '../map-run/batch';
import { readItems } from '../map-run/reader';
import type { ChildEnd, MapRunRecord, MapRuns } from '../map-run/types';
import { type ChildResult, writeResults } from '../map-run/writer';
import type { Children, StateProgress } from '../resume';
import type { Work } from '../run';
import { mapItems, plainItem } from './items';

/**
 * AWS runs 10,000 children at a time. Here they share one process, and each has a file open for its history, of which the
 * system allows only so many.
 */
const DISTRIBUTED_CONCURRENCY = 200;

/** Each item, or batch of items, is an execution of its own, with its own history. */
export async function runDistributedMap(frame: Frame, progress?: StateProgress): Promise<Work> {
  const { thread, state } = frame;
  const { execution } = thread;
  const { mapRuns } = execution.host;
  if (!mapRuns) throw runtimeError('This interpreter runs without Distributed Map.');
  if (progress?.phase.kind === 'succeeded') return { result: progress.phase.result };
  const phase = progress?.phase.kind === 'children' ? progress.phase : undefined;

  const run = phase?.mapRun ? await resumeRun(frame, mapRuns, phase) : await createRun(frame, mapRuns, phase);
  const results = await runChildren(frame, mapRuns, run, phase?.mapRun ? phase.redrives : 0);

  const { writer } = state.distributed!;
  const result = writer
    ? Data.of(
        await writeResults(
          run.record,
          results,
          (await writer.destination(frame.environment)) as Record<string, unknown>,
          writer.config,
          caller(frame, mapRuns, ErrorName.resultWriterFailed),
        ),
      )
    : Data.list(results.flatMap(({ status, output }) => (status === 'SUCCEEDED' ? [Data.parse(output!)] : [])));
  thread.scope.check();
  await mapRuns.update(run.record.mapRunArn, { status: 'SUCCEEDED', stopDate: execution.host.clock.now() });
  execution.record(thread, 'MapRunSucceeded');
  // A restart does not look at the children again.
  execution.record(thread, 'MapStateSucceeded', undefined, { result: result.json });
  return { result };
}

interface Run {
  readonly record: MapRunRecord;
  readonly inputs: readonly string[];
}

async function createRun(frame: Frame, mapRuns: MapRuns, phase: Children | undefined): Promise<Run> {
  const { thread, state, environment } = frame;
  const { execution } = thread;
  const distributed = state.distributed!;
  const limits = {
    maxConcurrency: (await state.maxConcurrency?.(environment)) ?? 0,
    toleratedFailureCount: (await distributed.toleratedFailureCount?.(environment)) ?? 0,
    toleratedFailurePercentage: (await distributed.toleratedFailurePercentage?.(environment)) ?? 0,
  };
  const items = await selectItems(frame, mapRuns, distributed);
  const inputs = batch(items, await batching(frame, distributed));
  thread.scope.check();

  const { identity } = execution;
  const label = distributed.label ?? randomUUID();
  const record: MapRunRecord = {
    mapRunArn: `${identity.stateMachineArn.replace(':stateMachine:', ':mapRun:')}/${label}:${randomUUID()}`,
    executionArn: identity.executionArn,
    stateMachineArn: `${identity.stateMachineArn}/${label}`,
    status: 'RUNNING',
    startDate: execution.host.clock.now(),
    ...limits,
    children: inputs.length,
    items: items.length,
    redriveCount: 0,
  };
  await mapRuns.create(record, inputs);
  if (!phase) execution.record(thread, 'MapStateStarted', { length: items.length });
  execution.record(thread, 'MapRunStarted', { mapRunArn: record.mapRunArn }, { mapRun: JSON.stringify(record) });
  return { record, inputs };
}

async function resumeRun(frame: Frame, mapRuns: MapRuns, phase: Children): Promise<Run> {
  const { execution } = frame.thread;
  const record = mapRuns.current((JSON.parse(phase.mapRun!) as MapRunRecord).mapRunArn);
  const inputs = await mapRuns.inputs(record.mapRunArn);
  if (phase.redrives > phase.recordedRedrives) {
    const { mapRunArn } = record;
    const redriveCount = phase.redrives;
    const redriveDate = execution.host.clock.now();
    await mapRuns.update(mapRunArn, { status: 'RUNNING', redriveCount, redriveDate });
    execution.record(frame.thread, 'MapRunRedriven', { mapRunArn, redriveCount });
  }
  return { record, inputs };
}

async function runChildren(frame: Frame, mapRuns: MapRuns, { record, inputs }: Run, redrives: number) {
  const { thread, state } = frame;
  const { execution } = thread;
  const results = new Array<ChildResult>(inputs.length);
  let next = 0;
  let failed = 0;
  let isOver = false;
  const now = () => mapRuns.current(record.mapRunArn);
  const isTolerated = () =>
    failed === 0 ||
    (now().toleratedFailureCount > 0 && failed <= now().toleratedFailureCount) ||
    (now().toleratedFailurePercentage > 0 && (failed * 100) / inputs.length <= now().toleratedFailurePercentage);

  const runOne = async (index: number) => {
    const input = inputs[index]!;
    const child = { run: record, parent: execution.identity, stateName: state.name, index, input };
    const end: ChildEnd = await thread.scope.wait((resolve, reject) => {
      mapRuns.runChild(child, redrives).then(resolve, reject);
      return undefined;
    });
    results[index] = { ...end, input };
    if (end.status !== 'SUCCEEDED') failed++;
    if (isOver || isTolerated()) return;
    isOver = true;
    await mapRuns.stopChildren(record.mapRunArn);
  };
  let unwatch = () => {};
  /** As many at a time as may be, which may change while they run. */
  const runAll = () =>
    new Promise<void>((resolve, reject) => {
      let active = 0;
      const fill = () => {
        const width = Math.min(now().maxConcurrency || DISTRIBUTED_CONCURRENCY, DISTRIBUTED_CONCURRENCY);
        while (active < width && next < inputs.length && !isOver) {
          active++;
          runOne(next++).then(() => {
            active--;
            fill();
          }, reject);
        }
        if (active === 0) resolve();
      };
      unwatch = mapRuns.watch(record.mapRunArn, fill);
      fill();
    });
  // What is written down before a child starts must not be undone.
  await execution.durable();
  try {
    await runAll();
  } catch (error) {
    // Nothing more is started.
    unwatch();
    if (error instanceof Cancelled && !execution.isInterrupted) {
      isOver = true;
      await mapRuns.stopChildren(record.mapRunArn);
      await mapRuns.update(record.mapRunArn, { status: 'ABORTED', stopDate: execution.host.clock.now() });
    }
    throw error;
  }
  unwatch();
  if (isOver) await failRun(frame, mapRuns, record);
  return results;
}

async function failRun({ thread }: Frame, mapRuns: MapRuns, { mapRunArn }: MapRunRecord): Promise<never> {
  const { execution } = thread;
  const error = ErrorName.exceedToleratedFailureThreshold;
  const cause = 'The specified tolerated failure threshold was exceeded';
  await mapRuns.update(mapRunArn, { status: 'FAILED', stopDate: execution.host.clock.now() });
  thread.scope.check();
  execution.record(thread, 'MapRunFailed', { error, cause });
  execution.record(thread, 'MapStateFailed', undefined, { error, cause });
  throw new StatesError(error, cause, { recorded: true });
}

/** The items as JSON, after the ItemSelector. */
async function selectItems(frame: Frame, mapRuns: MapRuns, { reader }: DistributedFields): Promise<string[]> {
  const { state, environment } = frame;
  const source = reader
    ? await readItems(
        reader.resource,
        (await reader.source(environment)) as Record<string, unknown>,
        (await reader.config(environment)) as Record<string, unknown>,
        caller(frame, mapRuns, ErrorName.itemReaderFailed),
      )
    : await state.items!(environment);
  const items: string[] = [];
  for (const item of mapItems(source)) {
    const selected = state.itemSelector ? await state.itemSelector(frame.itemEnvironment(item)) : plainItem(item);
    items.push(JSON.stringify(selected));
  }
  return items;
}

async function batching({ environment }: Frame, { batcher }: DistributedFields): Promise<Batching | undefined> {
  if (!batcher) return undefined;
  const maxItems = await batcher.maxItems?.(environment);
  const maxBytes = await batcher.maxBytes?.(environment);
  const batchInput = await batcher.batchInput?.(environment);
  return {
    ...(maxItems === undefined ? {} : { maxItems }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(batchInput === undefined ? {} : { batchInput }),
  };
}

/** Calls S3 as the state machine's role; what goes wrong has the reader's or the writer's error name. */
const caller =
  ({ thread }: Frame, mapRuns: MapRuns, errorName: string) =>
  async (service: string, operation: string, input: unknown): Promise<unknown> => {
    try {
      return await mapRuns.call(thread.execution.identity.roleArn, service, operation, input);
    } catch (error) {
      throw new StatesError(errorName, error instanceof StatesError ? error.reason : String(error));
    }
  };
