/** One local cloud for the whole suite: started, stopped in the middle of its runs, and started again. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient, ListFunctionsCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { Client } from 'pg';
import { readsRealServices, startSampleServices } from '../../lib/cli/sample-services';
import type { Summary } from '../../lib/cli/summary';
import { localClientOptions } from '../../lib/operate/local';
import type { PipelineFolder } from '../../lib/operate/pipelines';
import { type Answer, json, type Started, startInProcess, stepwell } from './stepwell';

const folder = mkdtempSync(path.join(tmpdir(), 'stepwell-cli-'));
const stateDir = path.join(folder, 'state');
/** The other pipelines take longer, and have suites of their own. */
const START = ['orders', 'weather', '--port', '0', '--state-dir', stateDir, '--output', path.join(folder, 'cdk.out')];
let cloud: Started;
let interrupted: { exitCode: number | null; stdout: string };
let summary: Summary;

const local = (...args: readonly string[]): Promise<Answer> => stepwell(...args, '--state-dir', stateDir);
const localJson = <T>(...args: readonly string[]): Promise<T> => json<T>(...args, '--state-dir', stateDir);
const clients = () => localClientOptions(summary.endpoint);

beforeAll(async () => {
  process.env.NO_COLOR = '1';
  process.env.CI = 'true';
  const first = startInProcess('--once', ...START);
  await first.said(': Extract');
  first.process.kill('SIGINT');
  interrupted = { exitCode: await first.exitCode, stdout: first.stdout() };
  cloud = startInProcess(...START);
  summary = (await cloud.summary()) as Summary;
});

afterAll(async () => {
  cloud?.process.kill('SIGINT');
  await cloud?.exitCode;
  rmSync(folder, { recursive: true, force: true });
});

/** An order export with only some of its columns. */
async function fileOf(name: string, lines: readonly string[], header?: string): Promise<string> {
  const file = path.join(folder, name);
  writeFileSync(file, [header ?? (await wholeHeader()), ...lines, ''].join('\n'));
  return file;
}

/** The header of a sample file: the contract wants every column. */
async function wholeHeader(): Promise<string> {
  const s3 = new S3Client({ ...clients(), forcePathStyle: true });
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: summary.buckets.landing, Key: 'orders/2026-01.csv', Range: 'bytes=0-4095' }),
  );
  return (await Body!.transformToString()).split('\n')[0]!;
}

async function row(values: Readonly<Record<string, string>>): Promise<string> {
  return (await wholeHeader())
    .split(',')
    .map((name) => values[name] ?? '')
    .join(',');
}

const order = (name: string, quantity = '2') =>
  row({
    Name: name,
    'Created at': '2026-06-01 10:00:00 -0400',
    'Lineitem quantity': quantity,
    'Lineitem name': 'Cup',
    'Lineitem price': '3.50',
    'Lineitem sku': 'CUP-1',
    Total: '7.00',
    'Financial Status': 'paid',
  });

describe('start', () => {
  test('An interrupted start stops cleanly: no summary, exit code 130, and the next one goes on with its runs', () => {
    expect(interrupted).toEqual({ exitCode: 130, stdout: '' });
    const goneOn = summary.runs.filter(({ versionId }) => versionId === undefined);
    expect(goneOn.length).toBeGreaterThan(0);
    expect(goneOn.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
  });

  test('The summary is the only thing on standard output, and says that each run did what it should', () => {
    expect(summary.ok).toBe(true);
    expect(JSON.parse(cloud.stdout())).toEqual(summary);
    const loaded = summary.runs.filter(({ outcome }) => outcome === 'loaded');
    expect(new Set(loaded.map(({ key }) => key)).size).toBe(loaded.length);
    expect(summary.runs.every(({ asExpected }) => asExpected)).toBe(true);
    expect(summary.mail).toBe(path.join(stateDir, 'mail'));
  });

  test('Every connection string connects, as the administrator and as the pipeline', async () => {
    const seen: string[] = [];
    const logins = summary.logins.filter(({ as }) => as === 'admin' || as === 'orders');
    for (const { database, as, url } of logins) {
      const client = new Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query('SELECT count(*)::int AS n FROM shop.orders');
      seen.push(`${database} ${as} ${rows[0].n > 0}`);
      await client.end();
    }

    expect(seen).toEqual(['redshift admin true', 'redshift orders true', 'aurora admin true', 'aurora orders true']);
  });

  test('A second one on the same folder, or on a port that is taken, is refused at once', async () => {
    const again = await stepwell('start', '--once', ...START);
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const taken = await stepwell('start', '--port', String(port), '--state-dir', path.join(folder, 'other'));
    server.close();

    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain(`A local cloud is up on ${stateDir} already, at ${summary.endpoint}`);
    expect(taken).toMatchObject({ exitCode: 1, stdout: '' });
    expect(taken.stderr).toContain(`Port ${port} of 127.0.0.1 is taken.`);
  });
});

describe('drop', () => {
  test('A dropped file is followed to its end, and its rows are in every table', async () => {
    const file = await fileOf('june.csv', [await order('#J1'), await order('#J2')]);

    const [run] = await localJson<{ key: string; status: string; output: { rows: number } }[]>(
      'drop',
      file,
      '--pipeline',
      'orders',
    );

    expect(run).toMatchObject({ key: 'orders/june.csv', status: 'SUCCEEDED', output: { rows: 2, rejected: 0 } });
    const sql = "SELECT order_name, total FROM shop.orders WHERE order_name LIKE '#J%' ORDER BY 1";
    const wanted = [
      { order_name: '#J1', total: '7.00' },
      { order_name: '#J2', total: '7.00' },
    ];
    expect(await localJson('query', sql)).toEqual(wanted);
    expect(await localJson('query', sql, '--database', 'aurora')).toEqual(wanted);
  });

  test('The same file again has nothing to do, which is no failure', async () => {
    const file = await fileOf('twice.csv', [await order('#T1')]);
    await local('drop', file, '--pipeline', 'orders');

    const { stdout, exitCode } = await local('drop', file, '--pipeline', 'orders');

    expect(exitCode).toBe(0);
    expect(stdout).toContain('✓ orders/twice.csv: duplicate: The content of s3://');
    expect(stdout).toContain('\n  npx stepwell drop orders/twice.csv --pipeline orders --reprocess\n');
  });

  test('`--reprocess` loads it again in its place, from the file or from the key; what is new it loads once', async () => {
    const file = await fileOf('again.csv', [await order('#A1')]);
    const reprocess = (what: string) =>
      localJson<{ runId: string }[]>('drop', what, '--pipeline', 'orders', '--reprocess');
    const loaded = { key: 'orders/again.csv', status: 'SUCCEEDED', outcome: 'loaded', output: { rows: 1 } };

    const runs = [await reprocess(file), await reprocess(file), await reprocess('orders/again.csv')];
    const absent = await local('drop', 'orders/nowhere.csv', '--pipeline', 'orders', '--reprocess');

    for (const answer of runs) expect(answer).toMatchObject([loaded]);
    expect(new Set(runs.map(([run]) => run!.runId)).size).toBe(3);
    const sql = "SELECT count(*) AS n FROM shop.order_lines WHERE order_name = '#A1'";
    expect(await localJson('query', sql)).toEqual([{ n: 1 }]);
    expect(absent).toMatchObject({ exitCode: 2, stdout: '' });
    expect(absent.stderr).toContain(`There is no file ${path.resolve('orders/nowhere.csv')}, and no object s3://`);
  });

  test('A file that fits no pattern, is missing, or is for an unknown pipeline is refused before anything is sent', async () => {
    const file = await fileOf('notes.txt', [], 'a');

    const misfit = await local('drop', file, '--pipeline', 'orders');
    const missing = await local('drop', path.join(folder, 'nope.csv'), '--pipeline', 'orders');
    const unknown = await local('drop', file, '--pipeline', 'ordres');

    expect(misfit.stderr).toContain("notes.txt fits none of the pipeline's patterns: orders/*.csv, ");
    expect(missing.stderr).toContain(`There is no file ${path.join(folder, 'nope.csv')}.`);
    expect(unknown.stderr).toContain(
      "There is no pipeline 'ordres' in the local cloud. Did you mean 'orders'? It has: citizens, ecommerce, orders, ",
    );
    expect([misfit, missing, unknown].map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(
      Array(3).fill([2, '']),
    );
  });
});

describe('a pipeline of a schedule', () => {
  const latest = () => summary.runs.find(({ pipeline, interval }) => pipeline === 'weather' && interval)!;

  test('`start` sets the secrets of sample services, and runs the latest interval', () => {
    expect(summary.secrets).toContainEqual(
      expect.objectContaining({ pipeline: 'weather', secret: 'stepwell/openweather', from: 'sample' }),
    );
    const { key, interval, asExpected } = latest();
    expect(asExpected).toBe(true);
    expect(Date.parse(interval!.end) - Date.parse(interval!.start)).toBe(3_600_000);
    expect(key).toMatch(/^weather \d{4}-\d\d-\d\d \d\d:05–/);
  });

  test('`run` follows a run of the interval that is named; `runs` and `show` tell its interval and its tasks', async () => {
    const end = new Date(Date.parse(latest().interval!.end) - 30 * 3_600_000);
    const interval = { start: new Date(end.getTime() - 3_600_000).toISOString(), end: end.toISOString() };
    const named = ['--interval', `${interval.start}/${interval.end}`];

    const [run] = await localJson<{ runId: string }[]>('run', 'weather', ...named);
    const again = await local('run', 'weather', ...named);
    const listed = (await localJson<{ runId: string }[]>('runs', 'weather')).find(({ runId }) => runId === run!.runId);
    const skipped = await localJson<unknown[]>('runs', 'weather', '--limit', '1');
    const { stdout } = await local('show', run!.runId);

    expect(run).toMatchObject({ status: 'SUCCEEDED', outcome: 'loaded', interval });
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/duplicate: .*\n {2}npx stepwell run weather /),
    });
    expect(listed).toMatchObject({ status: 'SUCCEEDED', interval, files: [] });
    expect(skipped).toMatchObject([{ status: 'SKIPPED', interval }]);
    expect(stdout).toContain(`Interval  ${interval.start.slice(0, 10)} `);
    const [, done, total] = /^Extract +done +(\d+)\/(\d+) /m.exec(stdout)!;
    expect([Number(done) > 50, done]).toEqual([true, total]);
  });

  test('`run --no-wait` says which run it is', async () => {
    expect(await localJson('run', 'weather', '--no-wait')).toEqual({
      pipeline: 'weather',
      runId: expect.any(String),
      executionArn: expect.stringContaining(':execution:stepwell-weather:'),
      interval: { start: expect.stringMatching(/:05:00.000Z$/), end: expect.stringMatching(/:05:00.000Z$/) },
    });
  });

  test('`run` of a pipeline that files start, or of what is no interval of the schedule, is refused with what to do', async () => {
    const byFile = await local('run', 'orders');
    const between = await local('run', 'weather', '--interval', '2026-01-01T07:00Z/2026-01-01T08:00Z');
    const unknown = await local('run', 'wether');

    expect(byFile.stderr).toContain("Files start the pipeline 'orders': orders/*.csv, ");
    expect(byFile.stderr).toContain('npx stepwell drop <file> --pipeline orders');
    expect(between.stderr).toContain('The nearest: --interval 2026-01-01T07:05Z/2026-01-01T08:05Z');
    expect(unknown.stderr).toContain("There is no pipeline 'wether' in the local cloud.");
    expect([byFile, between, unknown].map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(
      Array(3).fill([2, '']),
    );
  });
});

describe('the secrets of sample services', () => {
  const NAME = 'stepwell/crm-of-the-test';
  const VARIABLE = 'STEPWELL_SECRET_CRM_OF_THE_TEST';
  const counter = globalThis as { startedServices?: number; closedServices?: number };
  const secrets = () => new SecretsManagerClient(clients());
  const value = async () =>
    JSON.parse((await secrets().send(new GetSecretValueCommand({ SecretId: NAME }))).SecretString!);
  const start = (environment: NodeJS.ProcessEnv = {}) => {
    const source = {
      kind: 'httpApi',
      config: { kind: 'httpApi', auth: { kind: 'bearer', secret: 'crm-of-the-test' } },
      columns: {},
    };
    const pipeline = { name: 'crm', sources: { customers: source } } as unknown as PipelineFolder['pipeline'];
    one = { folder, pipeline };
    return startSampleServices([one], { client: clients() }, environment);
  };
  let one: PipelineFolder;

  beforeAll(() => {
    writeFileSync(
      path.join(folder, 'samples.ts'),
      `exports.startServices = async () => {
        globalThis.startedServices = (globalThis.startedServices ?? 0) + 1;
        const close = async () => { globalThis.closedServices = (globalThis.closedServices ?? 0) + 1; };
        return { secrets: { 'crm-of-the-test': { origin: 'http://127.0.0.1:' + globalThis.startedServices, token: 't' } }, close };
      };`,
    );
  });

  test('They are made, and made anew by the next start; a login in the environment goes before', async () => {
    const first = await start();
    const made = await value();
    await start();
    const anew = await value();
    const given = await start({ [VARIABLE]: '{"token":"real"}' });

    expect(first.secrets).toEqual([
      { pipeline: 'crm', secret: NAME, from: 'sample', variable: VARIABLE, members: ['origin', 'token'] },
    ]);
    expect([made.origin, anew.origin]).toEqual(['http://127.0.0.1:1', 'http://127.0.0.1:2']);
    expect(given.secrets).toMatchObject([{ from: 'environment' }]);
    // Sample files would come among real rows.
    expect([first, given].map((services) => readsRealServices(one, services.secrets))).toEqual([false, true]);
    expect(await value()).toEqual({ token: 'real' });
    expect(counter.startedServices).toBe(2);
    await first.close();
    expect(counter.closedServices).toBe(1);
    await expect(start({ [VARIABLE]: 'real' })).rejects.toThrow(`${VARIABLE} is not a JSON object.`);
  });

  test('One that neither a sample server nor a person gives is missing, and named with the sources that read it', async () => {
    const sales = { kind: 'mysql', config: { kind: 'mysql', secret: 'shop-db-of-the-test' }, columns: {} };
    const pipeline = { name: 'shop', sources: { sales, returns: sales } } as unknown as PipelineFolder['pipeline'];
    const variable = 'STEPWELL_SECRET_SHOP_DB_OF_THE_TEST';
    const startIt = (environment: NodeJS.ProcessEnv) =>
      startSampleServices([{ folder: stateDir, pipeline }], { client: clients() }, environment);

    expect((await startIt({})).missing).toEqual([
      {
        pipeline: 'shop',
        sources: ['sales', 'returns'],
        secret: 'stepwell/shop-db-of-the-test',
        variable,
        members: ['host', 'port', 'username', 'password', 'dbname'],
      },
    ]);
    expect((await startIt({ [variable]: '{"host":"db.example.com"}' })).missing).toEqual([]);
  });

  test('What a person puts into one is theirs: it stays, and no sample service starts', async () => {
    await secrets().send(new PutSecretValueCommand({ SecretId: NAME, SecretString: '{"token":"mine"}' }));
    counter.startedServices = 0;

    const { secrets: set } = await start({ [VARIABLE]: '{"token":"other"}' });

    expect(set).toEqual([]);
    expect(readsRealServices(one, set)).toBe(true);
    expect(counter.startedServices).toBe(0);
    expect(await value()).toEqual({ token: 'mine' });
  });
});

describe('a run that fails', () => {
  let failed: { runId: string; key: string; error: { name: string } };

  beforeAll(async () => {
    const lines = await Promise.all([order('#B1', 'two'), order('#B2', '2 pcs'), order('#B3')]);
    const file = await fileOf('bad.csv', lines);
    const { stdout, exitCode } = await local('drop', file, '--pipeline', 'orders', '--json');
    expect(exitCode).toBe(1);
    failed = JSON.parse(stdout)[0];
  });

  test('`drop` gives its error', () => {
    expect(failed).toMatchObject({ key: 'orders/bad.csv', status: 'FAILED', error: { name: 'TooManyBadRows' } });
  });

  test('`runs` and `show` tell its status, the step that failed, and the first bad rows', async () => {
    const isTold = async () =>
      (await localJson<{ subject: string }[]>('mail')).some(({ subject }) => subject.includes('orders failed'));
    while (!(await isTold())) await pause();

    const [latest] = await localJson<{ runId: string }[]>('runs', 'orders', '--limit', '1');
    const { stdout, exitCode } = await local('show', failed.runId.slice(0, 8));

    expect(latest).toMatchObject({ runId: failed.runId, status: 'FAILED', files: ['orders/bad.csv'] });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Extract +failed +0\/1 /m);
    expect(stdout).toContain("orders/bad.csv, line 2, column lineitem_quantity: 'two' is not a whole number");
    expect(stdout).toContain('Nothing was published: the target tables are as they were before this run.');
    expect(stdout).toContain('a redrive would fail the same way:\n  npx stepwell drop <file> --pipeline orders');
    expect(stdout).not.toContain('npx stepwell redrive');
    expect(latest).toMatchObject({ rejected: 2 });
  });

  test('`logs` prints what its functions have logged, and `show` the warnings and errors among it', async () => {
    const all = await local('logs', failed.runId.slice(0, 8));
    const extracted = await local('logs', failed.runId, '--step', 'extract', '--follow', '--json');
    // Its report may have logged its end only now.
    let later: Answer;
    do later = await local('logs', failed.runId, '--since', '1s');
    while (later.stdout !== '');
    const nowhere = await local('logs', failed.runId, '--step', 'laod');
    const shown = await localJson<{ logs: object[] }>('show', failed.runId);
    const { stdout } = await local('show', failed.runId);

    expect(all.stdout).toMatch(/^[\d:.]{12} {2}admit .* INFO {3}Admitted {2}objects=1 /m);
    expect(all.stdout).toMatch(/^[\d:.]{12} {2}extract-files .* ERROR {2}2 of 3 rows of s3:/m);
    const lines = extracted.stdout.trimEnd().split('\n');
    const error = { function: 'extract-files', level: 'ERROR', message: expect.stringContaining('2 of 3 rows') };
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining(error));
    expect(lines.every((line) => JSON.parse(line).function === 'extract-files')).toBe(true);
    expect(shown.logs).toContainEqual(expect.objectContaining(error));
    expect(stdout).toContain(`All that it has logged: npx stepwell logs ${failed.runId.slice(0, 8)}`);
    expect(later).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('has logged nothing there'),
    });
    expect(nowhere).toMatchObject({ exitCode: 2, stdout: '' });
    expect(nowhere.stderr).toContain("has no step or function 'laod'. Steps: Admit, Extract, ");
  });

  test('`mail` lists and reads its mail, which names the command that redrives it', async () => {
    const list = await local('mail');
    const { stdout } = await local('mail', '1');
    const none = await local('mail', '99');

    expect(list.stdout).toMatch(/^1 .*data@example\.com .*TooManyBadRows/m);
    expect(stdout).toContain(`npx stepwell redrive orders ${failed.runId}\n`);
    expect(none).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('`quarantine` lists the run and shows its rows', async () => {
    const list = await localJson<{ runId: string }[]>('quarantine', 'list');
    const shown = await localJson<{ rows: unknown[] }>('quarantine', 'show', failed.runId);

    expect(list.map(({ runId }) => runId)).toContain(failed.runId);
    expect(shown.rows).toHaveLength(2);
    expect(shown.rows[1]).toMatchObject({
      line: 3,
      column: 'lineitem_quantity',
      raw: expect.stringContaining('2 pcs'),
    });
  });

  test('`redrive` would repeat it, and says so; once the function is deployed anew it follows the run to its end, and says when that is a failure again', async () => {
    const refused = await local('redrive', 'orders', failed.runId);

    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain(`The run ${failed.runId} has failed with TooManyBadRows`);
    expect(refused.stderr).toContain(
      'then start a new run, as a redrive would fail the same way:\n  npx stepwell drop <file> --pipeline orders',
    );

    const lambda = new LambdaClient(clients());
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    const extract = Functions.find(({ FunctionName }) => /stepwell-orders.*ExtractFiles/i.test(FunctionName!))!;
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: extract.FunctionName, Description: 'Deployed anew' }),
    );
    lambda.destroy();
    const { stdout, exitCode } = await local('redrive', 'orders', failed.runId);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('✗ orders/bad.csv: failed: TooManyBadRows: 2 of 3 rows of s3://');
  });
});

test('`redrive` lets a run that was stopped go on, loads its file once, and warns of a definition that has changed since', async () => {
  const sfn = new SFNClient(clients());
  const [one] = await localJson<{ versionId: string }[]>(
    'drop',
    await fileOf('stopped.csv', [await order('#S1')]),
    '--pipeline',
    'orders',
    '--no-wait',
  );
  const executionArn = await executionOf(sfn, one!.versionId);
  await sfn.send(new StopExecutionCommand({ executionArn }));
  const runId = executionArn.split(':').at(-1)!;
  const stopped = await localJson<{ status: string }>('show', runId);

  const stateMachineArn = ORDERS;
  const { definition } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const changed = JSON.stringify({ ...JSON.parse(definition!), Comment: 'Deployed anew' });
  await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition: changed }));

  const { stdout, stderr, exitCode } = await local('redrive', 'orders', runId);
  await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition: definition! }));

  expect(stopped.status).toBe('ABORTED');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('The state machine of orders has been deployed anew since this run began.');
  expect(stderr).toContain('npx stepwell drop <file> --pipeline orders');
  expect(stdout).toContain('✓ orders/stopped.csv: 1 row, 0 rejected, in ');
  expect(await localJson('query', "SELECT count(*) AS n FROM shop.orders WHERE order_name = '#S1'")).toEqual([
    { n: 1 },
  ]);
});

describe('a paused pipeline', () => {
  interface Resumed {
    readonly was: string;
    readonly started: readonly { readonly runId: string; readonly title: string }[];
    readonly left: readonly string[];
  }
  const ended = async (runId: string): Promise<string> => {
    for (;;) {
      const { status } = await localJson<{ status: string }>('show', runId);
      if (status !== 'RUNNING') return status;
      await pause();
    }
  };
  const stateOf = async (name: string) => {
    const all = await localJson<{ name: string; deployed: { state: string; note?: object } }[]>('pipelines');
    return all.find((one) => one.name === name)!.deployed;
  };

  test('starts no run by itself; what lands meanwhile is loaded when it is resumed, each version once and in order', async () => {
    const first = await fileOf('paused.csv', [await order('#Q1')]);
    const before = await localJson<{ runId: string }[]>('runs', 'orders', '--limit', '100');
    const paused = await localJson<object>('pause', 'orders', '--reason', 'the shop moves');
    const again = await local('pause', 'orders');
    const refused = await local('drop', first, '--pipeline', 'orders');
    await local('drop', first, '--pipeline', 'orders', '--no-wait');
    await fileOf('paused.csv', [await order('#Q1'), await order('#Q2', '3')]);
    const put = await local('drop', first, '--pipeline', 'orders', '--no-wait');
    const shown = await stateOf('orders');
    const during = await localJson<{ runId: string }[]>('runs', 'orders', '--limit', '100');

    const resumed = await localJson<Resumed>('resume', 'orders');
    const statuses: string[] = [];
    for (const { runId } of resumed.started) statuses.push(await ended(runId));
    const twice = await local('resume', 'orders');

    expect(paused).toMatchObject({
      state: 'paused',
      reason: 'the shop moves',
      wasPaused: false,
      starts: [{ kind: 'rule' }],
    });
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^orders was paused already, since .*: the shop moves\./),
    });
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('npx stepwell resume orders') });
    expect(put.stdout).toContain('orders is paused: they are loaded when it is resumed');
    expect(shown).toMatchObject({ state: 'paused', note: { reason: 'the shop moves' } });
    expect(during.map(({ runId }) => runId)).toEqual(before.map(({ runId }) => runId));
    expect(resumed).toMatchObject({ was: 'paused', left: [] });
    expect(resumed.started.map(({ title }) => title)).toEqual(['orders/paused.csv', 'orders/paused.csv']);
    expect(statuses).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(
      await localJson('query', "SELECT order_name FROM shop.orders WHERE order_name LIKE '#Q%' ORDER BY 1"),
    ).toEqual([{ order_name: '#Q1' }, { order_name: '#Q2' }]);
    expect(twice).toMatchObject({ exitCode: 0, stdout: 'orders was not paused.\n' });
    expect(await stateOf('orders')).toMatchObject({ state: 'active' });
    const after = await fileOf('resumed.csv', [await order('#Q3')]);
    expect(await local('drop', after, '--pipeline', 'orders')).toMatchObject({ exitCode: 0 });
  });

  test('of a schedule misses intervals: all are started, the last or none; a run by hand goes on all the same', async () => {
    await local('pause', 'weather');
    const byHand = await local('run', 'weather', '--no-wait');

    const tooMany = await local('resume', 'weather', '--since', '5d');
    const still = await stateOf('weather');
    const last = await localJson<Resumed>('resume', 'weather', '--since', '4h', '--missed', 'last');
    const none = await localJson<Resumed>('resume', 'weather', '--since', '4h', '--missed', 'none');
    const misspelt = await local('resume', 'weather', '--missed', 'lats');

    expect(byHand).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('this run goes on all the same') });
    expect(tooMany).toMatchObject({ exitCode: 2, stdout: '' });
    expect(tooMany.stderr).toMatch(
      /1\d\d runs of weather would start at once, from .* Say --missed all, last or none\./,
    );
    expect(still.state).toBe('paused');
    expect(last.started).toHaveLength(1);
    expect(last.left).not.toContain(last.started[0]!.title);
    expect(none).toMatchObject({ was: 'active', started: [] });
    expect(none.left.length).toBeGreaterThan(0);
    expect(await ended(last.started[0]!.runId)).toBe('SUCCEEDED');
    expect(misspelt).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Allowed choices are all, last, none.'),
    });
  });
});

const ORDERS = 'arn:aws:states:us-east-1:000000000000:stateMachine:stepwell-orders';

/** The execution that the object's arrival has started. */
async function executionOf(sfn: SFNClient, versionId: string): Promise<string> {
  const stateMachineArn = ORDERS;
  for (;;) {
    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 5 }));
    for (const { executionArn } of executions ?? []) {
      const { input } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (input?.includes(versionId)) return executionArn!;
    }
    await pause();
  }
}

/** Who asks all the time takes a core from the run that is waited for. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

/** The local cloud is an account to the SDK, whose shared configuration may name an endpoint for a profile. */
async function withProfile<T>(work: () => Promise<T>): Promise<T> {
  const variables = { ...process.env };
  const region = 'region = us-east-1';
  writeFileSync(path.join(folder, 'config'), `[profile prod]\n${region}\nendpoint_url = ${summary.endpoint}\n`);
  writeFileSync(path.join(folder, 'credentials'), '[prod]\naws_access_key_id = a\naws_secret_access_key = b\n');
  process.env.AWS_CONFIG_FILE = path.join(folder, 'config');
  process.env.AWS_SHARED_CREDENTIALS_FILE = path.join(folder, 'credentials');
  try {
    return await work();
  } finally {
    process.env = variables;
  }
}

describe('an account', () => {
  const prod = (...args: readonly string[]) => withProfile(() => stepwell(...args, '--profile', 'prod'));

  test('Each verb says on standard error which it speaks to, and reads there what is deployed', async () => {
    const there = `account 000000000000 (profile prod), us-east-1, at ${summary.endpoint}\n`.trimEnd();
    const [latest] = await localJson<{ runId: string }[]>('runs', 'orders', '--limit', '1');

    const listed = await prod('runs', 'orders', '--limit', '1', '--json');
    const shown = await prod('show', latest!.runId);
    const asked = await prod('query', 'SELECT count(*) AS n FROM shop.orders');
    const bad = await prod('quarantine', 'list');
    const here = await local('runs', 'orders');

    expect(JSON.parse(listed.stdout)).toMatchObject([latest!]);
    expect([listed, shown, asked, bad].map(({ stderr, exitCode }) => [stderr, exitCode])).toEqual(
      Array(4).fill([there, 0]),
    );
    expect(here.stderr).toBe(`local cloud at ${summary.endpoint}`);
  });

  test('A file is dropped there and followed; a pipeline that it has not is refused by its name', async () => {
    const file = await fileOf('account.csv', [await order('#P1')]);

    const dropped = await prod('drop', file, '--pipeline', 'orders');
    const unknown = await prod('runs', 'ordres');

    expect(dropped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('✓ orders/account.csv: 1 row') });
    expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unknown.stderr).toContain("There is no pipeline 'ordres' in account 000000000000 (profile prod), us-east-1");
  });
});

describe('doctor', () => {
  interface Report {
    readonly ok: boolean;
    readonly findings: readonly { readonly name: string; readonly status: string; readonly remedy?: string }[];
  }

  test('finds the local cloud well: what it needs, what is deployed as it is compiled here, runs, sweeper', async () => {
    const { ok, findings } = await localJson<Report>('doctor');
    const { exitCode, stdout } = await local('doctor');

    const well = findings.filter(({ status }) => status === 'ok').map(({ name }) => name);
    expect(well).toEqual(expect.arrayContaining(['Node.js', 'Installation', 'State folder', 'Definitions', 'Cloud']));
    expect(well).toEqual(expect.arrayContaining(['Stacks', 'Deployed', 'Paused', 'Runs', 'Sweeper']));
    expect({ ok, exitCode }).toEqual({ ok: true, exitCode: 0 });
    expect(stdout).toMatch(/^✔ Cloud +local cloud at http:/m);
  });

  test('fails for an account without the bootstrap of the CDK, and says how to make it', async () => {
    const { exitCode, stdout } = await withProfile(() => stepwell('doctor', '--profile', 'prod'));

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^✖ CDK bootstrap .*\n +npx cdk bootstrap aws:\/\/000000000000\/us-east-1$/m);
    expect(stdout).toMatch(/^✔ Credentials +arn:aws:iam::000000000000:user\/local$/m);
  });
});

describe('cost', () => {
  interface Cost {
    readonly to: string;
    readonly usd: number;
    readonly runs: readonly { readonly runId: string; readonly transitions: number; readonly usd: number }[];
    readonly lines: readonly { readonly service: string; readonly what: string; readonly amount: number }[];
  }
  const amountOf = ({ lines }: Cost, service: string, what: string) =>
    lines.find((line) => line.service === service && line.what === what)?.amount;

  /** Lambda's reports of a pipeline's functions, and which of them are a run's, read by other means. */
  async function reportsOf(until: string, runId?: string) {
    const logs = new CloudWatchLogsClient(clients());
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: '/stepwell/orders/' }),
    );
    let [invocations, mbMs] = [0, 0];
    for (const { logGroupName } of logGroups) {
      const read = async (filterPattern: string) =>
        (await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern, endTime: Date.parse(until) })))
          .events ?? [];
      const own = runId === undefined ? [] : await read(`{ $.runId = "${runId}" && $.requestId = "*" }`);
      const ids = new Set(own.map(({ message }) => (JSON.parse(message!) as { requestId: string }).requestId));
      for (const { message } of await read('"REPORT RequestId:"')) {
        const [, id, ms, mb] = /RequestId: (\S+)\s.*Billed Duration: (\d+) ms\s+Memory Size: (\d+)/.exec(message!)!;
        if (runId !== undefined && !ids.has(id!)) continue;
        invocations++;
        mbMs += Number(ms) * Number(mb);
      }
    }
    return { invocations, gbSeconds: mbMs / 1024 / 1000 };
  }

  test("is what Lambda's own reports add up to, and what each run's history counts", async () => {
    const all = await localJson<Cost>('cost', 'orders', '--last', '24h');
    const reported = await reportsOf(all.to);

    expect(amountOf(all, 'Lambda', 'invocations')).toBe(reported.invocations);
    expect(amountOf(all, 'Lambda', 'time')).toBeCloseTo(reported.gbSeconds, 6);
    expect(all.runs.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(all.usd, 9);
    const listed = await localJson<{ runId: string }[]>('runs', 'orders', '--limit', '1000');
    expect(all.runs.map(({ runId }) => runId).sort()).toEqual(listed.map(({ runId }) => runId).sort());
  });

  test('of a run is that of its own invocations, by way of the statements also those that know no run', async () => {
    const runs = await localJson<{ runId: string; status: string }[]>('runs', 'orders', '--limit', '1000');
    const { runId } = runs.find(({ status }) => status === 'SUCCEEDED')!;
    const one = await localJson<Cost>('cost', 'orders', '--run', runId);
    const named = await reportsOf(new Date().toISOString(), runId);
    const sfn = new SFNClient(clients());
    const { executionArn } = await localJson<{ executionArn: string }>('show', runId);
    const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));

    const entered = events.filter(({ type }) => type!.endsWith('StateEntered')).length;
    expect(amountOf(one, 'Step Functions', 'Standard')).toBeGreaterThanOrEqual(entered);
    // of a load and a publish in Redshift, an event each
    expect(amountOf(one, 'Lambda', 'invocations')).toBeGreaterThanOrEqual(named.invocations + 2);
    expect(amountOf(one, 'Lambda', 'time')).toBeGreaterThan(named.gbSeconds);
    expect(amountOf(one, 'Redshift', 'awake')).toBeGreaterThanOrEqual(480);
    expect(amountOf(one, 'Aurora', 'awake')).toBeGreaterThan(300);
    expect((await local('show', runId)).stdout).toMatch(/^Cost +about \$\d/m);
  });

  test('tells of a month, of a million rows and of what costs while nothing runs', async () => {
    const { stdout } = await local('cost', 'weather', '--region-prices', 'eu-central-1');

    expect(stdout).toMatch(/^weather, the last 30 days: \d+ runs?, \d+ rows$/m);
    expect(stdout).toMatch(/^A million rows: \$[\d,.]+$/m);
    expect(stdout).toMatch(/^A month: about \$[\d.]+, for the 7\d\d runs of its schedule$/m);
    expect(stdout).toMatch(/^At rest, a month: \$[\d.]+ for the pipeline \(\d secrets?, \d+ alarms\)$/m);
    expect(stdout).toContain('List prices of eu-central-1, 20');
  });

  test('of what there is not, or is asked for in two ways, is refused', async () => {
    const refused = [
      await local('cost', 'ordres'),
      await local('cost', 'orders', '--run', 'nowhere'),
      await local('cost', 'orders', '--run', '3f', '--last', '1d'),
      await local('cost', 'orders', '--last', 'week'),
      await local('cost', 'orders', '--region-prices', 'moon-1'),
    ];

    expect(refused.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(Array(5).fill([2, '']));
    expect(refused[4]!.stderr).toContain(
      "There is no price table of 'moon-1'. There are: us-east-1, us-west-2, eu-west-1, eu-central-1.",
    );
  });
});

describe('the rest', () => {
  test('A redrive of what has succeeded, or of an unknown run, says so', async () => {
    const runs = await localJson<{ runId: string; status: string }[]>('runs', 'orders', '--limit', '50');
    const { runId } = runs.find(({ status }) => status === 'SUCCEEDED')!;

    const succeeded = await local('redrive', 'orders', runId);
    const unknown = await local('show', 'no-such-run');
    const foreign = await local('redrive', 'weather', runId);

    expect(succeeded).toMatchObject({ exitCode: 2, stdout: '' });
    expect(succeeded.stderr).toContain('has succeeded: there is nothing to redrive.');
    expect(succeeded.stderr).toContain(`in its place: npx stepwell rerun ${runId}`);
    expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unknown.stderr).toContain("There is no run 'no-such-run'. The latest: ");
    expect(foreign.stderr).toContain(`There is no run '${runId}' of the pipeline weather. orders has it.`);
  });

  test('`tables` counts what each sink holds', async () => {
    const tables = await localJson<{ database: string; table: string; rows?: number; partitions?: number }[]>('tables');

    const of = (name: string) => tables.find(({ database, table }) => `${database} ${table}` === name)!;
    expect(tables.map(({ database, table }) => `${database} ${table}`)).toEqual(
      expect.arrayContaining([
        'redshift shop.order_lines',
        'redshift shop.orders',
        'aurora shop.orders',
        'lake order_lines',
      ]),
    );
    expect(of('redshift shop.orders').rows).toBeGreaterThan(20_000);
    expect(of('aurora shop.orders').rows).toBe(of('redshift shop.orders').rows);
    expect(of('lake order_lines').partitions).toBeGreaterThan(100);
  });

  test('`lineage` shows what a table is made of, and the runs that have published it', async () => {
    const [orders] = await localJson<{ table: string; sources: object[]; runs: { rows: number; files: string[] }[] }[]>(
      'lineage',
      'redshift:shop.orders',
    );
    const told = await local('lineage', 'send');

    expect(orders).toMatchObject({ table: 'redshift:shop.orders', sources: [{ name: 'order_export' }] });
    expect(orders!.runs.length).toBeGreaterThan(0);
    expect(orders!.runs[0]!.files).toEqual([expect.stringMatching(/^orders\//)]);
    expect(told).toMatchObject({ exitCode: 2 });
    expect(told.stderr).toContain('No pipeline is told to OpenLineage in the local cloud. Set "stepwell:lineage"');
  });

  test("`query` gives the database's own words for a wrong statement", async () => {
    const wrong = await local('query', 'SELECT nope FROM shop.orders');
    const elsewhere = await local('query', 'SELECT 1', '--database', 'oracle');

    expect(wrong).toMatchObject({ exitCode: 1, stdout: '' });
    expect(wrong.stderr).toContain('column "nope" does not exist');
    expect(elsewhere.stderr).toContain("--database is redshift or aurora, not 'oracle'.");
  });

  test('`pipelines` and `validate` need no local cloud', async () => {
    const pipelines = await json<{ name: string; sinks: unknown[] }[]>('pipelines');
    const valid = await json<{ name: string; isCurrent: boolean }[]>('validate');

    expect(pipelines.find(({ name }) => name === 'orders')?.sinks).toHaveLength(4);
    expect(valid.find(({ name }) => name === 'orders')).toMatchObject({ sources: 1, models: 2, sinks: 4, checks: 6 });
  });

  test('Without a local cloud, verbs say how to start one', async () => {
    const nowhere = path.join(folder, 'nowhere');

    const { stderr, exitCode } = await stepwell('runs', '--state-dir', nowhere);

    expect(exitCode).toBe(3);
    expect(stderr).toContain(`No local cloud is up on ${nowhere}. Start it with: npm start -- --state-dir ${nowhere}`);
    expect(existsSync(nowhere)).toBe(false);
  });
});
