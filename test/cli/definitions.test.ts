/** Verbs that read definitions, over folders of the test's own. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileAll, listPipelines, validate } from '../../lib/cli/definitions';
import { PROJECT_ROOT } from '../../lib/operate/pipelines';

let parent: string;
let stdout: string;
let stderr: string;
beforeEach(() => {
  // Within the project, so that its imports find `lib/pipeline` and its files are transformed.
  parent = mkdtempSync(path.join(PROJECT_ROOT, 'test/cli/.pipelines-'));
  stdout = '';
  stderr = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  jest.spyOn(console, 'error').mockImplementation((text) => {
    stderr += `${text}\n`;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(parent, { recursive: true, force: true });
});

const shown = (name: string): string => path.relative(process.cwd(), path.join(parent, name));

function pipeline(folder: string, name: string, table: string): void {
  mkdirSync(path.join(parent, folder));
  writeFileSync(
    path.join(parent, folder, 'pipeline.ts'),
    `import { append, bigint, csv, definePipeline, landedFiles, postgres, s3Arrival, sql } from '../../../../lib/pipeline';
export default definePipeline({
  name: '${name}',
  trigger: s3Arrival('${name}/*.csv'),
  sources: { lines: landedFiles({ glob: '${name}/*.csv', format: csv(), columns: { id: bigint() } }) },
  models: { rows: sql.text('SELECT id FROM lines') },
  sinks: [postgres({ model: 'rows', table: '${table}', write: append() })],
});
`,
  );
}

describe.each([
  ['validate', validate],
  ['compile', compileAll],
])('%s', (_, verb) => {
  test('refuses a table that two pipelines write, and writes nothing', async () => {
    pipeline('harbours', 'harbours', 'shop.rows');
    pipeline('ports', 'ports', 'shop.rows');

    await expect(verb({ json: true, parent })).rejects.toThrow(
      `sinks[0].table is 'shop.rows': pipeline 'harbours' (${shown('harbours')}) and pipeline 'ports' (${shown('ports')}) write the same postgres table`,
    );
    expect(stdout).toBe('');
    expect(existsSync(path.join(parent, 'harbours', 'state-machine.asl.json'))).toBe(false);
  });

  test('refuses two pipelines of one name, and names both folders', async () => {
    pipeline('harbours', 'harbours', 'shop.rows');
    pipeline('ports', 'harbours', 'shop.others');

    await expect(verb({ json: true, parent })).rejects.toThrow(
      `the pipelines in ${shown('harbours')} and ${shown('ports')} have the same name`,
    );
    expect(stdout).toBe('');
  });
});

test.each([
  ['validate', validate],
  ['pipelines', (options: Parameters<typeof listPipelines>[1]) => listPipelines([], options)],
])('%s says in a line which folder holds no pipeline.ts, and leaves the JSON as it is', async (_, verb) => {
  pipeline('harbours', 'harbours', 'shop.rows');
  mkdirSync(path.join(parent, 'unfinished'));

  await verb({ json: true, parent });

  expect(JSON.parse(stdout)).toMatchObject([{ name: 'harbours' }]);
  expect(stderr).toBe(`${shown('unfinished')} is skipped: it holds no pipeline.ts.\n`);
});

test('pipelines lists those that are named, and refuses a name that none has', async () => {
  pipeline('harbours', 'harbours', 'shop.rows');
  pipeline('ports', 'ports', 'shop.others');

  await listPipelines(['ports'], { json: true, parent });

  expect(JSON.parse(stdout)).toMatchObject([{ name: 'ports' }]);
  await expect(listPipelines(['port'], { json: true, parent })).rejects.toThrow(
    "There is no pipeline 'port'. Did you mean 'ports'?",
  );
});
