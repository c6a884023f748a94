/** The records of a shard on disk: in order, found again after a crash, gone when they are old. */
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openShardLog, type ShardLog } from '../../../lib/local/services/kinesis/shard-log';

let folder: string;
let now: number;
let log: ShardLog;

const SEGMENT_BYTES = 2_000;
const open = () => openShardLog(folder, () => now, SEGMENT_BYTES);
const record = (text: string) => ({ partitionKey: 'k', data: Buffer.from(text) });
const ALL = { max: 10_000, maxBytes: 1e7, notBefore: 0 };

async function readAll(from = 1, options = ALL): Promise<string[]> {
  const found: string[] = [];
  for (let next = from; ; ) {
    const records = await log.read(next, options);
    if (records.length === 0) return found;
    found.push(...records.map(({ d }) => Buffer.from(d, 'base64').toString()));
    next = records.at(-1)!.n + 1;
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shard-'));
  now = 1_000;
  log = await open();
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

test('what is appended side by side is numbered in the order of the calls', async () => {
  const numbers = await Promise.all([log.append([record('a'), record('b')]), log.append([record('c')])]);
  expect(numbers).toEqual([[1, 2], [3]]);
  expect(log.next).toBe(4);
  expect(await readAll()).toEqual(['a', 'b', 'c']);
});

test('a limit in bytes still gives one record', async () => {
  await log.append([record('x'.repeat(500)), record('y')]);
  expect((await log.read(1, { ...ALL, maxBytes: 10 })).map(({ n }) => n)).toEqual([1]);
});

test('a line that a crash has left incomplete is cut off, and its number given anew', async () => {
  await log.append([record('a')]);
  await log.close();
  const [file] = await readdir(folder);
  await appendFile(join(folder, file!), '{"n":2,"t":1000,"k":"k","d":"YW');
  log = await open();
  expect(await readAll()).toEqual(['a']);
  expect(await log.append([record('b')])).toEqual([2]);
  expect(await readAll()).toEqual(['a', 'b']);
});

test('files in which all is old go; of the others the old records are not given out', async () => {
  for (let i = 0; i < 40; i++) {
    now = 1_000 * (i + 1);
    await log.append([record(`${i}`.padEnd(200, '.'))]);
  }
  const before = (await readdir(folder)).length;
  await log.trim(20_000);
  expect((await readdir(folder)).length).toBeLessThan(before);
  const left = await readAll(1, { ...ALL, notBefore: 20_000 });
  expect(left.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 21 }, (_, i) => i + 19));
  expect(await log.firstAt(30_500)).toBe(31);
});

test('a reader that waits is told of what comes, and of its end', async () => {
  const there = log.whenThere(1, new AbortController().signal);
  await log.append([record('a')]);
  await there;
  const stop = new AbortController();
  const never = log.whenThere(2, stop.signal);
  stop.abort();
  await never;
  expect(log.next).toBe(2);
});

test('whatever is appended, in whatever portions, with restarts between, comes back from any number on', async () => {
  const step = fc.oneof(
    fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }).map((datas) => ({ datas })),
    fc.constant({ restart: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(200), async (steps, from) => {
      await log.close();
      await rm(folder, { recursive: true, force: true });
      log = await open();
      const expected: string[] = [];
      for (const one of steps) {
        if ('restart' in one) {
          await log.close();
          log = await open();
        } else {
          await log.append(one.datas.map((data) => ({ partitionKey: 'k', data })));
          expected.push(...one.datas.map((data) => Buffer.from(data).toString('base64')));
        }
      }
      const found: string[] = [];
      for (let next = from + 1; ; ) {
        const records = await log.read(next, { max: 7, maxBytes: 1_000, notBefore: 0 });
        if (records.length === 0) break;
        found.push(...records.map(({ d }) => d));
        next = records.at(-1)!.n + 1;
      }
      expect(found).toEqual(expected.slice(from));
    }),
    { numRuns: 60 },
  );
});
