import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionRecord } from '../../../lib/local/stepfunctions/catalogue';
import { type ChildStore, openChildStore } from '../../../lib/local/stepfunctions/map-run/child-store';
import { childArn, childIndex, childName } from '../../../lib/local/stepfunctions/map-run/names';
import type { MapRunRecord } from '../../../lib/local/stepfunctions/map-run/types';
import { openTable, type Table } from '../../../lib/local/store';

let folder: string;
let mapRuns: Table<MapRunRecord>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stepwell-children-'));
  mapRuns = await openTable<MapRunRecord>(join(folder, 'map-runs.ndjson'));
  await mkdir(join(folder, 'history'));
});
afterEach(async () => {
  await mapRuns.close();
  await rm(folder, { recursive: true, force: true });
});

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:m/label';
const mapRunArn = (run: number) => `arn:aws:states:us-east-1:000000000000:mapRun:m/label:${run}`;
const fileOf = (arn: string) => join(folder, arn.slice(arn.lastIndexOf(':') + 1));
const historyFile = (arn: string) => join(folder, 'history', arn.replaceAll(/[:/]/g, '-'));
const open = () => openChildStore({ fileOf, historyFile, mapRuns });

async function addRun(run: number, status: MapRunRecord['status'] = 'RUNNING'): Promise<MapRunRecord> {
  const limits = { maxConcurrency: 0, toleratedFailureCount: 0, toleratedFailurePercentage: 0 };
  const record: MapRunRecord = {
    mapRunArn: mapRunArn(run),
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:m:parent',
    stateMachineArn: MACHINE,
    status,
    startDate: 1,
    redriveCount: 0,
    ...limits,
  };
  await mapRuns.set(record.mapRunArn, record);
  return record;
}

const childOf = (run: MapRunRecord, index: number): ExecutionRecord => {
  const name = childName(run.mapRunArn, index);
  return {
    executionArn: childArn(run, name),
    stateMachineArn: MACHINE,
    name,
    roleArn: 'arn:aws:iam::000000000000:role/states',
    definition: 'hash',
    status: 'RUNNING',
    startDate: 1_000 + index,
    redriveCount: 0,
    mapRunArn: run.mapRunArn,
    stateName: 'Each',
    itemCount: 2,
  };
};

const start = async (store: ChildStore, child: ExecutionRecord) => {
  await store.set(child);
  await writeFile(historyFile(child.executionArn), '{}\n');
};

const succeed = (store: ChildStore, child: ExecutionRecord, output: string) =>
  store.set({ ...child, status: 'SUCCEEDED', stopDate: child.startDate + 5 }, { status: 'SUCCEEDED', output });

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

test('a name tells its index to whom knows the run, and to nobody else', () => {
  for (const index of [0, 1, 255, 99_999, 2 ** 31 + 5]) {
    expect(childIndex(mapRunArn(1), childName(mapRunArn(1), index))).toBe(index);
    expect(childIndex(mapRunArn(2), childName(mapRunArn(1), index))).toBeUndefined();
  }
  expect(childIndex(mapRunArn(1), 'something-else')).toBeUndefined();
  expect(childName(mapRunArn(1), 7)).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
});

test('children are what they were after a restart, but for those whose start was lost', async () => {
  const run = await addRun(1);
  const store = await open();
  const [ended, running, lost] = [childOf(run, 0), childOf(run, 1), childOf(run, 2)];
  await start(store, ended);
  await start(store, running);
  await store.set(lost);
  await succeed(store, ended, '"done"');
  await store.close();
  // Killed while it was writing.
  await appendFile(`${fileOf(run.mapRunArn)}.children.ndjson`, '[1,"SUCC');

  const again = await open();
  expect(again.get(ended.executionArn)).toEqual({ ...ended, status: 'SUCCEEDED', stopDate: 1_005 });
  expect(again.get(running.executionArn)).toEqual(running);
  expect(again.get(lost.executionArn)).toBeUndefined();
  expect(again.running()).toEqual([running]);
  await succeed(again, running, '1');
  expect([...again.of(run.mapRunArn)].map(([index, { status }]) => [index, status])).toEqual([
    [0, 'SUCCEEDED'],
    [1, 'SUCCEEDED'],
  ]);
  await again.close();
});

test('how children ended is read in the order of their items, the latest end of each', async () => {
  const run = await addRun(1);
  const store = await open();
  const children = Array.from({ length: 40 }, (_, index) => childOf(run, index));
  for (const child of children) await start(store, child);
  const failed = { ...children[3]!, status: 'FAILED' as const, stopDate: 2_000 };
  await store.set(failed, { status: 'FAILED', error: 'Once' });
  await store.set({ ...children[3]!, redriveCount: 1, redriveDate: 3_000 });
  // One is larger than what is read from the disk in one go.
  const output = (index: number) => JSON.stringify(index === 20 ? 'x'.repeat(1_500_000) : { index });
  await Promise.all(children.toReversed().map((child, at) => succeed(store, child, output(39 - at))));

  const ends = await all(store.ends(run.mapRunArn, ['SUCCEEDED']));
  expect(ends).toEqual(children.map((_, index) => [index, { status: 'SUCCEEDED', output: output(index) }]));
  expect(await all(store.ends(run.mapRunArn, ['FAILED']))).toEqual([]);
  await store.close();
});

test('runs that are over are found again, however many there are', async () => {
  const store = await open();
  const runs: MapRunRecord[] = [];
  for (let count = 0; count < 20; count++) {
    const run = await addRun(count);
    runs.push(run);
    const child = childOf(run, count);
    await start(store, child);
    await succeed(store, child, String(count));
    await addRun(count, 'SUCCEEDED');
    await store.release(run.mapRunArn);
  }
  for (const [count, run] of runs.entries()) {
    expect(store.get(childOf(run, count).executionArn)?.status).toBe('SUCCEEDED');
    expect(store.get(childOf(run, count + 1).executionArn)).toBeUndefined();
    expect(await all(store.ends(run.mapRunArn, ['SUCCEEDED']))).toEqual([
      [count, { status: 'SUCCEEDED', output: String(count) }],
    ]);
  }
  await store.close();
});

test('a run that is over while the end of its last child is being written keeps that end', async () => {
  const run = await addRun(1);
  const store = await open();
  const child = childOf(run, 0);
  await start(store, child);

  const ending = succeed(store, child, '"o"');
  expect(store.get(child.executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  await mapRuns.set(run.mapRunArn, { ...run, status: 'SUCCEEDED' });
  await store.release(run.mapRunArn);
  await ending;
  await store.close();

  const again = await open();
  expect(again.get(child.executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await all(again.ends(run.mapRunArn, ['SUCCEEDED']))).toEqual([[0, { status: 'SUCCEEDED', output: '"o"' }]]);
  await again.close();
});
