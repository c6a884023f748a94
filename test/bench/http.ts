/** A paginated API → Parquet in S3, beside bare reading of the same pages, alternating. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { bundle } from '../../lib/constructs/bundle';
import type { ColumnType, ContractColumn } from '../../lib/tasks/common';
import type { ExtractRowsInput } from '../../lib/tasks/extract-rows';
import { PAGE_ROWS } from './http-server';
import { type Measured, measure, median, startServer } from './processes';

const FOLDER = join(tmpdir(), 'stepwell-bench');

export interface HttpResult {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly bareRowsPerSecond: number;
  readonly ratio: number;
  readonly peakMb: number;
  readonly barePeakMb: number;
}

export async function measureHttp(rows: number, repeats: number): Promise<HttpResult> {
  mkdirSync(FOLDER, { recursive: true });
  const state = join(FOLDER, `http-s3-${process.pid}`);
  const [storage, api] = await Promise.all([
    startServer(resolve('test/bench/s3-server.ts'), [state]),
    startServer(resolve('test/bench/http-server.ts'), [String(Math.ceil(rows / PAGE_ROWS))]),
  ]);
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const s3 = new S3Client({ endpoint: storage.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await s3.send(new CreateBucketCommand({ Bucket: 'work' }));
  let attempts = 0;
  const run = (directory: string, event: object): Promise<Measured> => {
    const eventFile = join(FOLDER, `http-${process.pid}.json`);
    writeFileSync(eventFile, JSON.stringify(event));
    const index = join(directory, 'index.js');
    return measure(resolve('test/bench/function-process.cjs'), [index, eventFile, `http-${attempts++}`], {
      AWS_ENDPOINT_URL: storage.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      WORK_BUCKET: 'work',
      LOG_LEVEL: 'WARN',
      NODE_NO_WARNINGS: '1',
    });
  };
  try {
    const ours: Measured[] = [];
    const bare: Measured[] = [];
    const bareDirectory = bundle('http', 'test/bench/handlers').directory;
    for (let repeat = 0; repeat < repeats; repeat++) {
      bare.push(await run(bareDirectory, { url: `${api.endpoint}/rows` }));
      ours.push(await run(bundle('extract-http').directory, eventFor(`${api.endpoint}/rows`)));
    }
    const perSecond = (measured: readonly Measured[]) => (rows * 1000) / median(measured.map(({ ms }) => ms));
    return {
      rows,
      rowsPerSecond: perSecond(ours),
      bareRowsPerSecond: perSecond(bare),
      ratio: perSecond(ours) / perSecond(bare),
      peakMb: Math.max(...ours.map(({ peakMb }) => peakMb)),
      barePeakMb: Math.max(...bare.map(({ peakMb }) => peakMb)),
    };
  } finally {
    s3.destroy();
    await Promise.all([storage.stop(), api.stop()]);
    rmSync(state, { recursive: true, force: true });
  }
}

function eventFor(url: string): ExtractRowsInput {
  const of = (name: string, type: ColumnType, from?: string): ContractColumn => ({
    name,
    type,
    nullable: true,
    key: false,
    ...(from === undefined ? {} : { from }),
  });
  const config = {
    kind: 'httpApi',
    url,
    query: {},
    headers: {},
    rows: 'data',
    concurrency: 1,
    timeoutSeconds: 30,
    attempts: 3,
  } as const;
  return {
    action: 'extract',
    run: {
      pipeline: 'bench',
      runId: 'bench',
      executionArn: 'arn:aws:states:us-east-1:000000000000:execution:bench:bench',
      startedAt: '2026-01-05T00:00:00.000Z',
      loadKey: 'bench:0',
      loadId: '0000000000000000',
      generation: 0,
      arrival: '2026-01-05T00:00:00.000Z#0',
    },
    source: {
      name: 'bench',
      columns: [
        of('interaction_id', { type: 'bigint' }),
        of('external_ref', { type: 'bigint' }),
        of('customer_id', { type: 'integer' }),
        of('channel', { type: 'text', length: 20 }),
        of('subject', { type: 'text' }),
        of('sentiment', { type: 'decimal', precision: 3, scale: 2 }),
        of('duration_seconds', { type: 'integer' }),
        of('agent_name', { type: 'text' }, 'agent.name'),
        of('tags', { type: 'json' }),
        of('occurred_at', { type: 'timestamp' }),
        of('updated_at', { type: 'timestamp' }),
      ],
      onDrift: 'ignore',
      onBadRow: {},
      config: { ...config, paginate: { kind: 'cursor', next: 'next', parameter: 'cursor' } },
    },
    partition: { id: 'all', values: {} },
    partitions: 1,
    cursor: null,
    checkpoint: null,
  };
}
