import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, openTable, readJson, writeFileAtomic, writeJson } from '../../lib/local/store';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stepwell-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const readRecords = async <R>(file: string): Promise<R[]> => {
  const records: R[] = [];
  const journal = await openJournal<R>(file, { onRecord: (record) => records.push(record) });
  await journal.close();
  return records;
};

describe('a JSON document', () => {
  test('is read back as written, with the mode asked for, and leaves no temporary file', async () => {
    await writeJson(join(folder, 'a', 'b.json'), { x: [1, 'é'] }, 0o600);

    expect(await readJson(join(folder, 'a', 'b.json'))).toEqual({ x: [1, 'é'] });
    expect((await stat(join(folder, 'a', 'b.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'a'))).toEqual(['b.json']);
  });

  test('is undefined when it does not exist', async () => {
    expect(await readJson(join(folder, 'none.json'))).toBeUndefined();
  });

  test('keeps one whole version when many writers race', async () => {
    const file = join(folder, 'raced.txt');

    await Promise.all(Array.from({ length: 20 }, (_, n) => writeFileAtomic(file, String(n).repeat(10_000))));

    const content = await readFile(file, 'utf8');
    expect(content).toBe(content.slice(0, content.length / 10_000).repeat(10_000));
  });
});

describe('a journal', () => {
  test('replays records in the order in which they were appended', async () => {
    const file = join(folder, 'journal.ndjson');
    const journal = await openJournal<number>(file, { onRecord: () => undefined });

    await Promise.all(Array.from({ length: 500 }, (_, n) => journal.append(n)));
    await journal.close();

    expect(await readRecords<number>(file)).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });

  test('cuts off the line that a crash left incomplete, and goes on after it', async () => {
    const file = join(folder, 'journal.ndjson');
    await appendFile(file, '{"n":1}\n{"n":2}\n{"n":');

    const journal = await openJournal(file, { onRecord: () => undefined });
    await journal.append({ n: 3 });
    await journal.close();

    expect(await readRecords(file)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test('refuses a file that is damaged before its end, naming the place', async () => {
    const file = join(folder, 'journal.ndjson');
    await appendFile(file, '{"n":1}\nnonsense\n{"n":2}\n');

    await expect(readRecords(file)).rejects.toThrow(/damaged at byte 8: nonsense/);
  });

  test('keeps appends on both sides of a rewrite', async () => {
    const file = join(folder, 'journal.ndjson');
    const journal = await openJournal<string>(file, { onRecord: () => undefined });

    await Promise.all([journal.append('a'), journal.append('b'), journal.rewrite(() => ['ab']), journal.append('c')]);
    await journal.close();

    expect(await readRecords<string>(file)).toEqual(['ab', 'c']);
  });

  test('refuses appends once closed', async () => {
    const journal = await openJournal<string>(join(folder, 'journal.ndjson'), { onRecord: () => undefined });
    await journal.close();

    await expect(journal.append('late')).rejects.toThrow('is closed');
  });
});

describe('a table', () => {
  test('survives a restart with its latest values', async () => {
    const file = join(folder, 'table.ndjson');
    const table = await openTable<{ n: number }>(file);
    await table.set('a', { n: 1 });
    await table.set('b', { n: 2 });
    await table.set('a', { n: 3 });
    await table.delete('b');
    await table.close();

    const reopened = await openTable<{ n: number }>(file);

    expect([...reopened.entries()]).toEqual([['a', { n: 3 }]]);
    await reopened.close();
  });

  test('does not grow without bounds when one entry changes for ever', async () => {
    const file = join(folder, 'table.ndjson');
    const table = await openTable<number>(file);

    for (let n = 0; n < 12_000; n += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => table.set('counter', n + i)));
    }
    await table.close();

    expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThan(5_200);
    const reopened = await openTable<number>(file);
    expect(reopened.get('counter')).toBe(11_999);
    await reopened.close();
  });
});
