/** `npx stepwell new pipeline`: what it writes compiles, passes its own test, and loads the file that it was read off. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beginPipeline } from '../../lib/cli/new';
import { compileModels, sourceColumns } from '../../lib/compiler/models';
import { hasPassed, testModels } from '../../lib/model-tests';
import { load, PROJECT_ROOT, pipelineFolders } from '../../lib/operate/pipelines';
import type { LandedFiles, Pipeline } from '../../lib/pipeline';
import type { ContractColumn } from '../../lib/tasks/common';
import { extract } from '../lambdas/extract-files/extract';
import { type Staging, startStaging } from '../lambdas/staging';

let parent: string;
let stdout: string;
let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());
beforeEach(() => {
  // Within the project, so that its imports find `lib/pipeline` and its files are transformed.
  parent = mkdtempSync(path.join(PROJECT_ROOT, 'test/cli/.new-'));
  stdout = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(parent, { recursive: true, force: true });
});

async function begun(name: string): Promise<{ folder: string; pipeline: Pipeline }> {
  const [found] = await pipelineFolders(parent);
  expect(found?.pipeline.name).toBe(name);
  return found!;
}

async function expectTestsToPass({ folder, pipeline }: { folder: string; pipeline: Pipeline }): Promise<void> {
  const { files, untested } = await testModels(pipeline, { folder });

  expect(untested).toEqual([]);
  expect(files.flatMap((file) => [...file.mistakes, ...file.outcomes.filter((one) => !hasPassed(one))])).toEqual([]);
}

/** As a run reads the file: source and model in one pass. */
async function loaded({ folder, pipeline }: { folder: string; pipeline: Pipeline }, body: Buffer) {
  const [[name, source]] = Object.entries(pipeline.sources) as [[string, LandedFiles]];
  const { models, problems } = await compileModels(pipeline, folder);
  expect(problems).toEqual([]);
  const [model] = models;
  const columns = Object.entries(source.columns).map(
    ([column, { type, isNullable, isKey, header }]): ContractColumn => ({
      name: column,
      type,
      nullable: isNullable,
      key: isKey,
      ...(header === undefined ? {} : { from: header }),
    }),
  );
  const { manifest, rejects } = await extract(staging, body, {
    columns,
    format: source.files[0]!.format,
    onBadRow: { maxCount: 1000 },
    datasets: [
      { name: 'orders', columns: sourceColumns(source), formats: [] },
      {
        name: model!.name,
        sql: model!.sql.replaceAll(name, 'orders'),
        columns: [...model!.columns],
        formats: ['parquet'],
      },
    ],
  });
  const { parts } = manifest.datasets[model!.name]!;
  return { rows: await staging.rows(parts), rejects };
}

const days = (row: (day: string, n: number) => string) =>
  Array.from({ length: 28 }, (_, n) => row(String(n + 1).padStart(2, '0'), n + 1)).join('\n');

test.each<[string, string, string | Buffer, Record<string, unknown>]>([
  [
    'plain.csv',
    'a plain file',
    `id,from,price\n${days((_, n) => `${n},Zürich,${n}.5`)}\n`,
    { id: '28', from_value: 'Zürich', price: '28.50' },
  ],
  [
    'Export Januar (neu).CSV',
    'semicolons, umlauts, decimal commas, dates with points',
    `Größe;Stück Preis;Gebucht am;leer\n${days((day, n) => `${n};1.00${n % 10},50;${day}.12.2026;`)}\n`,
    { groesse: '28', stueck_preis: '1008.50', gebucht_am: '2026-12-28', leer: null },
  ],
  ['twice.csv', 'two headers of one name', 'id,name,name\n1,Ann,Smith\n', { id: '1', name: 'Ann', name_2: 'Smith' }],
  ['bare.txt', 'no header', '1|Ann|2.5\n2|Bob|3\n', { column_1: '2', column_2: 'Bob', column_3: '3.00' }],
  ['one.csv', 'one row, with a byte-order mark', '\ufeffa,b\n1,x\n', { a: '1', b: 'x' }],
  ['zipped.csv.gz', 'gzip', gzipSync('a,b\n1,x\n'), { a: '1', b: 'x' }],
  [
    'money.csv',
    'amounts with a currency',
    `id,price,seen\n${days((day, n) => `${n},$${n}.50,${day}-Jan-2026`)}\n`,
    { id: '28', price: '28.5000', seen: '2026-01-28' },
  ],
])('%s: the contract is read off %s', async (name, _, content, last) => {
  const from = path.join(parent, name);
  writeFileSync(from, content);

  await beginPipeline('flights', { json: true, source: 'csv', from, parent });

  const one = await begun('flights');
  await expectTestsToPass(one);
  const { rows, rejects } = await loaded(one, readFileSync(from));
  expect(rejects).toEqual([]);
  expect(rows.at(-1)).toEqual(last);
  expect(existsSync(path.join(one.folder, 'state-machine.asl.json'))).toBe(true);
  const { sampleFiles } = await load<{ sampleFiles(): { key: string; body: Buffer; bad: number }[] }>(
    path.join(one.folder, 'samples.ts'),
  );
  const [sample] = sampleFiles();
  expect(sample!.bad).toBe(0);
  expect((await loaded(one, sample!.body)).rows).toHaveLength(rows.length);
});

test.each(['csv', 'http', 'mysql', 'postgres', 'dynamodb', 'stream'] as const)(
  '--source %s writes a pipeline that compiles and passes its test',
  async (source) => {
    await beginPipeline('daily-order', { json: true, source, parent });

    const one = await begun('daily-order');
    await expectTestsToPass(one);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ pipeline: 'daily-order', table: 'daily_order.daily_order' });
    expect(readdirSync(one.folder).sort()).toEqual(document.files.map((file: string) => path.basename(file)).sort());
  },
);

test('what was written is told, what was guessed, and what comes next', async () => {
  const from = path.join(parent, 'my flights.csv');
  writeFileSync(from, 'id,name\n1,Ann\n');

  await beginPipeline('flights', { json: false, source: 'csv', from, parent });

  const shown = path.relative(process.cwd(), path.join(parent, 'flights'));
  expect(stdout.split('\n')).toEqual([
    `✔ ${shown}/pipeline.ts`,
    `✔ ${shown}/flights.sql`,
    `✔ ${shown}/flights.test.yaml`,
    `✔ ${shown}/sample.csv`,
    `✔ ${shown}/samples.ts`,
    `✔ ${shown}/state-machine.asl.json`,
    '! Types are told from one row: look at them again.',
    '! Rows are merged by id: no two rows of my flights.csv share it. If that is by chance, write append() for merge(…).',
    '',
    'Next:',
    expect.stringMatching(/^ {2}npx stepwell test flights +# the test of its model$/),
    expect.stringMatching(/^ {2}npm start +# loads the sample rows, and stays up$/),
    expect.stringMatching(/^ {2}npx stepwell drop '.*my flights\.csv' --pipeline flights +# in another terminal$/),
    '  npx stepwell query "SELECT * FROM flights.flights LIMIT 10"',
    '',
  ]);
});

test.each([
  ['My Flights', "name is 'My Flights': a name is in kebab-case"],
  ['foundation', "name is 'foundation': that stack is Stepwell's own. Rename the pipeline."],
  ['a'.repeat(33), 'a name has at most 32 characters'],
])('a pipeline cannot be named %s, as in definePipeline', async (name, message) => {
  await expect(beginPipeline(name, { json: true, source: 'csv', parent })).rejects.toThrow(message);
  expect(readdirSync(parent)).toEqual([]);
});

test.each([
  ['order', 'order_rows.order_rows'],
  ['stepwell', 'of_stepwell.stepwell'],
])('%s is a name that SQL or a database keeps for itself: the table is %s', async (name, table) => {
  await beginPipeline(name, { json: true, source: 'csv', parent });

  expect(JSON.parse(stdout)).toMatchObject({ table });
});

test('a folder that is there stays as it is', async () => {
  mkdirSync(path.join(parent, 'flights'));
  writeFileSync(path.join(parent, 'flights', 'notes.txt'), 'mine');

  await expect(beginPipeline('flights', { json: true, source: 'csv', parent })).rejects.toThrow(
    'is there already, and stays as it is. Choose another name, or remove it first.',
  );
  expect(readdirSync(path.join(parent, 'flights'))).toEqual(['notes.txt']);
});

test('a file that is no CSV leaves no folder behind', async () => {
  const from = path.join(parent, 'book.xlsx');
  writeFileSync(from, 'PK\x03\x04');

  await expect(beginPipeline('flights', { json: true, source: 'csv', from, parent })).rejects.toThrow(
    'Export it as CSV.',
  );
  await expect(beginPipeline('flights', { json: true, source: 'http', from, parent })).rejects.toThrow(
    'goes with --source csv',
  );
  expect(readdirSync(parent)).toEqual(['book.xlsx']);
});

test.each<[string, string, string | Buffer, string]>([
  ['an empty file', 'a.csv', '', 'a.csv is empty: a file with a row or two is needed.'],
  ['blank lines', 'a.csv', '\n\n', 'a.csv is empty: a file with a row or two is needed.'],
  [
    'a Parquet file',
    'a.parquet',
    'PAR1....PAR1',
    'a.parquet looks like a Parquet file. Columns are read off CSV files: begin without --from, then write format: parquet() and your columns into pipeline.ts.',
  ],
  [
    'NDJSON',
    'a.ndjson',
    '{"id":1}\n{"id":2}\n',
    'a.ndjson looks like JSON lines. Columns are read off CSV files: begin without --from, then write format: ndjson() and your columns into pipeline.ts.',
  ],
  ['a JSON array', 'a.json', '[{"id":1}]', 'then write format: jsonArray() and your columns'],
  [
    'something binary',
    'a.csv',
    Buffer.from(Array.from({ length: 999 }, (_, index) => (index * 7) % 32)),
    'a.csv cannot be read: it is binary, not text.',
  ],
  [
    'UTF-16',
    'a.csv',
    Buffer.from('\ufeffid,name\n1,Müller\n', 'utf16le'),
    'a.csv cannot be read: it looks like a UTF-16 text. Save it as UTF-8, e.g. iconv -f utf-16 -t utf-8 a.csv > utf8-a.csv',
  ],
  [
    'Latin-1',
    'a.csv',
    Buffer.from('id,name\n1,Müller\n', 'latin1'),
    'a.csv is not UTF-8. Save it as UTF-8, e.g. iconv -f windows-1252',
  ],
  ['broken gzip', 'a.csv.gz', Buffer.from('\x1f\x8b\x08 is none', 'latin1'), 'it begins as gzip does, and is broken'],
  [
    'a line before the header',
    'a.csv',
    'Report of May\n\nid,name\n1,a\n2,b\n',
    'The first line of a.csv has 1 field, most others 2. Remove what stands before the header',
  ],
  [
    'a quotation mark that is never closed',
    'a.csv',
    `id,name\n1,"${'x\n'.repeat(17_000_000)}`,
    'a.csv has a record that does not end within 32 MB, in line 2. A quotation mark is not closed there',
  ],
])('%s is told with what to do, and leaves nothing behind', async (_, name, body, message) => {
  const from = path.join(parent, name);
  writeFileSync(from, body);

  await expect(beginPipeline('flights', { json: true, source: 'csv', from, parent })).rejects.toThrow(message);
  expect(readdirSync(parent)).toEqual([name]);
});

test('a file that is not there, and a folder, are told apart', async () => {
  const begin = (from: string) => beginPipeline('flights', { json: true, source: 'csv', from, parent });

  await expect(begin(path.join(parent, 'flihgts.csv'))).rejects.toThrow(
    /^There is no file .*flihgts\.csv\. Correct its name\.$/,
  );
  await expect(begin(parent)).rejects.toThrow(/ is a folder\. Name one of its files\.$/);
});

test.each<[string, string, readonly string[]]>([
  ['two rows and no header', '1,Anna,2.5\n2,Bert,3.5\n', ['column_1', 'column_2', 'column_3']],
  ['two headers that are the same', 'id,name,name\n1,a,b\n2,c,d\n', ['id', 'name', 'name_2']],
  [
    'headers that are words of SQL',
    'id,select,from,order\n1,a,b,c\n2,d,e,f\n',
    ['id', 'select_value', 'from_value', 'order_value'],
  ],
  [
    'headers with line breaks, semicolons and quotation marks',
    'id,"first\nname","a;b","c""d"\n1,u,v,w\n2,x,y,z\n',
    ['id', 'first_name', 'a_b', 'c_d'],
  ],
  ['headers that differ in case alone', 'id,Name,NAME\n1,a,b\n2,c,d\n', ['id', 'name', 'name_2']],
  ['names of bookkeeping and system columns', 'id,_load_id,ctid\n1,a,3\n2,b,4\n', ['id', 'load_id', 'ctid_value']],
  ['a byte-order mark', '\ufeffid,name\n1,Müller\n2,x\n', ['id', 'name']],
])('a file with %s becomes a pipeline that loads it', async (_, body, columns) => {
  const from = path.join(parent, 'some.csv');
  writeFileSync(from, body);

  await beginPipeline('some', { json: true, source: 'csv', from, parent });

  const one = await begun('some');
  await expectTestsToPass(one);
  const { rows, rejects } = await loaded(one, readFileSync(from));
  expect({
    rejects,
    rows: rows.length,
    columns: Object.keys(rows[0]!).filter((name) => !name.startsWith('_')),
  }).toEqual({
    rejects: [],
    rows: 2,
    columns,
  });
});

test("what may be a row in the header's place is told", async () => {
  const from = path.join(parent, 'people.csv');
  writeFileSync(from, 'Anna,Berlin\nBert,Rome\n');

  await beginPipeline('people', { json: true, source: 'csv', from, parent });

  expect(JSON.parse(stdout).notes).toContain(
    'Its first line is taken for the header: Anna, Berlin. If it is a row, write csv({ header: false }).',
  );
});
