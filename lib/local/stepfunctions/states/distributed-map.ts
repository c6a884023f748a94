import { randomUUID } from 'node:crypto';
import { ErrorName } from '../../../asl/errors';
import { Data } from '../data';
import { Cancelled, runtimeError, StatesError } from '../errors';
import type { Frame } from '../frame';
import type { DistributedFields } from '../machine';
import type { ChildInput } from '../map-run/batch';
import { childArn, uuidOf } from '../map-run/names';
import { runChildren } from '../map-run/run-children';
import { type Configuration, evaluateConfiguration, readInputs } from '../map-run/select';
import type { MapRunRecord, MapRuns } from '../map-run/types';
import { exportResults, type Results, resultTexts } from '../map-run/writer';
import type { Children, StateProgress } from '../resume';
import type { Work } from '../run';

/** Each item, or batch of items, is an execution of its own, with its own history. */
export async function runDistributedMap(frame: Frame, progress?: StateProgress): Promise<Work> {
  const { thread, state } = frame;
  const { mapRuns } = thread.execution.host;
  const distributed = state.distributed!;
  if (!mapRuns) throw runtimeError('This interpreter runs without Distributed Map.');
  if (progress?.phase.kind === 'succeeded') return { result: progress.phase.result };
  const phase = progress?.phase.kind === 'children' ? progress.phase : undefined;

  const configuration = await evaluateConfiguration(frame);
  const { mapRunArn } = phase?.mapRun
    ? await resumeRun(frame, mapRuns, phase)
    : await createRun(frame, mapRuns, configuration, phase);
  const run = (): MapRunRecord => mapRuns.current(mapRunArn);
  try {
    await authorize(frame, mapRuns, run());
    const inputs = await inputsOf(frame, mapRuns, configuration, run());
    const { isOver, ...results } = await runChildren(frame, mapRuns, run, inputs, phase?.mapRun ? phase.redrives : 0);
    if (isOver) await exceeded(frame, mapRuns, distributed, configuration, run(), results);
    const result = await resultOf(frame, mapRuns, distributed, configuration, run(), results);
    await succeed(frame, mapRuns, run(), result);
    return { result };
  } catch (error) {
    throw await end(frame, mapRuns, run(), error);
  }
}

async function createRun(
  frame: Frame,
  mapRuns: MapRuns,
  { limits, items }: Configuration,
  phase: Children | undefined,
): Promise<MapRunRecord> {
  const { thread, state } = frame;
  const { execution } = thread;
  const { identity } = execution;
  const { label = uuidOf(`${identity.stateMachineArn}/${state.name}`), executionType } = state.distributed!;
  thread.scope.check();
  const record: MapRunRecord = {
    mapRunArn: `${identity.stateMachineArn.replace(':stateMachine:', ':mapRun:')}/${label}:${randomUUID()}`,
    executionArn: identity.executionArn,
    stateMachineArn: `${identity.stateMachineArn}/${label}`,
    executionType,
    status: 'RUNNING',
    startDate: execution.host.clock.now(),
    ...limits,
    redriveCount: 0,
  };
  await mapRuns.create(record);
  // What a reader finds is not known yet.
  if (!phase) execution.record(thread, 'MapStateStarted', { length: items?.length ?? 0 });
  execution.record(thread, 'MapRunStarted', { mapRunArn: record.mapRunArn }, { mapRun: JSON.stringify(record) });
  return record;
}

async function resumeRun({ thread }: Frame, mapRuns: MapRuns, phase: Children): Promise<MapRunRecord> {
  const { execution } = thread;
  const { mapRunArn } = JSON.parse(phase.mapRun!) as MapRunRecord;
  if (phase.redrives > phase.recordedRedrives) {
    const redriveCount = phase.redrives;
    const redriveDate = execution.host.clock.now();
    await mapRuns.update(mapRunArn, { status: 'RUNNING', redriveCount, redriveDate });
    execution.record(thread, 'MapRunRedriven', { mapRunArn, redriveCount });
  }
  return mapRuns.current(mapRunArn);
}

/** The state machine's role starts, or redrives, the children. */
async function authorize(frame: Frame, mapRuns: MapRuns, run: MapRunRecord): Promise<void> {
  const isRedriven = run.redriveCount > 0 && run.executionType !== 'EXPRESS';
  const input = {
    stateMachineArn: run.stateMachineArn.replace(/\/.*$/, ''),
    ...(isRedriven && { redriven: childArn(run, uuidOf(run.mapRunArn)) }),
  };
  await caller(frame, mapRuns, ErrorName.permissions)('states', 'RunChildren', input);
}

/** Read once: what was read is kept, so that a restart or a redrive has the same children. */
async function inputsOf(
  frame: Frame,
  mapRuns: MapRuns,
  configuration: Configuration,
  { mapRunArn, children }: MapRunRecord,
): Promise<readonly ChildInput[]> {
  if (children !== undefined) return mapRuns.inputs(mapRunArn);
  const inputs = await readInputs(frame, configuration, caller(frame, mapRuns, ErrorName.itemReaderFailed));
  await mapRuns.saveInputs(mapRunArn, inputs);
  return inputs;
}

async function resultOf(
  frame: Frame,
  mapRuns: MapRuns,
  { writer }: DistributedFields,
  { destination }: Configuration,
  run: MapRunRecord,
  results: Results,
): Promise<Data> {
  if (writer?.resource === undefined) {
    return Data.list((await resultTexts(run, results, writer?.config ?? {})).map((text) => Data.parse(text)));
  }
  const call = caller(frame, mapRuns, ErrorName.resultWriterFailed);
  const result = await exportResults(run, results, destination, writer.config, call);
  await mapRuns.update(run.mapRunArn, { isExported: true });
  return Data.of(result);
}

/** What there is of results is exported all the same. */
async function exceeded(
  frame: Frame,
  mapRuns: MapRuns,
  distributed: DistributedFields,
  configuration: Configuration,
  run: MapRunRecord,
  results: Results,
): Promise<never> {
  if (distributed.writer?.resource !== undefined) {
    await resultOf(frame, mapRuns, distributed, configuration, run, results).catch(() => undefined);
  }
  throw thresholdExceeded();
}

export const thresholdExceeded = (): StatesError =>
  new StatesError(ErrorName.exceedToleratedFailureThreshold, 'The specified tolerated failure threshold was exceeded');

async function succeed({ thread }: Frame, mapRuns: MapRuns, { mapRunArn }: MapRunRecord, result: Data): Promise<void> {
  const { execution } = thread;
  thread.scope.check();
  await mapRuns.update(mapRunArn, { status: 'SUCCEEDED', stopDate: execution.host.clock.now() });
  thread.scope.check();
  execution.record(thread, 'MapRunSucceeded');
  // A restart does not look at the children again.
  execution.record(thread, 'MapStateSucceeded', undefined, { result: result.json });
}

/** Tells the Map Run and the history why there is no result; returns what the state fails with. */
async function end(
  { thread }: Frame,
  mapRuns: MapRuns,
  { mapRunArn }: MapRunRecord,
  thrown: unknown,
): Promise<unknown> {
  const { execution } = thread;
  const stopDate = execution.host.clock.now();
  if (thrown instanceof Cancelled) {
    if (execution.isInterrupted) return thrown;
    await mapRuns.stopChildren(mapRunArn);
    await mapRuns.update(mapRunArn, { status: 'ABORTED', stopDate });
    try {
      execution.record(thread, 'MapRunAborted');
    } catch {
      // The execution is closed.
    }
    return thrown;
  }
  if (!(thrown instanceof StatesError)) return thrown;
  const { error, reason } = thrown;
  const details = { error, ...(reason === undefined ? {} : { cause: reason }) };
  await mapRuns.update(mapRunArn, { status: 'FAILED', stopDate });
  thread.scope.check();
  execution.record(thread, 'MapRunFailed', details);
  if (error !== ErrorName.runtime) execution.record(thread, 'MapStateFailed', undefined, details);
  return thrown;
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
