/** All executions: started, resumed after a restart, stopped, redriven, looked at. */

import { type Journal, openJournal, readJournal } from '../store';
import {
  type Catalogue,
  type ExecutionRecord,
  type ExecutionStatus,
  type MachineRecord,
  openCatalogue,
  type RedriveToken,
  sha256,
} from './catalogue';
import { Execution, type ExecutionEnd, type ExecutionIdentity, type Host } from './execution';
import { type EventRecord, isRetry, type JournalRecord } from './history';
import { type CompiledMachine, findState } from './machine';
import { createMapRuns } from './map-run/children';
import { fold, type Progress, pendingTokens } from './resume';

export interface EngineOptions {
  /** Where it keeps its state. */
  readonly folder: string;
  readonly host: Host;
  /** Tells of a change of status. Is called again, also after a restart, until it resolves. */
  announce(details: ExecutionDetails): Promise<void>;
  /** Calls a service as a state machine's role; rejects with a `StatesError`. */
  callAs(roleArn: string, service: string, operation: string, input: unknown): Promise<unknown>;
  /** What is told of each event of an execution, where anything is. */
  observe?(record: ExecutionRecord, machine: MachineRecord | undefined): ((event: EventRecord) => void) | undefined;
  log(line: string): void;
}

/** What DescribeExecution says. */
export interface ExecutionDetails extends ExecutionRecord {
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

interface Running {
  readonly execution: Execution;
  /** Settles when the execution has ended and that is on disk; with undefined when it was interrupted. */
  readonly done: Promise<ExecutionEnd | undefined>;
}

type Appending = Pick<Journal<JournalRecord>, 'append'>;

/** Closed executions whose events stay in memory, since the last ones are those that are looked at. */
const KEPT_HISTORIES = 20;
const ANNOUNCE_ATTEMPTS = 6;
const ANNOUNCE_DELAY_MS = 100;
/** After a restart a child may be resumed a moment later than its parent. */
const NOT_YET_LAUNCHED_MS = 20;

export type Engine = Awaited<ReturnType<typeof openEngine>>;

export async function openEngine({ folder, host: worldHost, announce, callAs, observe, log }: EngineOptions) {
  const catalogue: Catalogue = await openCatalogue(folder);
  const { executions } = catalogue;
  const mapRuns = createMapRuns({
    catalogue,
    clock: worldHost.clock,
    callAs,
    start: (record, input) => start(record, input),
    redrive: (executionArn, how) => redrive(executionArn, how),
    stop: (executionArn) => stop(executionArn),
    end: (executionArn) => end(executionArn),
  });
  const host: Host = {
    ...worldHost,
    mapRuns,
  };
  const running = new Map<string, Running>();
  const announcing = new Map<string, Promise<void>>();
  const closed = new Map<string, Progress>();
  let resuming: Promise<void> | undefined;
  const closing = new AbortController();
  let resumed = () => {};
  /** Or the engine is closing. */
  const whenResumed = new Promise<void>((resolve) => {
    resumed = resolve;
  });

  const identityOf = (record: ExecutionRecord, input: string): ExecutionIdentity => ({
    executionArn: record.executionArn,
    name: record.name,
    roleArn: record.roleArn,
    stateMachineArn: record.stateMachineArn,
    stateMachineName: record.stateMachineArn.slice(record.stateMachineArn.lastIndexOf(':') + 1),
    startDate: record.startDate,
    input,
    ...(record.stateMachineVersionArn !== undefined && { stateMachineVersionArn: record.stateMachineVersionArn }),
    ...(record.stateMachineAliasArn !== undefined && { stateMachineAliasArn: record.stateMachineAliasArn }),
  });

  const machineOf = async ({ definition, stateName }: ExecutionRecord): Promise<CompiledMachine> => {
    const machine = await catalogue.compiled(definition);
    return stateName === undefined ? machine : findState(machine, stateName)!.branches[0]!;
  };

  const keep = (executionArn: string, progress: Progress) => {
    closed.delete(executionArn);
    closed.set(executionArn, progress);
    const [oldest] = closed.keys();
    if (closed.size > KEPT_HISTORIES && oldest !== undefined) closed.delete(oldest);
  };

  const readHistory = async (executionArn: string, { isNew = false } = {}) => {
    const records: JournalRecord[] = [];
    const journal = await openJournal<JournalRecord>(catalogue.historyFile(executionArn), {
      onRecord: (record) => records.push(record),
      isNew,
    });
    return { records, journal };
  };

  /** Of an execution that does not run. */
  const closedProgress = async (executionArn: string): Promise<Progress> => {
    const kept = closed.get(executionArn);
    if (kept) {
      keep(executionArn, kept);
      return kept;
    }
    const records: JournalRecord[] = [];
    // Not opened: that would cut off a line which an execution that starts just now is still writing.
    await readJournal<JournalRecord>(catalogue.historyFile(executionArn), (record) => records.push(record));
    const progress = fold(records);
    // Started, ended or redriven while its file was read: what was read then is not the whole of it.
    const ended = closed.get(executionArn);
    if (ended) return ended;
    if (progress.end && !running.has(executionArn) && !redriving.has(executionArn)) keep(executionArn, progress);
    return progress;
  };

  const update = async (
    executionArn: string,
    change: Partial<ExecutionRecord>,
    end?: ExecutionEnd,
  ): Promise<ExecutionRecord> => {
    const record: ExecutionRecord = { ...executions.get(executionArn)!, ...change };
    await executions.set(record, end);
    return record;
  };

  const finish = async (executionArn: string, end: ExecutionEnd, stopDate: number, events: readonly EventRecord[]) => {
    // A redrive would need room for its own event and another one.
    const isFull = events.length >= host.limits.historyEvents - 1;
    const record = await update(executionArn, { status: end.status, stopDate, ...(isFull && { isFull }) }, end);
    tell(record);
    await deleteIfUnused(record.stateMachineArn);
  };

  const runningOf = (machineArn: string): string[] =>
    catalogue.executionsOf(machineArn).filter((arn) => executions.get(arn)?.status === 'RUNNING');

  /** A state machine that is being deleted goes with its last execution. */
  const deleteIfUnused = async (machineArn: string) => {
    const isDeleting = catalogue.machines.get(machineArn)?.isDeleting;
    if (isDeleting && runningOf(machineArn).length === 0) await catalogue.machines.delete(machineArn);
  };

  const deleteMachine = async (machineArn: string): Promise<void> => {
    const machine = catalogue.machines.get(machineArn);
    if (!machine) return;
    await catalogue.machines.set(machineArn, { ...machine, isDeleting: true });
    for (const arn of runningOf(machineArn)) running.get(arn)?.execution.endSoon();
    await deleteIfUnused(machineArn);
  };

  /** Runs what was started, resumed or redriven; returns at once. */
  const launch = (execution: Execution, close: () => Promise<void>, whenRunning?: () => void) => {
    const { executionArn } = execution.identity;
    const work = async () => {
      let end: ExecutionEnd | undefined;
      try {
        end = await execution.run();
      } finally {
        whenRunning?.();
        await close();
      }
      if (end) {
        // In one go: whoever looks sees an execution that runs, or one that has ended and its output.
        running.delete(executionArn);
        keep(executionArn, { ...EMPTY, events: execution.events, end, redriveCount: execution.redriveCount });
        await finish(executionArn, end, execution.events.at(-1)!.at, execution.events);
      }
      return end;
    };
    const done = work()
      .catch((error) => {
        log(`states: ${executionArn}: ${(error as Error).stack ?? error}`);
        return undefined;
      })
      .finally(() => {
        if (running.get(executionArn)?.execution === execution) running.delete(executionArn);
      });
    running.set(executionArn, { execution, done });
    if (catalogue.machines.get(execution.identity.stateMachineArn)?.isDeleting) execution.endSoon();
    if (closing.signal.aborted) execution.shutdown();
  };

  const appendTo = (execution: ExecutionRecord, journal: Appending) => {
    const tellOf = observe?.(execution, catalogue.machines.get(execution.stateMachineArn.replace(/\/[^/]*$/, '')));
    let last: Promise<void> | undefined;
    return (record: JournalRecord) => {
      if (tellOf && !isRetry(record)) tellOf(record);
      const written = journal.append(record);
      // Whoever waits for the disk sees the error; an unobserved rejection would end the process.
      if (written !== last) written.catch(() => undefined);
      last = written;
      return written;
    };
  };

  const starting = new Map<string, Promise<void>>();

  const start = (record: ExecutionRecord, input: string): Promise<void> => {
    const started = startNow(record, input).finally(() => starting.delete(record.executionArn));
    starting.set(record.executionArn, started);
    return started;
  };

  const startNow = async (record: ExecutionRecord, input: string): Promise<void> => {
    // Known at once, so that the name is taken.
    const added = catalogue.addExecution(record);
    const machine = await machineOf(record);
    const { records, journal } = await readHistory(record.executionArn, { isNew: true });
    // Left by a process that was killed before the name was taken.
    if (records.length > 0) await journal.rewrite(() => []);
    // Nobody is told that a child has started, so its first events are written together; but none of its tasks begins before its
    // record is on disk, too.
    const isChild = record.mapRunArn !== undefined;
    const execution = new Execution(
      host,
      identityOf(record, input),
      machine,
      appendTo(record, isChild ? together(journal, added) : journal),
    );
    execution.start();
    if (!isChild) await Promise.all([added, execution.durable()]);
    launch(execution, () => journal.close());
    tell(record);
  };

  const resume = async (record: ExecutionRecord): Promise<void> => {
    const { executionArn } = record;
    const { records, journal } = await readHistory(executionArn);
    const progress = fold(records);
    if (progress.end) {
      await journal.close();
      await finish(executionArn, progress.end, progress.stopDate!, progress.events);
      return;
    }
    const machine = await machineOf(record);
    const execution = new Execution(
      host,
      identityOf(record, inputOf(progress)),
      machine,
      appendTo(record, journal),
      progress,
    );
    launch(execution, () => journal.close(), host.tokens.expect(pendingTokens(progress)));
  };

  const redriving = new Map<string, Promise<number>>();

  const redriveOnce = async (executionArn: string, isAnew: boolean): Promise<number> => {
    const { records, journal } = await readHistory(executionArn);
    const before = fold(records);
    const at = host.clock.now();
    const redriven: EventRecord = {
      id: before.events.length + 1,
      previous: before.events.length,
      thread: '',
      at,
      type: 'ExecutionRedriven',
      details: { redriveCount: before.redriveCount + 1 },
      ...(isAnew && { extra: { isAnew } }),
    };
    const append = appendTo(executions.get(executionArn)!, journal);
    await append(redriven);
    const progress = fold([...records, redriven]);
    closed.delete(executionArn);
    const { stopDate: _, ...rest } = executions.get(executionArn)!;
    const record: ExecutionRecord = {
      ...rest,
      status: 'RUNNING',
      redriveCount: progress.redriveCount,
      redriveDate: at,
    };
    await executions.set(record);
    const machine = await machineOf(record);
    launch(new Execution(host, identityOf(record, inputOf(progress)), machine, append, progress), () =>
      journal.close(),
    );
    tell(record);
    return at;
  };

  /** One after the other for each execution, so that no one hears of the end before the start. */
  const tell = (record: ExecutionRecord) => {
    const { executionArn, mapRunArn } = record;
    // Children of a Map Run are its parent's business.
    if (mapRunArn !== undefined) return;
    const previous = announcing.get(executionArn) ?? Promise.resolve();
    const told: Promise<void> = previous
      .then(() => announceUntilHeard(record))
      .catch((error) => log(`states: status of ${executionArn} could not be announced: ${(error as Error).message}`))
      .finally(() => {
        if (announcing.get(executionArn) === told) announcing.delete(executionArn);
      });
    announcing.set(executionArn, told);
  };

  const announceUntilHeard = async (record: ExecutionRecord) => {
    const details = await describeRecord(record);
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      try {
        await announce(details);
        break;
      } catch (error) {
        if (attempt === ANNOUNCE_ATTEMPTS) throw error;
        await host.clock.sleep(ANNOUNCE_DELAY_MS * 2 ** attempt, closing.signal).catch(() => undefined);
      }
    }
    if (closing.signal.aborted) return;
    await update(record.executionArn, { told: `${record.status}/${record.redriveCount}` });
  };

  /** It is listed as soon as its name is taken, but there is something to tell of it once it runs. */
  const liveOf = async (executionArn: string): Promise<Execution | undefined> => {
    if (!running.has(executionArn)) await starting.get(executionArn)?.catch(() => undefined);
    return running.get(executionArn)?.execution;
  };

  const describeRecord = async (record: ExecutionRecord): Promise<ExecutionDetails> => {
    const live = await liveOf(record.executionArn);
    if (live) return { ...record, input: live.identity.input };
    const progress = await closedProgress(record.executionArn);
    const { output, error, cause } = progress.end ?? {};
    return {
      ...record,
      input: inputOf(progress),
      // The announcement of a start must not tell of the end.
      ...(record.status === 'RUNNING'
        ? {}
        : {
            ...(output !== undefined && { output }),
            ...(error !== undefined && { error }),
            ...(cause !== undefined && { cause }),
          }),
    };
  };

  const redrive = (executionArn: string, { isAnew = false } = {}): Promise<number> => {
    let under = redriving.get(executionArn);
    if (!under) {
      under = redriveOnce(executionArn, isAnew).finally(() => redriving.delete(executionArn));
      redriving.set(executionArn, under);
    }
    return under;
  };

  const stop = async (executionArn: string, error?: string, cause?: string): Promise<void> => {
    await starting.get(executionArn);
    await redriving.get(executionArn);
    if (!running.has(executionArn)) await resume(executions.get(executionArn)!);
    const live = running.get(executionArn);
    await live?.execution.stop(error, cause);
    await live?.done;
  };

  const end = async (executionArn: string): Promise<ExecutionStatus> => {
    for (;;) {
      const ended = await running.get(executionArn)?.done;
      if (ended) return ended.status;
      if (closing.signal.aborted) return new Promise(() => {});
      const { status } = executions.get(executionArn)!;
      if (status !== 'RUNNING') return status;
      await host.clock.sleep(NOT_YET_LAUNCHED_MS, closing.signal).catch(() => undefined);
    }
  };

  return {
    catalogue,

    /** What it says holds from now on. */
    updateMapRun: mapRuns.update,

    /** Once no execution of it runs; those that do end at their next transition. */
    deleteMachine,

    /** Resolves when the start is on disk. The name must be new. */
    start,

    /** Goes on with what the last process left. Call it once everything that tasks call is there. */
    resume(): Promise<void> {
      resuming ??= (async () => {
        for (const record of executions.values()) {
          if (closing.signal.aborted) return;
          if (record.status === 'RUNNING') {
            if (!running.has(record.executionArn)) await resume(record);
          } else if (record.told !== `${record.status}/${record.redriveCount}`) {
            tell(record);
          }
        }
        for (const { stateMachineArn } of [...catalogue.machines.values()]) await deleteIfUnused(stateMachineArn);
      })();
      resuming.then(resumed, () => undefined);
      return resuming;
    },

    /** Settles once an execution that the last process left goes on here, or the engine closes; at once for all others. */
    async takenUp(executionArn: string): Promise<void> {
      const isRunning = executions.get(executionArn)?.status === 'RUNNING';
      if (isRunning && !running.has(executionArn)) await whenResumed;
    },

    /** Those that still run go on another time. */
    get isClosing(): boolean {
      return closing.signal.aborted;
    },

    /** Resolves with the time of the redrive when that is on disk. Calls at the same time are one redrive. */
    redrive,

    /** Resolves when they are on disk. */
    async keepRedriveTokens(executionArn: string, redriveTokens: readonly RedriveToken[]): Promise<void> {
      await update(executionArn, { redriveTokens });
    },

    /** Resolves when the end is on disk. */
    stop,

    describe: describeRecord,

    /** The events; those of a running execution are still added to. */
    async events(executionArn: string): Promise<readonly EventRecord[]> {
      const live = await liveOf(executionArn);
      return live ? live.events : (await closedProgress(executionArn)).events;
    },

    /** Settles when the execution has ended; never when the engine closes first. */
    async ended(executionArn: string): Promise<void> {
      await end(executionArn);
    },

    /** Lets go of everything that runs, and writes what there is to write. */
    async close(): Promise<void> {
      closing.abort();
      resumed();
      // At once, so that nobody takes an interruption for an end.
      for (const { execution } of running.values()) execution.shutdown();
      await resuming;
      await Promise.allSettled([...starting.values(), ...redriving.values()]);
      await Promise.all([...running.values()].map(({ done }) => done));
      await Promise.all(announcing.values());
      await catalogue.close();
    },
  };
}

/** Appends whose promises also wait for something else that is being written. */
function together(journal: Appending, other: Promise<void>): Appending {
  let isWritten = false;
  other.then(
    () => {
      isWritten = true;
    },
    () => undefined,
  );
  let last: Promise<void> | undefined;
  let both: Promise<void> | undefined;
  return {
    append(record) {
      const written = journal.append(record);
      if (isWritten) return written;
      // One for all records that are written together.
      if (!both || written !== last) both = Promise.all([written, other]).then(() => undefined);
      last = written;
      return both;
    },
  };
}

const EMPTY: Progress = { events: [], root: { last: 0, variables: {} }, redriveCount: 0 };

const inputOf = ({ events }: Progress): string => String(events[0]?.details?.input ?? '{}');

export const newExecutionRecord = (
  fields: Omit<ExecutionRecord, 'inputHash' | 'status' | 'redriveCount'>,
  input: string,
): ExecutionRecord => ({
  ...fields,
  inputHash: sha256(input),
  status: 'RUNNING' satisfies ExecutionStatus,
  redriveCount: 0,
});
