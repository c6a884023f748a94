/** Runs functions: a pool of execution environments for each, warm ones first. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CloudContext } from '../service';
import { ExecutionEnvironment, type Outcome } from './environment';
import type { FunctionSpec } from './function';
import { launchOf } from './launch';
import { LogSink } from './log-sink';
import { MemoryWatch } from './memory-watch';
import { LambdaMetrics } from './metrics';
import { endLine, failureLine, initReportLine, initStartLine, reportLine, startLine, statusOf } from './report';
import { Watchdog } from './watchdog';

export interface InvokeRequest {
  readonly payload: Uint8Array;
  readonly requestId?: string;
  readonly invokedArn?: string;
  readonly clientContext?: string;
  /** A function that waits for another function must not wait for a process slot as well. */
  readonly isNested?: boolean;
}

export interface InvokeResult extends Outcome {
  readonly requestId: string;
  /** the last 4 KB of the invocation's log */
  readonly tail: string;
}

export type ThrottleReason = 'ReservedFunctionConcurrentInvocationLimitExceeded' | 'ConcurrentInvocationLimitExceeded';

/** The function, or the account, has as many executions as it may have. */
export class Throttled extends Error {
  constructor(
    readonly functionName: string,
    readonly reason: ThrottleReason,
  ) {
    super('Rate Exceeded.');
    this.name = 'Throttled';
  }
}

export interface RuntimeOptions {
  /**
   * Node.js processes that one function has at work at the same time. More invocations wait for one to end, as a laptop has not
   * AWS's thousand; those of other functions do not, lest a short step time out behind a long one.
   */
  readonly maxProcesses?: number;
  /** While so many are at work, of all functions, none gets a second one: to start it takes more than to wait for the first. */
  readonly busyFrom?: number;
  /** How long an invocation waits for a warm process before one more is started for it. */
  readonly patienceMs?: number;
  readonly idleMs?: number;
}

interface Waiting {
  readonly begin: () => void;
  /** for as long as it may take until a process of the function is free */
  isOverdue: boolean;
}

const IDLE_MS = 5 * 60_000;
/** Most steps of a warm process take less; to start one takes as long, and the work of some ten of them. */
const PATIENCE_MS = 250;
const TAIL_BYTES = 4096;

export class LambdaRuntime {
  private readonly idle = new Map<string, ExecutionEnvironment[]>();
  private readonly busy = new Set<ExecutionEnvironment>();
  private readonly counts = new Map<string, number>();
  /** of functions that reserve no concurrency */
  private executingUnreserved = 0;
  private readonly retired = new WeakSet<ExecutionEnvironment>();
  private readonly waiting = new Map<string, Waiting[]>();
  /** invocations at work, by function */
  private readonly working = new Map<string, number>();
  private readonly memory = new MemoryWatch();
  private readonly watchdog = new Watchdog();
  private readonly logs: LogSink;
  readonly metrics: LambdaMetrics;
  private readonly temporaryRoot: string;
  private readonly maxProcesses: number;
  private readonly busyFrom: number;
  private readonly patienceMs: number;
  private atWork = 0;
  private readonly reaper: NodeJS.Timeout;
  private isStopped = false;
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly cloud: CloudContext,
    options: RuntimeOptions = {},
  ) {
    this.logs = new LogSink(cloud);
    this.metrics = new LambdaMetrics(cloud);
    this.temporaryRoot = join(cloud.stateDir, 'lambda', 'tmp');
    // What a killed process left behind.
    rmSync(this.temporaryRoot, { recursive: true, force: true });
    mkdirSync(this.temporaryRoot, { recursive: true });
    this.maxProcesses = options.maxProcesses ?? Math.max(3, availableParallelism());
    this.busyFrom = options.busyFrom ?? 2 * availableParallelism();
    this.patienceMs = options.patienceMs ?? PATIENCE_MS;
    const idleMs = options.idleMs ?? IDLE_MS;
    this.reaper = setInterval(() => this.reap(idleMs), Math.min(idleMs, 30_000)).unref();
  }

  async invoke(spec: FunctionSpec, request: InvokeRequest): Promise<InvokeResult> {
    const executing = this.counts.get(spec.name) ?? 0;
    const throttle = this.throttleOf(spec, executing);
    if (throttle !== undefined) {
      this.metrics.add(spec.name, 'Throttles', 1);
      throw new Throttled(spec.name, throttle);
    }
    this.counts.set(spec.name, executing + 1);
    if (spec.reservedConcurrency === undefined) this.executingUnreserved += 1;
    this.metrics.add(spec.name, 'ConcurrentExecutions', executing + 1);
    await this.turn(spec.name, request.isNested === true);
    const running = this.run(spec, request);
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.counts.set(spec.name, (this.counts.get(spec.name) ?? 1) - 1);
      if (spec.reservedConcurrency === undefined) this.executingUnreserved -= 1;
      this.running.delete(running);
      this.endTurn(spec.name);
    }
  }

  /** Kills the processes of a function that are in the middle of an invocation. Returns how many there were. */
  killRunning(functionName: string): number {
    const victims = [...this.busy].filter((environment) => environment.spec.name === functionName);
    for (const environment of victims) environment.kill();
    return victims.length;
  }

  /** Process ids by function, for tests and tools. */
  processes(functionName: string): number[] {
    const all = [...this.busy, ...(this.idle.get(functionName) ?? [])];
    return all.flatMap(({ spec, pid }) => (spec.name === functionName && pid !== undefined ? [pid] : []));
  }

  /** The function's code or configuration has changed: no process of it is used again. */
  retire(functionName: string): void {
    for (const environment of this.idle.get(functionName) ?? []) environment.kill();
    this.idle.delete(functionName);
    for (const environment of this.busy) if (environment.spec.name === functionName) this.retired.add(environment);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.reaper);
    for (const environment of [...this.busy, ...[...this.idle.values()].flat()]) environment.kill();
    this.idle.clear();
    await Promise.allSettled(this.running);
    this.watchdog.stop();
    await Promise.all([this.logs.flush(), this.metrics.flush()]);
    rmSync(this.temporaryRoot, { recursive: true, force: true });
  }

  private async run(spec: FunctionSpec, request: InvokeRequest): Promise<InvokeResult> {
    if (this.isStopped) throw new Error('The local cloud is stopping.');
    const requestId = request.requestId ?? randomUUID();
    const environment = this.takeIdle(spec) ?? (await this.create(spec));
    const log = startLog();
    sinks.set(environment, log.add);
    this.busy.add(environment);
    this.write(environment, startLine(spec, requestId, new Date()));
    const outcome = await environment.invoke({
      requestId,
      payload: request.payload,
      invokedArn: request.invokedArn ?? spec.arn,
      traceId: traceId(),
      ...(request.clientContext === undefined ? {} : { clientContext: request.clientContext }),
    });
    this.measure(spec, outcome);
    // Output comes through another pipe than the answer; only when it is read can the next invocation use the process.
    await this.endLog(environment, requestId, outcome);
    this.release(environment, outcome.reusable);
    return { ...outcome, requestId, tail: log.tail() };
  }

  private throttleOf(spec: FunctionSpec, executing: number): ThrottleReason | undefined {
    if (spec.reservedConcurrency !== undefined)
      return executing >= spec.reservedConcurrency ? 'ReservedFunctionConcurrentInvocationLimitExceeded' : undefined;
    return this.executingUnreserved >= spec.unreservedConcurrency ? 'ConcurrentInvocationLimitExceeded' : undefined;
  }

  private async turn(name: string, isNested: boolean): Promise<void> {
    if (isNested || this.hasRoom(name, false)) return this.beginTurn(name);
    const queue = this.waiting.get(name) ?? [];
    this.waiting.set(name, queue);
    // Whoever ends begins the turn, lest another takes it in between.
    await new Promise<void>((resolve) => {
      const waiting: Waiting = {
        begin: () => {
          clearTimeout(timer);
          resolve();
        },
        isOverdue: false,
      };
      const timer = setTimeout(() => {
        waiting.isOverdue = true;
        this.beginTurns(name);
      }, this.patienceMs);
      queue.push(waiting);
    });
  }

  /** `isOverdue`: it has waited for a warm process long enough, and may have one more. */
  private hasRoom(name: string, isOverdue: boolean): boolean {
    const working = this.working.get(name) ?? 0;
    if (working === 0) return true;
    if (working >= this.maxProcesses || this.atWork >= this.busyFrom) return false;
    return isOverdue || working < this.processes(name).length;
  }

  private beginTurn(name: string): void {
    this.working.set(name, (this.working.get(name) ?? 0) + 1);
    this.atWork += 1;
  }

  private endTurn(name: string): void {
    this.working.set(name, (this.working.get(name) ?? 1) - 1);
    this.atWork -= 1;
    // Its own queue first: its process is warm.
    for (const waiting of [name, ...this.waiting.keys()]) this.beginTurns(waiting);
  }

  private beginTurns(name: string): void {
    const queue = this.waiting.get(name);
    for (let first = queue?.[0]; first !== undefined && this.hasRoom(name, first.isOverdue); first = queue?.[0]) {
      this.beginTurn(name);
      queue?.shift();
      first.begin();
    }
    if (queue?.length === 0) this.waiting.delete(name);
  }

  private takeIdle(spec: FunctionSpec): ExecutionEnvironment | undefined {
    const idle = this.idle.get(poolOf(spec)) ?? [];
    for (let environment = idle.pop(); environment !== undefined; environment = idle.pop()) {
      if (environment.isAlive && environment.spec.revision === spec.revision) return environment;
      environment.kill();
    }
    return undefined;
  }

  private async create(spec: FunctionSpec): Promise<ExecutionEnvironment> {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const logStream = `${day}/[${spec.version}]${randomBytes(16).toString('hex')}`;
    const launch = await launchOf(spec);
    const environment: ExecutionEnvironment = new ExecutionEnvironment({
      spec,
      launch,
      logStream,
      region: this.cloud.region,
      endpoint: this.cloud.endpoint,
      credentials: this.cloud.credentialsFor(spec.roleArn, spec.name),
      temporaryRoot: this.temporaryRoot,
      memory: this.memory,
      watchdog: this.watchdog,
      onLine: (line) => this.write(environment, line),
    });
    streams.set(environment, logStream);
    // Before the invocation's log begins, whose tail a caller may ask for.
    this.write(environment, initStartLine(spec, new Date()));
    await environment.start();
    return environment;
  }

  private write(environment: ExecutionEnvironment, line: string): void {
    sinks.get(environment)?.(line);
    this.logs.write(environment.spec, streams.get(environment) as string, line);
  }

  private async endLog(environment: ExecutionEnvironment, requestId: string, outcome: Outcome): Promise<void> {
    await environment.outputOf(requestId);
    const { spec } = environment;
    const now = new Date();
    if (outcome.isInitError) this.write(environment, initReportLine(spec, outcome, now));
    else if (statusOf(outcome) !== undefined) this.write(environment, failureLine(spec, requestId, outcome, now));
    const end = endLine(spec, requestId);
    if (end !== undefined) this.write(environment, end);
    this.write(environment, reportLine(spec, requestId, outcome, now));
  }

  private release(environment: ExecutionEnvironment, reusable: boolean): void {
    this.busy.delete(environment);
    sinks.delete(environment);
    const { spec } = environment;
    if (!reusable || !environment.isAlive || this.retired.has(environment)) {
      environment.kill();
      this.logs.close(spec, streams.get(environment) as string);
      return;
    }
    const idle = this.idle.get(poolOf(spec)) ?? [];
    idle.push(environment);
    this.idle.set(poolOf(spec), idle);
  }

  private measure(spec: FunctionSpec, outcome: Outcome): void {
    this.metrics.add(spec.name, 'Invocations', 1);
    this.metrics.add(spec.name, 'Errors', outcome.functionError === undefined ? 0 : 1);
    this.metrics.add(spec.name, 'Duration', outcome.durationMs);
  }

  private reap(idleMs: number): void {
    const oldest = Date.now() - idleMs;
    for (const [name, environments] of this.idle) {
      const kept = environments.filter((environment) => environment.idleSince > oldest && environment.isAlive);
      for (const environment of environments) {
        if (kept.includes(environment)) continue;
        environment.kill();
        this.logs.close(environment.spec, streams.get(environment) as string);
      }
      this.idle.set(name, kept);
    }
  }
}

/** A version has processes of its own. */
const poolOf = ({ name, version }: FunctionSpec): string => (version === '$LATEST' ? name : `${name}:${version}`);

const streams = new WeakMap<ExecutionEnvironment, string>();
const sinks = new WeakMap<ExecutionEnvironment, (line: string) => void>();

function startLog(): { add(line: string): void; tail(): string } {
  let text = '';
  return {
    add(line) {
      text = `${text}${line}\n`;
      if (text.length > 4 * TAIL_BYTES) text = text.slice(-2 * TAIL_BYTES);
    },
    tail: () => Buffer.from(text).subarray(-TAIL_BYTES).toString('utf8'),
  };
}

function traceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}
