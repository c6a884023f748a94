/** Runs of one state machine in this process, whichever interpreter does them; the figures go out as `RESULT {json}`. */
import { readFileSync } from 'node:fs';
import { MACHINES, type MachineName } from './machines';

export interface Rate {
  /** Making the state machine of its definition, once that was done before. */
  readonly createMs: number;
  /** Of one execution: the median, and the mean. */
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** So that the machine code is there. */
const WARM_UP_MS = 1_500;
const TIMED_MS = 3_000;
const LEAST_RUNS = 5;
const CREATIONS = 7;

/** `create` gives what runs the state machine once on an input and resolves with the output. */
export async function timeRuns(create: (definition: object) => (input: unknown) => Promise<unknown>): Promise<void> {
  const { definition, input } = MACHINES[process.argv[2] as MachineName]();
  const creations: number[] = [];
  for (let time = 0; time < CREATIONS; time++) creations.push(await elapsed(async () => create(definition)));
  const run = create(definition);
  const output = await run(input);
  if (JSON.stringify(output) !== JSON.stringify(input)) throw new Error(`The output is ${JSON.stringify(output)}`);

  const warm = performance.now() + WARM_UP_MS;
  while (performance.now() < warm) await run(input);
  const times: number[] = [];
  const cpuTimes: number[] = [];
  const until = performance.now() + TIMED_MS;
  while (performance.now() < until || times.length < LEAST_RUNS) {
    const cpu = process.cpuUsage();
    times.push(await elapsed(() => run(input)));
    const { user, system } = process.cpuUsage(cpu);
    cpuTimes.push((user + system) / 1000);
  }
  const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  const result: Rate = {
    createMs: middle(creations),
    ms: middle(times),
    cpuMs: cpuTimes.reduce((sum, one) => sum + one, 0) / cpuTimes.length,
    peakMb: Number(peak?.[1]) / 1024,
  };
  process.stdout.write(`RESULT ${JSON.stringify(result)}\n`);
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
