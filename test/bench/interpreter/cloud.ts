/** The local cloud as a whole, with every pipeline of this project deployed: what it needs at rest, and with large state machines. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { synthesize } from '../../../lib/cli/synth';
import { median, type Server, startServer } from '../processes';
import { MACHINES, type MachineName } from './machines';
import { type Caller, openCaller } from './service';

export interface DurableRate {
  readonly machine: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  /** CreateStateMachine, answered: validated, compiled and on disk. The first ten, most of whose code has not run before, and ten later. */
  readonly createMs: number;
  readonly createCpuMs: number;
  readonly warmCreateMs: number;
  /** Transitions a second of one execution after the other, from StartExecution until DescribeExecution tells of its end. */
  readonly rate: number;
  /** By processor time of the local cloud. */
  readonly cpuRate: number;
  /** Of 16 executions at a time. */
  readonly rateAtOnce: number;
}

export interface MapRunSize {
  readonly children: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  /** Live, after a collection. */
  readonly heapMb: number;
}

export interface CloudMeasures {
  /** From the start of the process until it prints its endpoint, on a new state folder (median of three) and again on the same. */
  readonly readySeconds: number;
  readonly readyAgainSeconds: number;
  readonly idleMb: number;
  readonly durable: readonly DurableRate[];
  /** A process that does nothing, started in the same way. */
  readonly bare: { readonly readySeconds: number; readonly idleMb: number };
  /** Peak of a cloud that has run nothing but one Map of 10,000 items. */
  readonly mapPeakMb: number;
  readonly mapRuns: readonly MapRunSize[];
}

/** The options of `npm start`. */
const AS_START = ['--max-semi-space-size=4'];
/** On new state folders. */
const STARTS = 3;
const CREATIONS = 10;
const ALL_CREATIONS = 50;
const RUNS = 20;
const AT_ONCE = 16;
/** Of a cloud that nobody asks for anything. */
const SETTLE_MS = 10_000;

export async function measureCloud(children: readonly number[]): Promise<CloudMeasures> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-interpreter-'));
  const assembly = join(folder, 'cdk.out');
  const start = (name: string, nodeOptions: readonly string[] = []) =>
    startServer(resolve('test/bench/cloud-process.ts'), [assembly, join(folder, name)], [...AS_START, ...nodeOptions]);
  try {
    await synthesize(assembly);
    const others: number[] = [];
    for (let at = 1; at < STARTS; at++) {
      const one = await seconds(() => start(`start${at}`));
      others.push(one.seconds);
      await one.value.stop();
    }
    const first = await seconds(() => start('rest'));
    const readySeconds = median([...others, first.seconds]);
    const durable = await using(first.value, (caller) => durableRates(first.value, caller));
    const again = await seconds(() => start('rest'));
    await again.value.stop();
    const bareStart = await seconds(() => startServer(resolve('test/bench/interpreter/bare-process.ts'), []));
    const bare = { readySeconds: bareStart.seconds, idleMb: bareStart.value.memory().nowMb };
    await bareStart.value.stop();
    const rest = await start('idle');
    await new Promise((wake) => setTimeout(wake, SETTLE_MS));
    const idleMb = rest.memory().nowMb;
    const mapPeakMb = await using(rest, (caller) => peakOfMap(rest, caller));
    const many = await start('many', ['--expose-gc']);
    const mapRuns = await using(many, (caller) => runMapRuns(many, caller, children));
    return { readySeconds, readyAgainSeconds: again.seconds, bare, idleMb, durable, mapPeakMb, mapRuns };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function using<T>(server: Server, work: (caller: Caller) => Promise<T>): Promise<T> {
  const caller = await openCaller(server.endpoint);
  try {
    return await work(caller);
  } finally {
    caller.close();
    await server.stop();
  }
}

async function durableRates(server: Server, caller: Caller): Promise<DurableRate[]> {
  const rates: DurableRate[] = [];
  for (const machine of Object.keys(MACHINES) as MachineName[]) {
    const { definition, input, transitions } = MACHINES[machine]();
    // A Map of 10,000 items has more events than a Standard execution may have.
    const type = machine === 'Map' ? 'EXPRESS' : 'STANDARD';
    const creations: number[] = [];
    const cpuAtFirst = server.cpuMs();
    let createCpuMs = 0;
    let arn = '';
    for (let time = 0; time < ALL_CREATIONS; time++) {
      // Nothing that was compiled before is found again.
      const definitionText = JSON.stringify({ ...definition, Comment: `${time}` });
      const created = await seconds(() => caller.create(definitionText, type));
      creations.push(created.seconds * 1000);
      arn = created.value;
      if (time === CREATIONS - 1) createCpuMs = (server.cpuMs() - cpuAtFirst) / CREATIONS;
    }
    const text = JSON.stringify(input);
    const run = () => (type === 'EXPRESS' ? caller.runExpress(arn, text) : caller.run(arn, text));
    await run();
    const times: number[] = [];
    const cpuBefore = server.cpuMs();
    for (let time = 0; time < RUNS; time++) times.push((await seconds(run)).seconds);
    const cpuSeconds = (server.cpuMs() - cpuBefore) / 1000;
    const atOnce = await seconds(() => Promise.all(Array.from({ length: AT_ONCE }, run)));
    rates.push({
      machine,
      type,
      createMs: median(creations.slice(0, CREATIONS)),
      createCpuMs,
      warmCreateMs: median(creations.slice(-CREATIONS)),
      rate: transitions / median(times),
      cpuRate: (RUNS * transitions) / cpuSeconds,
      rateAtOnce: (AT_ONCE * transitions) / atOnce.seconds,
    });
  }
  return rates;
}

async function peakOfMap(server: Server, caller: Caller): Promise<number> {
  const { definition, input } = MACHINES.Map();
  await caller.runExpress(await caller.create(JSON.stringify(definition), 'EXPRESS'), JSON.stringify(input));
  return server.memory().peakMb;
}

async function runMapRuns(server: Server, caller: Caller, sizes: readonly number[]): Promise<MapRunSize[]> {
  const runs: MapRunSize[] = [];
  for (const children of sizes) {
    const key = `${children}.json`;
    await caller.put(key, JSON.stringify(Array.from({ length: children }, (_, id) => ({ id, n: id % 7 }))));
    const arn = await caller.create(JSON.stringify(caller.mapRunOver(key)));
    const cpuBefore = server.cpuMs();
    const run = await seconds(() => caller.run(arn, '{}'));
    const heapMb = Number(await server.ask('heap')) / 1024 ** 2;
    runs.push({
      children,
      seconds: run.seconds,
      cpuSeconds: (server.cpuMs() - cpuBefore) / 1000,
      peakMb: server.memory().peakMb,
      heapMb,
    });
  }
  return runs;
}

async function seconds<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const start = performance.now();
  const value = await work();
  return { seconds: (performance.now() - start) / 1000, value };
}
