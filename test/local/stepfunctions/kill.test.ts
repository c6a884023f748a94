import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EXECUTIONS = 3;
const ATTEMPTS = 3 * 12;

/** Runs the program; kills it once it has called so many tasks. True when it came to its end. */
function runUntil(folder: string, calls: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const program = join(__dirname, 'kill-program.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, folder, String(EXECUTIONS)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let ended = false;
    let errors = '';
    child.stdout.on('data', () => {
      ended = true;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    const before = linesOf(folder);
    const watch = setInterval(async () => {
      if ((await linesOf(folder)).length >= (await before).length + calls) child.kill('SIGKILL');
    }, 2);
    child.on('exit', (code) => {
      clearInterval(watch);
      if (code !== null && code !== 0) reject(new Error(errors));
      else resolve(ended);
    });
  });
}

async function linesOf(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'calls.log'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

test('executions of a process that is killed again and again end, and only what was under way runs again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stepwell-kill-'));
  let kills = 0;
  // Fewer calls each time it is not enough; the last time it may end.
  while (!(await runUntil(folder, kills < 5 ? 7 + 5 * kills : Number.POSITIVE_INFINITY))) kills++;

  const lines = await linesOf(folder);
  const attempts = new Map<string, number>();
  for (const line of lines.filter((one) => one.split(' ').length === 3))
    attempts.set(line, (attempts.get(line) ?? 0) + 1);
  // At a kill at most one task of each of the three items of the three executions is under way.
  const again = [...attempts.values()].reduce((sum, count) => sum + count - 1, 0);

  expect(attempts.size).toBe(EXECUTIONS * ATTEMPTS);
  expect(kills).toBe(5);
  expect(again).toBeLessThanOrEqual(kills * EXECUTIONS * 3);
  for (let run = 0; run < EXECUTIONS; run++) expect(lines).toContain(`run-${run} SUCCEEDED`);
  await rm(folder, { recursive: true, force: true });
}, 60_000);
