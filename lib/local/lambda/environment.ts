/** One execution environment: a child process that runs one invocation after another, as on AWS. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exited, type FunctionFailure, OUT_OF_MEMORY, outOfMemory, responseTooLarge, timedOut } from './errors';
import { type EnvironmentVariables, environmentVariables, type FunctionSpec } from './function';
import type { Launch } from './launch';
import { type MemoryWatch, residentMb } from './memory-watch';
import { type NextInvocation, type RuntimeApi, startRuntimeApi } from './runtime-api';
import type { Watchdog } from './watchdog';

export interface Outcome {
  readonly payload: Buffer;
  /** set when the function failed, whether its code or its process */
  readonly functionError?: 'Unhandled';
  readonly durationMs: number;
  readonly initMs?: number;
  readonly maxMemoryMb: number;
  readonly errorType?: string;
  /** what the report calls it, where that differs */
  readonly reportedType?: string;
  /** it was the initialization that failed */
  readonly isInitError?: boolean;
  /** false: the process is gone, or must not be used again */
  readonly reusable: boolean;
}

export interface EnvironmentOptions extends Omit<EnvironmentVariables, 'runtimeApi' | 'temporaryDirectory' | 'spec'> {
  readonly spec: FunctionSpec;
  readonly launch: Launch;
  readonly temporaryRoot: string;
  readonly memory: MemoryWatch;
  readonly watchdog: Watchdog;
  /** each line of output, without its line end */
  readonly onLine: (line: string) => void;
}

type Settled = { payload: Buffer; failure?: FunctionFailure | undefined; handlerFailed?: boolean; reusable: boolean };

/** AWS allows 10 s for loading; a busy laptop gets more before it counts against the function's timeout. */
const INIT_ALLOWANCE_MS = 30_000;
/** How long output may trail behind the answer before the invocation's log is closed. */
const OUTPUT_GRACE_MS = 500;
/** what the bootstrap writes last in an invocation */
const END_MARK = /\uE000END ([^\uE000]*)\uE000$/;

type Pipe = 'stdout' | 'stderr';

let counter = 0;

export class ExecutionEnvironment {
  readonly spec: FunctionSpec;
  idleSince = Date.now();
  private readonly temporaryDirectory: string;
  private child: ChildProcess | undefined;
  private api: RuntimeApi | undefined;
  private readonly startedAt = Date.now();
  private ready = false;
  private isFirst = true;
  private onReady: () => void = () => {};
  private current: { requestId: string; settle: (settled: Settled) => void } | undefined;
  private initError: Buffer | undefined;
  private exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  /** the process has ended and all of its output has been read */
  private isClosed = false;
  private isOverMemory = false;
  private maxMemoryMb = 0;
  private readonly lastEnd: Partial<Record<Pipe, string | undefined>> = {};
  private endOfOutput: { requestId: string; resolve: () => void } | undefined;

  constructor(private readonly options: EnvironmentOptions) {
    this.spec = options.spec;
    counter += 1;
    this.temporaryDirectory = join(options.temporaryRoot, `${process.pid}-${counter}`);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isAlive(): boolean {
    return this.exit === undefined && this.initError === undefined;
  }

  async start(): Promise<void> {
    mkdirSync(this.temporaryDirectory, { recursive: true });
    this.api = await startRuntimeApi({
      onReady: () => {
        this.ready = true;
        this.onReady();
      },
      onInitError: (error) => {
        this.initError = error;
        this.current?.settle({ payload: error, handlerFailed: true, reusable: false });
      },
      onAnswer: (requestId, kind, payload) => {
        if (requestId === this.current?.requestId)
          this.current.settle({ payload, handlerFailed: kind === 'error', reusable: true });
      },
      onTooLarge: (requestId, bytes) => {
        if (requestId === this.current?.requestId)
          this.current.settle({ payload: Buffer.alloc(0), failure: responseTooLarge(bytes), reusable: true });
      },
    });
    const env = environmentVariables({
      ...this.options,
      runtimeApi: this.api.address,
      temporaryDirectory: this.temporaryDirectory,
    });
    const { command, args, environment } = this.options.launch;
    const child = spawn(command, args, {
      cwd: this.spec.codeDirectory,
      env: { ...env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C reaches a whole process group; a function ends when the cloud says so, or with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.child = child;
    if (child.pid !== undefined) this.options.watchdog.add(child.pid);
    child.stdin.on('error', () => {});
    this.readLines(child.stdout, 'stdout');
    this.readLines(child.stderr, 'stderr');
    child.on('error', (error) => this.ended(null, null, error));
    child.on('exit', (code, signal) => this.ended(code, signal));
    child.on('close', () => {
      this.isClosed = true;
      this.endOfOutput?.resolve();
    });
  }

  /** One at a time. Never rejects for what the function does: that is an outcome. */
  async invoke(invocation: Omit<NextInvocation, 'deadline'>): Promise<Outcome> {
    const { requestId } = invocation;
    const isFirst = this.isFirst;
    this.isFirst = false;
    const stopWatching = this.watchMemory();
    let timer: NodeJS.Timeout | undefined;
    let deliveredAt: number | undefined;
    this.maxMemoryMb = 0;

    const settled = await new Promise<Settled>((resolve) => {
      this.current = { requestId, settle: resolve };
      const timeout = () =>
        resolve({ payload: Buffer.alloc(0), failure: timedOut(requestId, this.spec.timeoutSeconds), reusable: false });
      const deliver = () => {
        clearTimeout(timer);
        deliveredAt = Date.now();
        const timeoutMs = this.spec.timeoutSeconds * 1000;
        timer = setTimeout(timeout, timeoutMs);
        this.api?.deliver({ ...invocation, deadline: deliveredAt + timeoutMs });
      };
      if (!this.isAlive) resolve(this.deathOf(requestId));
      else if (this.ready) deliver();
      else {
        timer = setTimeout(timeout, INIT_ALLOWANCE_MS + this.spec.timeoutSeconds * 1000);
        this.onReady = deliver;
      }
    });
    clearTimeout(timer);
    const endedAt = Date.now();
    this.current = undefined;
    this.onReady = () => {};
    stopWatching();
    this.noteMemory(this.pid === undefined ? undefined : residentMb(this.pid));
    // A process that goes on after its time is up would do so against the next attempt.
    if (!settled.reusable) this.kill();
    this.idleSince = endedAt;
    const { payload, failure, handlerFailed, reusable } = settled;
    const errorType = failure?.errorType ?? (handlerFailed ? errorTypeOf(payload) : undefined);
    return {
      payload: failure === undefined ? payload : Buffer.from(JSON.stringify(failure)),
      durationMs: endedAt - (deliveredAt ?? endedAt),
      maxMemoryMb: Math.min(Math.ceil(this.maxMemoryMb), this.spec.memoryMb),
      reusable,
      ...(isFirst ? { initMs: (deliveredAt ?? endedAt) - this.startedAt } : {}),
      ...(this.initError === undefined ? {} : { isInitError: true }),
      ...(this.isOverMemory ? { reportedType: OUT_OF_MEMORY } : {}),
      ...(errorType === undefined ? {} : { functionError: 'Unhandled' as const, errorType }),
    };
  }

  /** Resolves once the output of this invocation has been read (or the process is gone). */
  async outputOf(requestId: string): Promise<void> {
    if (this.hasEnded(requestId) || this.isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, OUTPUT_GRACE_MS);
      this.endOfOutput = {
        requestId,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
    });
    this.endOfOutput = undefined;
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** In both pipes: one may be read before the other. */
  private hasEnded(requestId: string): boolean {
    return this.lastEnd.stdout === requestId && this.lastEnd.stderr === requestId;
  }

  private readLines(stream: NodeJS.ReadableStream | null, pipe: Pipe): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.readLine(line, pipe);
    });
    stream?.on('end', () => {
      if (rest !== '') this.readLine(rest, pipe);
    });
  }

  private readLine(line: string, pipe: Pipe): void {
    const mark = END_MARK.exec(line);
    const text = mark === null ? line : line.slice(0, mark.index);
    if (text !== '' || mark === null) this.options.onLine(text);
    if (mark === null) return;
    this.lastEnd[pipe] = mark[1];
    if (this.endOfOutput && this.hasEnded(this.endOfOutput.requestId)) this.endOfOutput.resolve();
  }

  private watchMemory(): () => void {
    if (this.pid === undefined) return () => {};
    return this.options.memory.watch({
      pid: this.pid,
      onSample: (megabytes) => {
        this.noteMemory(megabytes);
        if (megabytes <= this.spec.memoryMb || this.isOverMemory) return;
        this.isOverMemory = true;
        this.kill();
      },
    });
  }

  private noteMemory(megabytes: number | undefined): void {
    if (megabytes !== undefined && megabytes > this.maxMemoryMb) this.maxMemoryMb = megabytes;
  }

  private ended(code: number | null, signal: NodeJS.Signals | null, error?: Error): void {
    if (this.exit !== undefined) return;
    this.exit = { code, signal };
    if (this.pid !== undefined) this.options.watchdog.remove(this.pid);
    if (error !== undefined) this.options.onLine(`The function process could not be started: ${error.message}`);
    this.api?.close();
    rmSync(this.temporaryDirectory, { recursive: true, force: true });
    if (this.current !== undefined) this.current.settle(this.deathOf(this.current.requestId));
  }

  private deathOf(requestId: string): Settled {
    if (this.initError !== undefined) return { payload: this.initError, handlerFailed: true, reusable: false };
    const { code, signal } = this.exit ?? { code: null, signal: null };
    const failure = this.isOverMemory ? outOfMemory(requestId) : exited(requestId, code, signal);
    return { payload: Buffer.alloc(0), failure, reusable: false };
  }
}

function errorTypeOf(payload: Buffer): string {
  try {
    return String((JSON.parse(payload.toString('utf8')) as { errorType?: string }).errorType ?? 'Error');
  } catch {
    return 'Error';
  }
}
