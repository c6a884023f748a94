import { PutObjectCommand } from '@aws-sdk/client-s3';
import { collect } from '../../../lambdas/collect/collect';
import { readManifests, writeManifest } from '../../../lambdas/shared/manifest';
import type { Manifest, Staged } from '../../../lib/tasks/common';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());

const run = {
  pipeline: 'weather',
  runId: 'run-1',
  executionArn: 'arn:aws:states:us-east-1:000000000000:execution:stepwell-weather:run-1',
  startedAt: '2026-03-05T01:00:07.000Z',
  loadKey: 'weather:1',
  loadId: '1',
  generation: 0,
  arrival: '2026-03-05T01:00:00.000Z#0',
};

async function staged(partition: string, rows: number, rejected = 0): Promise<Staged> {
  const document: Manifest = {
    step: 'extract-cities',
    partition,
    datasets: { cities: { rows, columns: [], parts: [] } },
    source: { name: 'cities', read: rows + rejected, rejected },
  };
  return { manifest: await writeManifest(cloud.s3, 'work', run, 'a1', document), rows, bytes: rows * 10, rejected };
}

/** As Step Functions writes them. */
async function results(
  name: string,
  succeeded: unknown[][],
  failed: unknown[],
): Promise<{ Bucket: string; Key: string }> {
  const put = async (file: string, content: unknown) => {
    const Key = `runs/weather/run-1/map-results/${name}/${file}`;
    await cloud.s3.send(new PutObjectCommand({ Bucket: 'work', Key, Body: JSON.stringify(content) }));
    return { Key, Size: 1 };
  };
  const { Key } = await put('manifest.json', {
    DestinationBucket: 'work',
    MapRunArn: 'arn',
    ResultFiles: {
      SUCCEEDED: await Promise.all(succeeded.map((one, index) => put(`SUCCEEDED_${index}.json`, one))),
      FAILED: failed.length > 0 ? [await put('FAILED_0.json', failed)] : [],
      PENDING: [],
    },
  });
  return { Bucket: 'work', Key };
}

const failure = (id: string, Cause: string) => ({
  Input: JSON.stringify({ partition: { id, values: {} } }),
  Error: 'SourceRefused',
  Cause,
  Status: 'FAILED',
});
const environment = () => ({ s3: cloud.s3, workBucket: 'work', attempt: 'a2' });

test('many manifests become one, which stands for all of them; failed partitions are named', async () => {
  const [berlin, paris, parisMore, oslo] = [
    await staged('berlin', 3, 1),
    await staged('paris-1', 2),
    await staged('paris-2', 1),
    await staged('oslo', 0),
  ];
  const answer = await collect(
    {
      run,
      source: 'cities',
      partitions: 5,
      results: await results(
        'a',
        [[[berlin], [paris, parisMore]], [[oslo]]],
        [failure('rome', '{"errorType":"SourceRefused","errorMessage":"404 for Rome."}'), failure('nowhere', 'a text')],
      ),
    },
    environment(),
  );
  expect(answer).toMatchObject({ rows: 6, bytes: 60, rejected: 1, failedCount: 2 });
  expect(answer.failed).toEqual([
    { source: 'cities', partition: 'rome', error: 'SourceRefused', cause: '404 for Rome.' },
    { source: 'cities', partition: 'nowhere', error: 'SourceRefused', cause: 'a text' },
  ]);
  const read = await readManifests(cloud.s3, 'work', [answer.manifest]);
  expect(read.map(({ partition }) => partition)).toEqual(['all', 'berlin', 'paris-1', 'paris-2', 'oslo']);
});

test('a partition that neither succeeded nor failed is an error: its rows would be missing without a word', async () => {
  const given = await results('b', [[[await staged('only', 1)]]], []);
  await expect(collect({ run, source: 'cities', partitions: 2, results: given }, environment())).rejects.toThrow(
    'Of the 2 partitions of cities',
  );
});

test('of a rerun, what the run before it had comes in, and what is missing still is told with its values', async () => {
  const berlin = await staged('berlin-1', 3, 1);
  const before = await collect(
    {
      run,
      source: 'cities',
      partitions: 3,
      results: await results('c', [[[berlin]]], [failure('rome', 'x'), failure('oslo', 'x')]),
    },
    { ...environment(), attempt: 'a3' },
  );
  const { failed: _, failedCount: __, ...kept } = before;
  const rome = { id: 'rome', values: { lat: 41.9, name: 'Roma' } };
  const after = await collect(
    {
      run,
      source: 'cities',
      partitions: 2,
      results: await results(
        'd',
        [[[await staged('oslo-2', 2)]]],
        [{ ...failure('rome', 'x'), Input: JSON.stringify({ partition: rome }) }],
      ),
      kept: { ...kept, partitions: 1 },
    },
    { ...environment(), attempt: 'a4' },
  );
  expect(after).toMatchObject({ rows: 5, bytes: 50, rejected: 1, failedCount: 1 });
  const read = await readManifests(cloud.s3, 'work', [after.manifest]);
  expect(read[0]!.collected).toEqual({ source: 'cities', partitions: 3, missing: [rome] });
  expect(read.map(({ partition }) => partition).sort()).toEqual(['all', 'all', 'berlin-1', 'oslo-2']);
});
