/** A user's own TypeScript in a function's bundle: apart from others, small, and with the places of its errors. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle, bundleAll } from '../../lib/constructs/bundle';
import { PROJECT_ROOT } from '../../lib/constructs/cache';

/** Within the project, as a user's folder is. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(PROJECT_ROOT, 'test', 'constructs', '.user-code-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(path: string, text: string): string {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
}

const THROWS = (word: string) => `import { PermanentError } from '../../../../lib/pipeline';
interface Answer { readonly status: number }
export default async function* () {
  const answer: Answer = { status: 401 };
  if (answer.status === 401) refuse();
}
function refuse(): never {
  throw new PermanentError('${word}');
}
`;

test('two sources whose files have one name are two bundles, which do not load what declares pipelines; an error names its line', async () => {
  const one = { task: 'extract-custom', userFile: file('a/extract.ts', THROWS('one')) };
  const other = { task: 'extract-custom', userFile: file('b/extract.ts', THROWS('other')) };
  bundleAll([one, other, 'extract-custom']);

  const [first, second] = [bundle(one), bundle(other)];
  expect(first.directory).not.toBe(second.directory);
  expect(first.bytes).toBeLessThan(500_000);
  expect(first.bytes - bundle('extract-custom').bytes).toBeLessThan(5_000);
  const map = join(first.directory, 'index.js.map');
  expect(readFileSync(map, 'utf8')).not.toContain('interface Answer');
  expect(statSync(map).size).toBeLessThan(2_000_000);

  const event = {
    action: 'extract',
    run: {
      pipeline: 'fx',
      runId: 'run-1',
      executionArn: 'arn',
      startedAt: '',
      loadKey: '',
      loadId: '',
      generation: 0,
      arrival: '',
    },
    source: {
      name: 'rates',
      columns: [],
      onDrift: 'fail',
      onBadRow: {},
      config: { kind: 'custom', file: './extract.ts', secrets: [], concurrency: 1 },
    },
    partition: { id: 'all', values: {} },
    partitions: 1,
    checkpoint: null,
  };
  // In a process of its own, as Lambda runs it.
  const script = `const { handler } = require(process.argv[1]);
    const context = { awsRequestId: 'a', getRemainingTimeInMillis: () => 900000 };
    handler(${JSON.stringify(event)}, context).catch(({ name, message }) => process.stdout.write(JSON.stringify({ name, message })));`;
  const messages = await Promise.all(
    [first, second].map(async ({ directory }) => {
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, join(directory, 'index.js')], {
        env: { AWS_REGION: 'us-east-1', WORK_BUCKET: 'work', POWERTOOLS_LOG_LEVEL: 'SILENT' },
      });
      // Then comes the line that says what the invocation has used.
      return JSON.parse(
        stdout
          .split('\n')
          .find((line) => line.includes('"message"'))!
          .replace(/(?<=\})\{.*$/, ''),
      );
    }),
  );
  const place = (path: string) => {
    const relative = join(folder, path).slice(PROJECT_ROOT.length + 1);
    return `(at ${relative}:8:9, from ${relative}:5:30)`;
  };
  expect(messages).toEqual([
    { name: 'SourceRefused', message: `Source rates (./extract.ts) failed: one ${place('a/extract.ts')}.` },
    { name: 'SourceRefused', message: `Source rates (./extract.ts) failed: other ${place('b/extract.ts')}.` },
  ]);
});

test('the bundle is made again when the user’s file, or one that it imports, has changed', () => {
  const userFile = file('c/clean.ts', "import { word } from './word';\nexport default () => ({ word });");
  file('c/word.ts', "export const word = 'before';");
  const freshly = () => {
    let hash = '';
    jest.isolateModules(() => {
      hash = require('../../lib/constructs/bundle').bundle({ task: 'transform-rows', userFile }).hash;
    });
    return hash;
  };

  const before = freshly();
  expect(freshly()).toBe(before);
  file('c/word.ts', "export const word = 'after';");
  expect(freshly()).not.toBe(before);
});
