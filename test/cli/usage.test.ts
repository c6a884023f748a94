/** What is refused before any verb has begun. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '../..');
const stepwell = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/stepwell.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
};

test.each([
  [['mail', 'x'], "'x' is invalid for argument 'number'. It is a whole number from 1."],
  [['mail', '0'], "'0' is invalid for argument 'number'. It is a whole number from 1."],
  [['runs', '--limit', '0'], "argument '0' is invalid. It is a whole number from 1."],
  [['start', '--port', 'x'], "argument 'x' is invalid. A port is 0 to 65535."],
  [
    ['run', 'weather', '--interval', 'x'],
    "--interval is <start>/<end>, as 2026-11-20T07:00Z/2026-11-20T08:00Z, not 'x'.",
  ],
  [
    ['start', 'wether', '--port', '0', '--state-dir', path.join(tmpdir(), 'stepwell-usage')],
    "There is no pipeline 'wether'. Did you mean 'weather'?",
  ],
  [['start', '--state-dir', 'package.json'], 'package.json cannot be a folder: '],
  [['synth', '--output', 'package.json/x'], 'package.json/x cannot be a folder: '],
  [['console', '--read-only', '--write'], '--read-only and --write are opposites: leave out one.'],
  [['drop', 'a.csv', '--pipeline', 'orders', '--reprocess', '--no-wait'], 'so leave out --no-wait.'],
])('%j is refused in a sentence, without a stack', (args, sentence) => {
  const { status, stdout, stderr } = stepwell(...args);

  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/^ +at /m);
});

test('`--version` is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

  expect(stepwell('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});
