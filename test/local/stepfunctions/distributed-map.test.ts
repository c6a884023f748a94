import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { duckConnection } from '../../../lib/local/redshift/load/duck';
import type { Service } from '../../../lib/local/service';
import { createS3Service } from '../../../lib/local/services/s3';
import { createStatesService } from '../../../lib/local/services/states';
import { type Call, type TestCloud, testCloud } from '../cloud';

const ROLE = 'arn:aws:iam::000000000000:role/states';

let stateDir: string;
let cloud: TestCloud;
let states: Service;
let work: (input: never) => unknown = (input) => input;
let calls: unknown[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'stepwell-map-'));
  calls = [];
  work = (input) => input;
  cloud = await testCloud({
    services: () => {
      states = createStatesService();
      return [createS3Service({ stateDir }), states];
    },
    other: (call: Call) => {
      if (call.operation !== 'Invoke') return {};
      const input = JSON.parse(Buffer.from(call.input.Payload).toString());
      calls.push(input);
      try {
        return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(work(input as never))) };
      } catch (error) {
        const payload = JSON.stringify({ errorType: 'Broken', errorMessage: (error as Error).message });
        return { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from(payload) };
      }
    },
  });
  await cloud.run('s3', 'CreateBucket', { Bucket: 'data' });
});
afterEach(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const put = (Key: string, Body: string) =>
  cloud.run('s3', 'PutObject', { Bucket: 'data', Key, Body: Buffer.from(Body) });

async function get(Key: string): Promise<unknown> {
  const { Body } = await cloud.run('s3', 'GetObject', { Bucket: 'data', Key });
  const chunks: Uint8Array[] = [];
  for await (const chunk of Body) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const map = (fields: object) => ({
  Type: 'Map',
  Label: 'each',
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Work',
    States: {
      Work: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
        Output: '{% $states.result.Payload %}',
        End: true,
      },
    },
  },
  End: true,
  ...fields,
});
const reader = (Key: string, ReaderConfig: object) => ({
  ItemReader: { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig, Arguments: { Bucket: 'data', Key } },
});

async function start(fields: object, input: unknown = {}): Promise<string> {
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Each', States: { Each: map(fields) } });
  const name = `m${Math.random().toString(36).slice(2)}`;
  const { stateMachineArn } = await cloud.run('states', 'CreateStateMachine', { name, roleArn: ROLE, definition });
  const { executionArn } = await cloud.run('states', 'StartExecution', {
    stateMachineArn,
    input: JSON.stringify(input),
  });
  return executionArn;
}

async function ended(executionArn: string) {
  for (;;) {
    const described = await cloud.run('states', 'DescribeExecution', { executionArn });
    if (described.status !== 'RUNNING') return described;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const run = async (fields: object, input?: unknown) => ended(await start(fields, input));
const types = async (executionArn: string) => {
  const { events } = await cloud.run('states', 'GetExecutionHistory', { executionArn, maxResults: 1000 });
  return events.map(({ type }: { type: string }) => type);
};

test('each item is an execution of its own, listed by its Map Run', async () => {
  const { executionArn, output } = await run({ Items: [1, 2, 3] });

  expect(output).toBe('[1,2,3]');
  expect(await types(executionArn)).toEqual([
    'ExecutionStarted',
    'MapStateEntered',
    'MapStateStarted',
    'MapRunStarted',
    'MapRunSucceeded',
    'MapStateSucceeded',
    'MapStateExited',
    'ExecutionSucceeded',
  ]);
  const { mapRuns } = await cloud.run('states', 'ListMapRuns', { executionArn });
  const { mapRunArn, stateMachineArn } = mapRuns[0];
  const { executions } = await cloud.run('states', 'ListExecutions', { mapRunArn });
  expect(executions).toHaveLength(3);
  expect(executions[0]).toMatchObject({ status: 'SUCCEEDED', mapRunArn, stateMachineArn });
  expect(await types(executions[0].executionArn)).toContain('TaskSucceeded');
  expect(await cloud.run('states', 'DescribeMapRun', { mapRunArn })).toMatchObject({
    executionArn,
    status: 'SUCCEEDED',
    itemCounts: { total: 3, succeeded: 3, failed: 0 },
    executionCounts: { total: 3, succeeded: 3, running: 0 },
  });
});

test.each([
  ['JSON', 'a.json', '[{"n":1},{"n":2}]', { InputType: 'JSON' }, [{ n: 1 }, { n: 2 }]],
  ['JSON lines', 'a.jsonl', '{"n":1}\n\n{"n":2}\n', { InputType: 'JSONL' }, [{ n: 1 }, { n: 2 }]],
  [
    'CSV with a header',
    'a.csv',
    'a,b\n1,"x, y"\n2,z\n',
    { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
    [
      { a: '1', b: 'x, y' },
      { a: '2', b: 'z' },
    ],
  ],
  [
    'CSV with given names',
    'b.csv',
    '1|2\n',
    { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['p', 'q'], CSVDelimiter: 'PIPE' },
    [{ p: '1', q: '2' }],
  ],
  ['no more than MaxItems', 'c.json', '[1,2,3]', { InputType: 'JSON', MaxItems: 2 }, [1, 2]],
])('items are read from S3: %s', async (_, key, content, config, items) => {
  await put(key, content);

  expect(JSON.parse((await run(reader(key, config))).output)).toEqual(items);
});

test('the objects of a prefix are items', async () => {
  await put('in/a.txt', 'a');
  await put('in/b.txt', 'bb');
  await put('out/c.txt', 'c');

  const { output } = await run({
    ItemReader: { Resource: 'arn:aws:states:::s3:listObjectsV2', Arguments: { Bucket: 'data', Prefix: 'in/' } },
    ItemSelector: '{% $states.context.Map.Item.Value.Key & ":" & $states.context.Map.Item.Value.Size %}',
  });

  expect(JSON.parse(output)).toEqual(['in/a.txt:1', 'in/b.txt:2']);
});

describe('what only bytes can say', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stepwell-formats-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The file that DuckDB writes of a query. */
  async function written(query: string, format: string): Promise<Buffer> {
    const file = join(folder, 'file');
    const duck = await duckConnection();
    await duck.run(`COPY (${query}) TO '${file}' (${format})`);
    duck.closeSync();
    return readFile(file);
  }
  const items = async (Body: Buffer, config: object) => {
    await cloud.run('s3', 'PutObject', { Bucket: 'data', Key: 'x', Body });
    return JSON.parse((await run(reader('x', config))).output);
  };

  test('rows of a Parquet file', async () => {
    const query = `SELECT 1 AS n, 'a' AS s, [1, 2] AS l, {'x': true} AS o UNION ALL SELECT 2, NULL, [], {'x': false}`;
    const file = await written(query, 'FORMAT parquet');

    expect(await items(file, { InputType: 'PARQUET' })).toEqual([
      { n: 1, s: 'a', l: [1, 2], o: { x: true } },
      { n: 2, s: null, l: [], o: { x: false } },
    ]);
    expect(await items(file, { InputType: 'PARQUET', MaxItems: 1 })).toHaveLength(1);
  });

  test('GZIP', async () => {
    const csv = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' };

    expect(await items(gzipSync('a,b\n1,"x\ny"\n'), csv)).toEqual([{ a: '1', b: 'x\ny' }]);
    expect(await items(gzipSync('1\n2\n'), { InputType: 'JSONL' })).toEqual([1, 2]);
  });

  test('ZSTD', async () => {
    const csv = await written(
      `SELECT 1 AS a, 'x, y' AS b UNION ALL SELECT 2, 'z'`,
      'FORMAT csv, HEADER, COMPRESSION zstd',
    );

    expect(await items(csv, { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' })).toEqual([
      { a: '1', b: 'x, y' },
      { a: '2', b: 'z' },
    ]);
  });

  test('what is no Parquet file fails the reader', async () => {
    await put('x', 'PAR1');

    expect(await run(reader('x', { InputType: 'PARQUET' }))).toMatchObject({
      status: 'FAILED',
      error: 'States.ItemReaderFailed',
    });
  });
});

test('a listing goes on over all its pages, and no further than MaxItems', async () => {
  await Promise.all(Array.from({ length: 1005 }, (_, index) => put(`many/${index}`, '')));
  const listed = (ReaderConfig: object) =>
    run({
      ItemReader: {
        Resource: 'arn:aws:states:::s3:listObjectsV2',
        Arguments: { Bucket: 'data', Prefix: 'many/' },
        ReaderConfig,
      },
      ItemBatcher: { MaxItemsPerBatch: 200 },
      ItemSelector: 1,
      Output: '{% $sum($states.result.$count(Items)) %}',
    });

  expect((await listed({})).output).toBe('1005');
  expect((await listed({ MaxItems: 1002 })).output).toBe('1002');
});

test('an object that is not there fails the reader', async () => {
  expect(await run(reader('none.json', { InputType: 'JSON' }))).toMatchObject({
    status: 'FAILED',
    error: 'States.ItemReaderFailed',
  });
});

test('items are batched by count and by bytes, with an input for all', async () => {
  const byCount = await run({
    Items: [1, 2, 3],
    ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { x: '{% 1 + 1 %}' } },
  });
  const byBytes = await run({ Items: ['aaaa', 'bbbb', 'cccc'], ItemBatcher: { MaxInputBytesPerBatch: 28 } });

  expect(JSON.parse(byCount.output)).toEqual([
    { BatchInput: { x: 2 }, Items: [1, 2] },
    { BatchInput: { x: 2 }, Items: [3] },
  ]);
  expect(JSON.parse(byBytes.output)).toEqual([{ Items: ['aaaa', 'bbbb'] }, { Items: ['cccc'] }]);
});

describe('failures', () => {
  const fails =
    (...items: number[]) =>
    (input: number) => {
      if (items.includes(input)) throw new Error(`item ${input}`);
      return input;
    };

  test('one is enough by default', async () => {
    work = fails(2);

    const { executionArn, ...end } = await run({ Items: [1, 2, 3], MaxConcurrency: 1 });

    expect(end).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    });
    expect(calls).toEqual([1, 2]);
    expect(await types(executionArn)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  test.each([
    ['a count', { ToleratedFailureCount: 1 }, 'SUCCEEDED'],
    ['too low a count', { ToleratedFailureCount: 1, Items: [1, 2, 2] }, 'FAILED'],
    ['a share', { ToleratedFailurePercentage: 34 }, 'SUCCEEDED'],
    ['too low a share', { ToleratedFailurePercentage: 33 }, 'FAILED'],
  ])('%s of them is tolerated', async (_, tolerated, status) => {
    work = fails(2);

    const end = await run({ Items: [1, 2, 3], ...tolerated });

    expect(end.status).toBe(status);
    // What failed is described, whatever the transformation.
    const failed = expect.objectContaining({ Status: 'FAILED', Error: 'Broken', Input: '2' });
    if (status === 'SUCCEEDED') expect(JSON.parse(end.output)).toEqual([1, failed, 3]);
  });

  test('a redrive runs those items again that failed, and no others', async () => {
    work = fails(2);
    const { executionArn } = await run({ Items: [1, 2, 3], MaxConcurrency: 1 });
    work = (input) => input;
    calls = [];

    await cloud.run('states', 'RedriveExecution', { executionArn });
    const end = await ended(executionArn);

    expect(end).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3]', redriveCount: 1 });
    expect(calls).toEqual([2, 3]);
    expect(await types(executionArn)).toEqual(
      expect.arrayContaining(['ExecutionRedriven', 'MapRunRedriven', 'MapRunSucceeded']),
    );
  });
});

test('results go to S3 with a manifest, and the state hands on where', async () => {
  work = (input: number) => {
    if (input === 2) throw new Error('two');
    return { got: input };
  };

  const { output } = await run({
    Items: [1, 2],
    ToleratedFailureCount: 1,
    ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'data', Prefix: 'results' } },
  });

  const { MapRunArn, ResultWriterDetails } = JSON.parse(output);
  expect(ResultWriterDetails).toEqual({
    Bucket: 'data',
    Key: expect.stringMatching(/^results\/[^/]+\/manifest\.json$/),
  });
  const manifest = (await get(ResultWriterDetails.Key)) as { ResultFiles: Record<string, { Key: string }[]> };
  expect(manifest).toMatchObject({ DestinationBucket: 'data', MapRunArn, ResultFiles: { PENDING: [] } });
  expect(await get(manifest.ResultFiles.SUCCEEDED![0]!.Key)).toMatchObject([
    { Status: 'SUCCEEDED', Input: '1', Output: '{"got":1}' },
  ]);
  expect(await get(manifest.ResultFiles.FAILED![0]!.Key)).toMatchObject([
    { Status: 'FAILED', Input: '2', Error: 'Broken' },
  ]);
});

test('how many run at a time is changed while they run, up and down, and holds after a restart', async () => {
  const executionArn = await start({
    Items: [1, 2, 3, 4, 5],
    MaxConcurrency: 1,
    ToleratedFailurePercentage: 100,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Long',
      States: { Long: { Type: 'Wait', Seconds: 1000, End: true } },
    },
  });
  const mapRun = async (): Promise<{ mapRunArn: string } | undefined> =>
    (await cloud.run('states', 'ListMapRuns', { executionArn })).mapRuns[0];
  const children = async (status: string): Promise<string[]> => {
    const { mapRunArn } = (await mapRun()) ?? {};
    if (mapRunArn === undefined) return [];
    const { executions } = await cloud.run('states', 'ListExecutions', { mapRunArn, statusFilter: status });
    return executions.map((one: { executionArn: string }) => one.executionArn);
  };
  const until = async (status: string, n: number) => {
    while ((await children(status)).length !== n) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await until('RUNNING', 1);
  const { mapRunArn } = (await mapRun())!;
  const update = (fields: object) => cloud.run('states', 'UpdateMapRun', { mapRunArn, ...fields });

  await update({ maxConcurrency: 3 });
  await until('RUNNING', 3);
  await cloud.restart();
  await states.ready?.();
  expect(await cloud.run('states', 'DescribeMapRun', { mapRunArn })).toMatchObject({ maxConcurrency: 3 });
  await until('RUNNING', 3);

  await update({ maxConcurrency: 1 });
  for (const one of await children('RUNNING')) await cloud.run('states', 'StopExecution', { executionArn: one });
  await until('ABORTED', 3);
  await until('RUNNING', 1);
  for (const aborted of [4, 5]) {
    const [last] = await children('RUNNING');
    await cloud.run('states', 'StopExecution', { executionArn: last });
    await until('ABORTED', aborted);
    await until('RUNNING', 5 - aborted);
  }

  expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  await expect(update({ maxConcurrency: 2 })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(
    cloud.run('states', 'UpdateMapRun', { mapRunArn: `${mapRunArn}0`, maxConcurrency: 2 }),
  ).rejects.toMatchObject({ name: 'ResourceNotFound' });
});

test('a restart in the middle goes on with the items that are left', async () => {
  const slow = {
    Items: [1, 2, 3, 4],
    MaxConcurrency: 2,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'First',
      States: {
        First: { ...map({}).ItemProcessor.States.Work, End: undefined, Next: 'Pause' },
        Pause: { Type: 'Wait', Seconds: 1, End: true },
      },
    },
  };
  const executionArn = await start(slow);
  while (calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));

  await cloud.restart();
  await states.ready?.();
  const end = await ended(executionArn);

  expect(end).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3,4]' });
  expect([...calls].sort()).toEqual([1, 2, 3, 4]);
});

test('stopping the execution stops its children', async () => {
  const executionArn = await start({
    Items: [1, 2],
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Long',
      States: { Long: { Type: 'Wait', Seconds: 1000, End: true } },
    },
  });
  const children = async () => {
    const { mapRuns } = await cloud.run('states', 'ListMapRuns', { executionArn });
    if (mapRuns.length === 0) return [];
    const { executions } = await cloud.run('states', 'ListExecutions', { mapRunArn: mapRuns[0].mapRunArn });
    return executions.map(({ status }: { status: string }) => status);
  };
  while ((await children()).length < 2) await new Promise((resolve) => setTimeout(resolve, 2));

  await cloud.run('states', 'StopExecution', { executionArn });

  while ((await children()).includes('RUNNING')) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(await children()).toEqual(['ABORTED', 'ABORTED']);
});
