import type { MapRunRecord } from '../../../lib/local/stepfunctions/map-run/types';
import { exportResults, type Results } from '../../../lib/local/stepfunctions/map-run/writer';

const run = { mapRunArn: 'arn:aws:states:us-east-1:000000000000:mapRun:m/each:id' } as MapRunRecord;

async function files(outputs: readonly string[], OutputType: 'JSON' | 'JSONL', fileBytes: number) {
  const written: Record<string, string> = {};
  const results = {
    pending: [],
    async *ended(statuses: readonly string[]) {
      if (statuses.includes('SUCCEEDED')) for (const output of outputs) yield { end: { status: 'SUCCEEDED', output } };
    },
  } as unknown as Results;
  const call = async (_service: string, _operation: string, input: unknown) => {
    const { Key, Body } = input as { Key: string; Body: AsyncIterable<Buffer> };
    const chunks: Buffer[] = [];
    for await (const chunk of Body) chunks.push(chunk);
    written[Key] = Buffer.concat(chunks).toString();
  };
  const config = { Transformation: 'COMPACT', OutputType } as const;
  await exportResults(run, results, { Bucket: 'b' }, config, call, fileBytes);
  return written;
}

test('results that do not fit into a file go on in the next one', async () => {
  const { 'id/manifest.json': manifest, ...written } = await files(['"aaaa"', '"bbbb"', '"cccc"', '"dd"'], 'JSON', 16);

  expect(written).toEqual({
    'id/SUCCEEDED_0.json': '["aaaa","bbbb"]',
    'id/SUCCEEDED_1.json': '["cccc","dd"]',
  });
  expect(JSON.parse(manifest!).ResultFiles).toEqual({
    FAILED: [],
    PENDING: [],
    SUCCEEDED: [
      { Key: 'id/SUCCEEDED_0.json', Size: 15 },
      { Key: 'id/SUCCEEDED_1.json', Size: 13 },
    ],
  });
});

test('so do lines; one that is too large by itself has a file of its own', async () => {
  const { 'id/manifest.json': _, ...written } = await files(['1', `"${'x'.repeat(20)}"`, '2', '3'], 'JSONL', 10);

  expect(written).toEqual({
    'id/SUCCEEDED_0.json': '1\n',
    'id/SUCCEEDED_1.json': `"${'x'.repeat(20)}"\n`,
    'id/SUCCEEDED_2.json': '2\n3\n',
  });
});
