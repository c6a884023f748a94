/**
 * The children of all Map Runs: two files for each run, one with a short line for each change of a child's state, one with how each
 * has ended. In memory is where they stand (`ChildTable`), of runs that are over only of the latest that were asked for.
 */
import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { hasRecord, type Journal, openJournal, type Table } from '../../store';
import type { ExecutionRecord, ExecutionStatus } from '../catalogue';
import type { ExecutionEnd } from '../execution';
import { type ChildRow, type ChildState, ChildTable, rowOf } from './child-table';
import { childArn, childIndex, childName, parseChildArn } from './names';
import type { MapRunRecord } from './types';

export interface ChildStore {
  /** Undefined when it is no child of a Map Run. */
  get(executionArn: string): ExecutionRecord | undefined;
  /** Where it has ended, how it did is on disk before that it did. */
  set(record: ExecutionRecord, end?: ExecutionEnd): Promise<void>;
  /** With their indexes, in the order in which they started. */
  of(mapRunArn: string): Iterable<readonly [number, ChildState]>;
  /** Of a child that `of` has given. */
  record(mapRunArn: string, index: number): ExecutionRecord;
  running(): ExecutionRecord[];
  /** How those ended that have one of these statuses, in the order of their items. */
  ends(mapRunArn: string, statuses: readonly ExecutionStatus[]): AsyncIterable<readonly [number, ExecutionEnd]>;
  /** The run is over. */
  release(mapRunArn: string): Promise<void>;
  close(): Promise<void>;
}

/** The same for all children of a run. */
type Common = Pick<
  ExecutionRecord,
  'stateMachineArn' | 'roleArn' | 'definition' | 'revisionId' | 'stateName' | 'mapRunArn'
>;

/** The first line of a run's file, and the others. */
type Row = Common | ChildRow;
const isCommon = (row: Row): row is Common => !Array.isArray(row);

type EndRow = readonly [index: number, end: ExecutionEnd];

interface Run {
  readonly table: ChildTable;
  common?: Common;
  states?: Promise<Journal<Row>>;
  ends?: Promise<Journal<EndRow>>;
  /** changes that are visible, and not on disk yet */
  writing: number;
  /** called when there is none any longer */
  whenWritten?: () => void;
}

interface Options {
  /** Where a run's files are, without what follows the run's name in theirs. */
  fileOf(mapRunArn: string): string;
  historyFile(executionArn: string): string;
  readonly mapRuns: Table<MapRunRecord>;
}

/** Of runs that are over. */
const KEPT_TABLES = 8;

export async function openChildStore({ fileOf, historyFile, mapRuns }: Options): Promise<ChildStore> {
  const runs = new Map<string, Run>();
  const byMachine = new Map<string, string[]>();
  const statesFile = (mapRunArn: string) => `${fileOf(mapRunArn)}.children.ndjson`;
  const endsFile = (mapRunArn: string) => `${fileOf(mapRunArn)}.ends.ndjson`;

  /** Runs are only ever added. */
  let indexed = 0;
  const runsOf = (machineArn: string): readonly string[] => {
    if (indexed < mapRuns.size) {
      for (const { mapRunArn, stateMachineArn } of [...mapRuns.values()].slice(indexed)) {
        const known = byMachine.get(stateMachineArn);
        if (known) known.push(mapRunArn);
        else byMachine.set(stateMachineArn, [mapRunArn]);
      }
      indexed = mapRuns.size;
    }
    return byMachine.get(machineArn) ?? [];
  };

  const add = (run: Run, row: Row): void => {
    if (isCommon(row)) run.common = row;
    else run.table.set(row);
  };

  const runOf = (mapRunArn: string): Run => {
    const known = runs.get(mapRunArn);
    if (known) return known;
    const run: Run = { table: new ChildTable(), writing: 0 };
    for (const row of readRows(statesFile(mapRunArn))) add(run, row);
    const over = [...runs].filter(([, { states }]) => states === undefined);
    for (const [arn] of over.slice(0, Math.max(0, over.length + 1 - KEPT_TABLES))) runs.delete(arn);
    runs.set(mapRunArn, run);
    return run;
  };

  const open = async (mapRunArn: string): Promise<void> => {
    const run: Run = { table: new ChildTable(), writing: 0 };
    const journal = await openJournal<Row>(statesFile(mapRunArn), { onRecord: (row) => add(run, row) });
    run.states = Promise.resolve(journal);
    runs.set(mapRunArn, run);
    for (const [index, { status }] of run.table) {
      const { executionArn } = recordOf(mapRunArn, run, index);
      // Killed before the start was on disk: the run starts it once more.
      if (status === 'RUNNING' && !(await hasRecord(historyFile(executionArn)))) run.table.delete(index);
    }
  };

  const find = (executionArn: string): { readonly mapRunArn: string; readonly index: number } | undefined => {
    const parsed = parseChildArn(executionArn);
    if (!parsed) return undefined;
    for (const mapRunArn of runsOf(parsed.stateMachineArn)) {
      const index = childIndex(mapRunArn, parsed.name);
      if (index !== undefined) return { mapRunArn, index };
    }
    return undefined;
  };

  const recordOf = (mapRunArn: string, { table, common }: Run, index: number): ExecutionRecord => {
    const name = childName(mapRunArn, index);
    return {
      ...common!,
      executionArn: childArn(mapRuns.get(mapRunArn)!, name),
      name,
      ...table.get(index)!,
    };
  };

  const release = async (mapRunArn: string): Promise<void> => {
    const run = runs.get(mapRunArn);
    if (!run) return;
    // The last child is seen to have ended before its end is on disk.
    while (run.writing > 0) await written(run);
    const { states, ends } = run;
    delete run.states;
    delete run.ends;
    await (await ends)?.close();
    await (await states)?.close();
  };

  for (const { mapRunArn, status } of [...mapRuns.values()]) if (status === 'RUNNING') await open(mapRunArn);

  return {
    get(executionArn) {
      const found = find(executionArn);
      if (!found) return undefined;
      const run = runOf(found.mapRunArn);
      return run.table.get(found.index) && recordOf(found.mapRunArn, run, found.index);
    },

    async set(record, end) {
      const { mapRunArn, index } = find(record.executionArn)!;
      const run = runOf(mapRunArn);
      const row = rowOf(index, { ...record, itemCount: record.itemCount ?? 1 });
      run.table.set(row);
      const isFirst = run.common === undefined;
      run.common ??= commonOf(record);
      run.states ??= openJournal<Row>(statesFile(mapRunArn), { onRecord: () => undefined });
      run.writing++;
      try {
        if (end) {
          run.ends ??= openJournal<EndRow>(endsFile(mapRunArn), { onRecord: () => undefined });
          await (await run.ends).append([index, end]);
        }
        const states = await run.states;
        if (isFirst) void states.append(run.common).catch(() => undefined);
        await states.append(row);
      } finally {
        if (--run.writing === 0) run.whenWritten?.();
      }
    },

    of: (mapRunArn) => runOf(mapRunArn).table,

    record: (mapRunArn, index) => recordOf(mapRunArn, runOf(mapRunArn), index),

    running: () =>
      [...runs].flatMap(([mapRunArn, run]) =>
        [...run.table]
          .filter(([, { status }]) => status === 'RUNNING')
          .map(([index]) => recordOf(mapRunArn, run, index)),
      ),

    async *ends(mapRunArn, statuses) {
      // What is being written is waited for.
      await release(mapRunArn);
      const { table } = runOf(mapRunArn);
      const wanted = [...table].filter(([, { status }]) => statuses.includes(status)).map(([index]) => index);
      if (wanted.length === 0) return;
      const places = await placesOf(endsFile(mapRunArn));
      const file = openSync(endsFile(mapRunArn), 'r');
      try {
        for (const index of wanted) {
          const bytes = Buffer.allocUnsafe(places.lengths[index]!);
          readSync(file, bytes, 0, bytes.length, places.offsets[index]!);
          yield JSON.parse(bytes.toString('utf8')) as EndRow;
        }
      } finally {
        closeSync(file);
      }
    },

    release,

    async close() {
      for (const mapRunArn of [...runs.keys()]) await release(mapRunArn);
    },
  };
}

const written = (run: Run): Promise<void> =>
  new Promise((resolve) => {
    const { whenWritten } = run;
    run.whenWritten = () => {
      delete run.whenWritten;
      whenWritten?.();
      resolve();
    };
  });

function commonOf(record: ExecutionRecord): Common {
  const { stateMachineArn, roleArn, definition, revisionId, stateName, mapRunArn } = record;
  return {
    stateMachineArn,
    roleArn,
    definition,
    ...(revisionId !== undefined && { revisionId }),
    ...(stateName !== undefined && { stateName }),
    ...(mapRunArn !== undefined && { mapRunArn }),
  };
}

/** An incomplete last line is left out. */
function readRows(file: string): Row[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Row);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}

const NEWLINE = 0x0a;
/** `[` and the digits of an index. */
const HEAD_BYTES = 12;

/** Where the latest line of each index is. */
async function placesOf(file: string): Promise<{ readonly offsets: Float64Array; readonly lengths: Uint32Array }> {
  let offsets = new Float64Array(1024);
  let lengths = new Uint32Array(1024);
  let start = 0;
  let size = 0;
  let head = '';
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      head += chunk.toString('latin1', from, Math.min(end, from + HEAD_BYTES));
      const index = Number.parseInt(head.slice(1), 10);
      if (index >= offsets.length) {
        const length = Math.max(index + 1, offsets.length * 2);
        const [fewerOffsets, fewerLengths] = [offsets, lengths];
        offsets = new Float64Array(length);
        lengths = new Uint32Array(length);
        offsets.set(fewerOffsets);
        lengths.set(fewerLengths);
      }
      offsets[index] = start;
      lengths[index] = size + end - start;
      from = end + 1;
      start = size + from;
      head = '';
    }
    if (head.length < HEAD_BYTES) head += chunk.toString('latin1', from, Math.min(chunk.length, from + HEAD_BYTES));
    size += chunk.length;
  }
  return { offsets, lengths };
}
