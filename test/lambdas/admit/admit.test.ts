import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { admit } from '../../../lambdas/admit/admit';
import { refuseTakenOver } from '../../../lambdas/check/taken-over';
import { cutIntoRanges } from '../../../lambdas/shared/files/cut-into-ranges';
import { getRun, updateRun } from '../../../lambdas/shared/run-item';
import type { AdmitInput, AdmitOutput } from '../../../lib/tasks/admit';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let machine: string;
let runs = 0;

beforeAll(async () => {
  cloud = await startLambdaCloud();
  const definition = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } };
  const { stateMachineArn } = await cloud.stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'stepwell-orders',
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(definition),
    }),
  );
  machine = stateMachineArn!;
});
afterAll(() => cloud.close());

/** An execution that waits, as an owner of claims. */
async function startExecution(): Promise<AdmitInput['execution']> {
  runs += 1;
  const { executionArn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: machine, name: `run-${runs}` }),
  );
  return { arn: executionArn!, name: `run-${runs}`, startedAt: '2026-01-05T08:00:00.000Z' };
}

function run(execution: AdmitInput['execution'], trigger: unknown, patterns?: string[]): Promise<AdmitOutput> {
  const input: AdmitInput = {
    pipeline: 'orders',
    execution,
    trigger,
    ...(patterns ? { patterns } : {}),
    sources: [
      {
        name: 'orders',
        kind: 'landedFiles',
        rangeBytes: 20,
        files: [
          { glob: 'orders/*.csv', format: { kind: 'csv' } },
          { glob: 'orders/*.ndjson', format: { kind: 'ndjson' } },
        ],
      },
      { name: 'returns', kind: 'landedFiles', rangeBytes: 20, files: [{ glob: 'returns/*', format: { kind: 'csv' } }] },
    ],
  };
  return admit(input, {
    ledger: cloud.ledger,
    s3: cloud.s3,
    stepFunctions: cloud.stepFunctions,
    landingBucket: 'landing',
    cut: cutIntoRanges(cloud.s3),
    now: () => Date.parse('2026-01-05T08:00:01.000Z'),
  });
}

test('an arrival is admitted with its version pinned, one partition a file, and the run in the ledger', async () => {
  const key = 'orders/a b+c %2F "é" 😀.csv';
  const versionId = await cloud.land(key, 'id\n1\n');
  const execution = await startExecution();

  const answer = await run(execution, { arrival: { bucket: 'landing', key, versionId, sequencer: '00A1' } });

  const object = {
    bucket: 'landing',
    key,
    versionId,
    etag: expect.stringMatching(/^[0-9a-f]{32}$/),
    size: 5,
    lastModified: expect.stringMatching(/^\d{4}-.*Z$/),
    sequencer: '00A1',
  };
  expect(answer).toEqual({
    outcome: 'admitted',
    run: {
      pipeline: 'orders',
      runId: execution.name,
      executionArn: execution.arn,
      startedAt: execution.startedAt,
      loadKey: expect.stringMatching(/^orders:[0-9a-f]{64}$/),
      loadId: expect.stringMatching(/^[0-9a-f]{16}$/),
      generation: 0,
      arrival: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#0{28}00A1$/),
    },
    objects: [object],
    partitions: { orders: [{ id: '0000', object, format: { kind: 'csv' } }], returns: [] },
  });
  expect(await getRun(cloud.ledger, 'orders', execution.name)).toMatchObject({
    status: 'RUNNING',
    objects: [{ key }],
    openPk: 'run',
    dueAt: '2026-01-05T08:30:01.000Z',
  });
});

test('a retry answers the same; another run that hears of the same content is skipped', async () => {
  await cloud.land('orders/twice.csv', 'id\n2\n');
  const first = await startExecution();
  const trigger = { objects: [{ key: 'orders/twice.csv' }] };

  const answer = await run(first, trigger);

  expect(await run(first, trigger)).toEqual(answer);
  const second = await startExecution();
  expect(await run(second, trigger)).toEqual({
    outcome: 'duplicate',
    reason: expect.stringContaining(`is being loaded by run ${first.name}`),
  });
  expect(await getRun(cloud.ledger, 'orders', second.name)).toMatchObject({ status: 'SKIPPED' });
});

test('the content of a run that was stopped is loaded by the next one, under the same load key', async () => {
  await cloud.land('orders/stopped.csv', 'id\n3\n');
  const first = await startExecution();
  const trigger = { objects: [{ key: 'orders/stopped.csv' }] };
  const before = await run(first, trigger);
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: first.arn }));
  // Put again, unchanged, as a person does who wants it loaded now.
  await cloud.land('orders/stopped.csv', 'id\n3\n');

  const after = await run(await startExecution(), trigger);

  expect(after).toMatchObject({ outcome: 'admitted' });
  expect(loadKey(after)).toBe(loadKey(before));
});

test('reprocessing raises the generation once for each run, however often Admit is retried', async () => {
  await cloud.land('orders/again.csv', 'id\n4\n');
  const trigger = { objects: [{ key: 'orders/again.csv' }] };
  const first = await run(await startExecution(), trigger);
  const execution = await startExecution();

  const answers = [
    await run(execution, { ...trigger, reprocess: true }),
    await run(execution, { ...trigger, reprocess: true }),
    await run(await startExecution(), { ...trigger, reprocess: true }),
  ];

  expect(answers.map((answer) => answer.outcome === 'admitted' && answer.run.generation)).toEqual([1, 1, 2]);
  expect(new Set([first, ...answers].map(loadKey)).size).toBe(1);
});

test('a set of objects loads what is not loaded yet, and its load key does not depend on the order', async () => {
  await cloud.land('orders/s1.csv', 'id\n5\n');
  await cloud.land('orders/s2.csv', 'id\n6\n');
  await cloud.land('orders/s3.csv', 'id\n7\n');
  await run(await startExecution(), { objects: [{ key: 'orders/s1.csv' }] });

  const answer = await run(await startExecution(), {
    objects: [{ key: 'orders/s1.csv' }, { key: 'orders/s2.csv' }, { key: 'orders/s3.csv' }],
  });
  const turned = await run(await startExecution(), {
    objects: [{ key: 'orders/s3.csv' }, { key: 'orders/s2.csv' }],
    reprocess: true,
  });

  expect(answer.outcome === 'admitted' && answer.objects.map(({ key }) => key)).toEqual([
    'orders/s2.csv',
    'orders/s3.csv',
  ]);
  expect(loadKey(turned)).toBe(loadKey(answer));
});

test('what may be in the tables as part of one set of files is not loaded in another set', async () => {
  for (const key of ['t1', 't2', 't3']) await cloud.land(`orders/${key}.csv`, `id\n${key}\n`);
  const both = { objects: [{ key: 'orders/t1.csv' }, { key: 'orders/t2.csv' }] };
  const first = await startExecution();
  const before = await run(first, both);
  await failed(first, 'Publish postgres:shop.orders');

  // One of them dropped again, and the set with one more: as often as anybody tries.
  for (const objects of [[{ key: 'orders/t1.csv' }], [...both.objects, { key: 'orders/t3.csv' }]]) {
    for (let attempt = 0; attempt < 2; attempt++) {
      const execution = await startExecution();
      await expect(run(execution, { objects })).rejects.toMatchObject({
        name: 'InvalidTaskInput',
        message: expect.stringContaining(
          `is part of the load of run ${first.name} ("orders/t1.csv", "orders/t2.csv"), whose rows may be in the tables.`,
        ),
      });
      await failed(execution, 'Admit');
    }
  }

  const again = await run(await startExecution(), both);
  expect(loadKey(again)).toBe(loadKey(before));
});

test('what was loaded alone is reprocessed alone', async () => {
  await cloud.land('orders/u1.csv', 'id\nu1\n');
  await cloud.land('orders/u2.csv', 'id\nu2\n');
  await run(await startExecution(), { objects: [{ key: 'orders/u1.csv' }] });

  const both = { objects: [{ key: 'orders/u1.csv' }, { key: 'orders/u2.csv' }], reprocess: true };
  await expect(run(await startExecution(), both)).rejects.toThrow('"orders/u1.csv" is part of the load of run');
});

test('files of a run that failed before it published may be loaded in another set, unless it has been redriven', async () => {
  for (const key of ['w1', 'w2']) await cloud.land(`orders/${key}.csv`, `id\n${key}\n`);
  const both = { objects: [{ key: 'orders/w1.csv' }, { key: 'orders/w2.csv' }] };
  const first = await startExecution();
  await run(first, both);
  await failed(first, 'Extract file of orders');

  const { name } = first;
  await cloud.stepFunctions.send(new RedriveExecutionCommand({ executionArn: first.arn }));
  await expect(run(await startExecution(), { objects: [both.objects[0]] })).rejects.toThrow(name);
  // It goes on, and may publish.
  await expect(refuseTakenOver({ pipeline: 'orders', runId: name }, cloud.ledger)).resolves.toBeUndefined();
});

test('a run whose files another has taken over publishes nothing, should it be redriven', async () => {
  for (const key of ['v1', 'v2']) await cloud.land(`orders/${key}.csv`, `id\n${key}\n`);
  const both = { objects: [{ key: 'orders/v1.csv' }, { key: 'orders/v2.csv' }] };
  const first = await startExecution();
  await run(first, both);
  await failed(first, 'Load redshift:shop.orders');
  const second = await startExecution();
  expect(await run(second, { objects: [both.objects[0]] })).toMatchObject({ outcome: 'admitted' });

  await cloud.stepFunctions.send(new RedriveExecutionCommand({ executionArn: first.arn }));
  const refused = expect.objectContaining({
    name: 'InvalidTaskInput',
    message: expect.stringContaining(`have been taken over by the run ${second.name}`),
  });
  const goOn = () => refuseTakenOver({ pipeline: 'orders', runId: first.name }, cloud.ledger);
  await expect(goOn()).rejects.toEqual(refused);
  // A third one is refused while it is at work, and leaves it as it is.
  await expect(run(await startExecution(), { objects: [both.objects[1]] })).rejects.toThrow(first.name);
  await expect(goOn()).rejects.toEqual(refused);
});

test('what a late attempt of Admit has claimed beside the run that has succeeded is loaded by the next that hears of it', async () => {
  await cloud.land('orders/x1.csv', 'id\nx1\n');
  await cloud.land('orders/x2.csv', 'id\nx2\n');
  const first = await startExecution();
  const answer = await run(first, { objects: [{ key: 'orders/x1.csv' }] });
  await run(first, { objects: [{ key: 'orders/x2.csv' }] });
  const { objects } = answer as Extract<AdmitOutput, { outcome: 'admitted' }>;
  const at = { pipeline: 'orders', runId: first.name, executionArn: first.arn };
  await updateRun(cloud.ledger, at, { status: 'SUCCEEDED', objects });

  expect(await run(await startExecution(), { objects: [{ key: 'orders/x2.csv' }] })).toMatchObject({
    outcome: 'admitted',
  });
  expect(await run(await startExecution(), { objects: [{ key: 'orders/x1.csv' }] })).toMatchObject({
    outcome: 'duplicate',
  });
});

test('a run that takes over from a reprocessing that failed when it may have published takes the place of that', async () => {
  await cloud.land('orders/taken.csv', 'id\ntaken\n');
  const objects = [{ key: 'orders/taken.csv' }];
  await run(await startExecution(), { objects });
  const reprocessing = await startExecution();
  await run(reprocessing, { objects, reprocess: true });
  await failed(reprocessing, 'Publish postgres:shop.orders');

  const answer = await run(await startExecution(), { objects });
  expect(answer).toMatchObject({ outcome: 'admitted', run: { generation: 2 } });
  // It was to turn a table back, and so is this.
  expect(answer).not.toHaveProperty('run.yields');
});

test('a run that starts over what may have been published in part takes the place of that, and gives way to later loads', async () => {
  await cloud.land('orders/over.csv', 'id\nover\n');
  const trigger = { objects: [{ key: 'orders/over.csv' }] };
  const first = await startExecution();
  await run(first, trigger);
  await failed(first, 'Publish models');
  const second = await startExecution();
  const answer = await run(second, trigger);
  expect(answer).toMatchObject({ outcome: 'admitted', run: { generation: 1, yields: true } });
  expect(await run(second, trigger)).toEqual(answer);

  await failed(second, 'Extract file of orders');
  expect(await run(await startExecution(), trigger)).toMatchObject({ run: { generation: 2, yields: true } });
});

test('a run whose retry of Admit finds its content reprocessed by another is skipped, and not swept', async () => {
  await cloud.land('orders/y.csv', 'id\ny\n');
  const objects = [{ key: 'orders/y.csv' }];
  const first = await startExecution();
  await run(first, { objects });
  await run(await startExecution(), { objects, reprocess: true });

  expect(await run(first, { objects })).toMatchObject({ outcome: 'duplicate' });

  const item = await getRun(cloud.ledger, 'orders', first.name);
  expect(item).toMatchObject({ status: 'SKIPPED' });
  expect(item).not.toHaveProperty('openPk');
});

/** Ends the execution, and says in the ledger at which step, as report-failure does. */
async function failed({ arn, name }: AdmitInput['execution'], step: string): Promise<void> {
  await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: arn }));
  const at = { pipeline: 'orders', runId: name, executionArn: arn };
  await updateRun(cloud.ledger, at, { status: 'FAILED', error: { step, name: 'E', cause: 'C.' } });
}

test('a large CSV or NDJSON is cut into ranges at record boundaries; a small one and a gzip are read whole', async () => {
  const large = `id,note\n${'12345,"two\nlines"\n'.repeat(3)}`;
  await cloud.land('orders/large.csv', large);
  const lines = '{"id":1}\n'.repeat(9);
  await cloud.land('orders/large.ndjson', lines);
  await cloud.land('orders/small.csv', 'id\n1\n');
  await cloud.s3.send(
    new PutObjectCommand({ Bucket: 'landing', Key: 'orders/zipped.csv', Body: gzipSync('id\n12345\n'.repeat(2)) }),
  );

  const answer = await run(await startExecution(), {
    objects: ['large.csv', 'large.ndjson', 'small.csv', 'zipped.csv'].map((name) => ({ key: `orders/${name}` })),
  });

  if (answer.outcome !== 'admitted') throw new Error(answer.reason);
  const { orders } = answer.partitions;
  expect(orders!.map(({ id }) => id)).toEqual(orders!.map((_, n) => String(n).padStart(4, '0')));
  const rangesOf = (key: string) => orders!.filter(({ object }) => object.key === key).map(({ range }) => range!);
  const ranges = rangesOf('orders/large.csv');
  expect(ranges.length).toBeGreaterThan(1);
  expect(ranges.map(({ start, end }) => large.slice(start, end)).join('')).toBe(large);
  for (const { start } of ranges.slice(1)) expect(large.slice(start, start + 6)).toBe('12345,');
  const pieces = rangesOf('orders/large.ndjson').map(({ start, end }) => lines.slice(start, end));
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe(lines);
  for (const piece of pieces) expect(piece).toMatch(/^(\{"id":1\}\n)+$/);
  expect(orders!.filter(({ range }) => range === undefined).map(({ object }) => object.key)).toEqual([
    'orders/small.csv',
    'orders/zipped.csv',
  ]);
});

test('more objects than a state can carry are refused, with how many fit', async () => {
  const keys = Array.from({ length: 150 }, (_, n) => `orders/${'x'.repeat(700)}-${n}.csv`);
  await Promise.all(keys.map((key, n) => cloud.land(key, String(n))));

  await expect(run(await startExecution(), { objects: keys.map((key) => ({ key })) })).rejects.toMatchObject({
    name: 'InvalidTaskInput',
    message: expect.stringMatching(/^A run cannot load 150 objects at once: about \d{3} of these fit/),
  });
});

test('a key that no pattern matches is ignored when an event names it, and refused when a person does', async () => {
  await cloud.land('orders/readme.txt', 'x');
  const execution = await startExecution();

  expect(await run(execution, { arrival: { bucket: 'landing', key: 'orders/readme.txt' } })).toEqual({
    outcome: 'ignored',
    reason: '"orders/readme.txt" matches none of the pipeline\'s patterns: orders/*.csv, orders/*.ndjson, returns/*.',
  });
  expect(await getRun(cloud.ledger, 'orders', execution.name)).toMatchObject({ status: 'SKIPPED' });
  await expect(run(await startExecution(), { objects: [{ key: 'orders/readme.txt' }] })).rejects.toMatchObject({
    name: 'InvalidTaskInput',
  });
});

test("an arrival that only a source's patterns match starts nothing; a person may name it", async () => {
  const key = 'orders/pattern.csv';
  await cloud.land(key, 'id\n1\n');

  expect(await run(await startExecution(), { arrival: { bucket: 'landing', key } }, ['returns/*'])).toEqual({
    outcome: 'ignored',
    reason: '"orders/pattern.csv" matches none of the trigger\'s patterns: returns/*.',
  });
  expect(await run(await startExecution(), { objects: [{ key }] }, ['returns/*'])).toMatchObject({
    outcome: 'admitted',
  });
});

test('an object that is not there fails the run in words, and leaves no claim behind', async () => {
  await cloud.land('orders/there.csv', 'id\n8\n');
  const objects = [{ key: 'orders/there.csv' }, { key: 'orders/never.csv' }];

  await expect(run(await startExecution(), { objects })).rejects.toMatchObject({
    name: 'UnreadableFile',
    message: expect.stringMatching(/^s3:\/\/landing\/orders\/never\.csv does not exist/),
  });
  expect(await run(await startExecution(), { objects: [objects[0]] })).toMatchObject({ outcome: 'admitted' });
});

test('a file that is deleted after it arrived is still loaded from its version', async () => {
  const versionId = await cloud.land('orders/gone.csv', 'id\n9\n');
  await cloud.s3.send(new DeleteObjectCommand({ Bucket: 'landing', Key: 'orders/gone.csv' }));

  const answer = await run(await startExecution(), {
    arrival: { bucket: 'landing', key: 'orders/gone.csv', versionId },
  });

  expect(answer).toMatchObject({ outcome: 'admitted', objects: [{ versionId }] });
});

function loadKey(answer: AdmitOutput): string | undefined {
  return answer.outcome === 'admitted' ? answer.run.loadKey : undefined;
}
