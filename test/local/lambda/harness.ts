/** A Lambda service on its own, with functions written to a folder of the test's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIam, type Iam } from '../../../lib/local/iam';
import { type Clock, type CloudContext, type Principal, systemClock } from '../../../lib/local/service';
import { createLambdaService, type LambdaService } from '../../../lib/local/services/lambda';
import { dispatch } from '../../../lib/local/wire/dispatch';

export interface RecordedCall {
  readonly principal: Principal;
  readonly service: string;
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of the calls it looks at
  readonly input: any;
}

export interface Harness {
  readonly folder: string;
  readonly service: LambdaService;
  readonly iam: Iam;
  readonly cloud: CloudContext;
  /** calls to services other than lambda */
  readonly calls: RecordedCall[];
  /** what those calls answer, or throw */
  answer: (call: RecordedCall) => unknown;
  readonly lines: string[];
  // biome-ignore lint/suspicious/noExplicitAny: as on the wire
  call(operation: string, input: unknown, principal?: Principal): Promise<any>;
  /** Writes `files` and creates a function whose handler is `index.handler`. */
  define(name: string, files: Record<string, string> | string, settings?: Record<string, unknown>): Promise<string>;
  invoke(name: string, event?: unknown, options?: Record<string, unknown>): Promise<Invoked>;
  restart(): Promise<Harness>;
  stop(): Promise<void>;
}

export interface Invoked {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the function answers
  readonly payload: any;
  readonly functionError?: string;
  readonly log?: string;
}

const ROLE_ARN = 'arn:aws:iam::000000000000:role/function';
const ADMIN: Principal = { kind: 'admin' };

export interface HarnessOptions {
  readonly folder?: string;
  readonly assets?: Map<string, string>;
  readonly clock?: Clock;
  readonly maxProcesses?: number;
  readonly patienceMs?: number;
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'stepwell-lambda-'));
  const assets = options.assets ?? new Map<string, string>();
  const iam = createIam({ account: '000000000000', region: 'us-east-1', now: Date.now });
  const service = createLambdaService({
    iam,
    assets: () => assets,
    ...(options.maxProcesses === undefined ? {} : { maxProcesses: options.maxProcesses }),
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  });
  const calls: RecordedCall[] = [];
  const lines: string[] = [];
  const cloud: CloudContext = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir: join(folder, 'state'),
    endpoint: 'http://127.0.0.1:1',
    clock: options.clock ?? systemClock,
    async call(principal, name, operation, input) {
      if (name === 'lambda')
        return dispatch(service, operation, input, { cloud, principal, requestId: '' }, iam.authorize);
      const call = { principal, service: name, operation, input };
      calls.push(call);
      return harness.answer(call);
    },
    credentialsFor: (roleArn, sessionName) => ({
      accessKeyId: 'ASIATEST',
      secretAccessKey: 'secret',
      sessionToken: `${roleArn}|${sessionName}`,
    }),
    log: (line) => lines.push(line),
  };
  await service.start?.(cloud);
  const call = (operation: string, input: unknown, principal = ADMIN) =>
    cloud.call(principal, 'lambda', operation, input);

  const addAsset = (name: string, files: Record<string, string>): void => {
    const directory = join(folder, 'assets', name);
    mkdirSync(directory, { recursive: true });
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(join(directory, file, '..'), { recursive: true });
      writeFileSync(join(directory, file), content);
    }
    assets.set(`${name}.zip`, directory);
  };

  const harness: Harness = {
    folder,
    service,
    iam,
    cloud,
    calls,
    answer: () => ({}),
    lines,
    call,
    async define(name, files, settings = {}) {
      addAsset(name, typeof files === 'string' ? { 'index.js': files } : files);
      const { FunctionArn } = (await call('CreateFunction', {
        FunctionName: name,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: ROLE_ARN,
        Timeout: 20,
        MemorySize: 256,
        Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
        ...settings,
      })) as { FunctionArn: string };
      return FunctionArn;
    },
    async invoke(name, event = {}, more = {}) {
      const output = (await call('Invoke', {
        FunctionName: name,
        Payload: Buffer.from(JSON.stringify(event)),
        ...more,
      })) as { Payload?: Buffer; FunctionError?: string; LogResult?: string };
      const text = Buffer.from(output.Payload ?? '').toString('utf8');
      return {
        payload: text === '' ? undefined : JSON.parse(text),
        ...(output.FunctionError === undefined ? {} : { functionError: output.FunctionError }),
        ...(output.LogResult === undefined ? {} : { log: Buffer.from(output.LogResult, 'base64').toString('utf8') }),
      };
    },
    async restart() {
      await service.stop?.();
      return startHarness({ ...options, folder, assets });
    },
    async stop() {
      await service.stop?.();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}

/** Waits until `check` gives something; the test's own timeout is the limit. */
export async function eventually<T>(check: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
