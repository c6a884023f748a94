import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { task } from '../../../lambdas/shared/task';
import { count, noteStatement } from '../../../lambdas/shared/usage';
import { StillRunning, UnreadableFile } from '../../../lib/tasks/errors';

const input = z.strictObject({ run: z.strictObject({ pipeline: z.string(), runId: z.string() }), rows: z.int() });
const event = { run: { pipeline: 'orders', runId: 'run-1' }, rows: 3 };
const context = {
  awsRequestId: 'attempt-1',
  functionName: 'extract',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => 1000,
} as Context;

/** Powertools logs through a console of its own on process.stdout. */
let output: jest.SpyInstance[] = [];
async function linesOf(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  return (await allLinesOf(work)).filter((line) => !('usage' in line));
}

async function allLinesOf(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  await work().catch(() => undefined);
  return output
    .flatMap((spy) => spy.mock.calls.map(([chunk]) => String(chunk)))
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

beforeEach(() => {
  output = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockReturnValue(true));
  process.env.POWERTOOLS_METRICS_NAMESPACE = 'Stepwell';
  process.env.POWERTOOLS_SERVICE_NAME = 'orders';
});

afterEach(() => {
  for (const spy of output) spy.mockRestore();
});

test('passes the parsed input and the attempt on, and returns what the work returns', async () => {
  const handler = task(input, async ({ rows }, { requestId }) => ({ rows: rows + 1, requestId }));

  await expect(handler(event, context)).resolves.toEqual({ rows: 4, requestId: 'attempt-1' });
});

test('an input that does not fit is InvalidTaskInput and names the path', async () => {
  const handler = task(input, async () => 'unreached');

  await expect(handler({ ...event, rows: 'three' }, context)).rejects.toMatchObject({
    name: 'InvalidTaskInput',
    message: expect.stringContaining('rows: must be of type number.'),
  });
});

test.each([new UnreadableFile('It is a PNG image.'), new StillRunning('COPY runs')])(
  'an error keeps its name and message: %p',
  async (error) => {
    const handler = task(input, async () => {
      throw error;
    });

    await expect(handler(event, context)).rejects.toBe(error);
  },
);

test.each(['AccessDenied', 'AccessDeniedException'])(
  "an SDK's %s becomes AccessDenied with its message",
  async (name) => {
    const handler = task(input, async () => {
      throw Object.assign(new Error('not authorized to perform: s3:GetObject'), { name });
    });

    await expect(handler(event, context)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('not authorized to perform: s3:GetObject'),
    });
  },
);

test('log lines are JSON and carry pipeline, run and request', async () => {
  const handler = task(input, async (_, { log }) => log.info('Read the file', { rows: 3 }));

  const [line] = await linesOf(() => handler(event, context));

  expect(line).toMatchObject({
    level: 'INFO',
    message: 'Read the file',
    pipeline: 'orders',
    runId: 'run-1',
    rows: 3,
    function_request_id: 'attempt-1',
  });
});

test('the line of an error carries them as well', async () => {
  const handler = task(input, async () => {
    throw new UnreadableFile('It is a PNG image.');
  });

  const lines = await linesOf(() => handler(event, context));

  expect(lines).toEqual([
    expect.objectContaining({ level: 'ERROR', pipeline: 'orders', runId: 'run-1', message: 'It is a PNG image.' }),
  ]);
});

test('metrics leave as one EMF line with the dimension pipeline alone, also when the work fails', async () => {
  const handler = task(input, async (_, { metric }) => {
    metric('RowsExtracted', 10);
    metric('RowsRejected', 2);
    throw new UnreadableFile('It is a PNG image.');
  });

  const lines = await linesOf(() => handler(event, context));
  const [emf] = lines.filter((line) => '_aws' in line);

  expect(emf).toMatchObject({
    pipeline: 'orders',
    RowsExtracted: 10,
    RowsRejected: 2,
    _aws: {
      CloudWatchMetrics: [{ Namespace: 'Stepwell', Dimensions: [['pipeline']], Metrics: [{}, {}] }],
    },
  });
});

test('runs that fail are counted of all pipelines together as well, for one alarm over them', async () => {
  const handler = task(input, async (_, { metric }) => metric('RunsFailed', 1));

  const lines = await linesOf(() => handler(event, context));
  const dimensions = lines.flatMap((line) => {
    const { _aws } = line as { _aws?: { CloudWatchMetrics: { Dimensions: string[][] }[] } };
    return _aws ? [[_aws.CloudWatchMetrics[0]!.Dimensions, (line as { RunsFailed?: number }).RunsFailed]] : [];
  });

  expect(dimensions).toEqual([
    [[[]], 1],
    [[['pipeline']], 1],
  ]);
});

test('keys of one invocation do not leak into the next', async () => {
  const handler = task(z.unknown(), async (_, { log }) => log.info('hello'));

  const lines = await linesOf(async () => {
    await handler(event, context);
    await handler({}, context);
  });

  expect(lines.map((line) => line.runId)).toEqual(['run-1', undefined]);
});

describe('what an invocation has used', () => {
  test('is a line of its own, with the run and the attempt, whatever level is logged', async () => {
    const handler = task(input, async () => {
      count('s3Write');
      count('s3Write');
      noteStatement('statement-1', null);
      noteStatement('statement-1', [1000, 20]);
      noteStatement('statement-1', null);
    });

    expect(await allLinesOf(() => handler(event, context))).toEqual([
      {
        usage: { requests: { s3Write: 2 }, redshift: { 'statement-1': [1000, 20] } },
        requestId: 'attempt-1',
        pipeline: 'orders',
        runId: 'run-1',
      },
    ]);
  });

  test('is told of one that fails, and is nothing of the one before', async () => {
    const handler = task(input, async () => {
      count('sns');
      throw new UnreadableFile('It is a PNG image.');
    });

    const lines = await allLinesOf(async () => {
      await handler(event, context).catch(() => undefined);
      await handler(event, context);
    });

    expect(lines.filter((line) => 'usage' in line).map(({ usage }) => usage)).toEqual([
      { requests: { sns: 1 } },
      { requests: { sns: 1 } },
    ]);
  });

  test('of an event about a run is that run’s', async () => {
    const handler = task(z.unknown(), async () => undefined);
    const failed = { detail: { name: 'run-2', executionArn: 'arn:aws:states:::execution:stepwell-orders:run-2' } };

    const [line] = await allLinesOf(() => handler(failed, context));

    expect(line).toMatchObject({ runId: 'run-2' });
  });
});
