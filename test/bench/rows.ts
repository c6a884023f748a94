/** Row objects → typed columns → Parquet parts in S3: the row writer beside Arrow's stock builders, alternating. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { bundle } from '../../lib/constructs/bundle';
import type { RowsEvent } from './handlers/rows/handler';
import { type Measured, measure, median, startServer } from './processes';

const FOLDER = join(tmpdir(), 'stepwell-bench');

export interface RowsResult {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly arrowRowsPerSecond: number;
  readonly ratio: number;
  readonly peakMb: number;
  readonly arrowPeakMb: number;
  readonly cpuSeconds: number;
}

export async function measureRows(sizes: readonly number[], repeats: number): Promise<RowsResult[]> {
  mkdirSync(FOLDER, { recursive: true });
  const state = join(FOLDER, `rows-s3-${process.pid}`);
  const server = await startServer(resolve('test/bench/s3-server.ts'), [state]);
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const s3 = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await s3.send(new CreateBucketCommand({ Bucket: 'work' }));
  const index = join(bundle('rows', 'test/bench/handlers').directory, 'index.js');
  let attempts = 0;
  const run = (event: RowsEvent): Promise<Measured> => {
    const eventFile = join(FOLDER, `rows-${process.pid}.json`);
    writeFileSync(eventFile, JSON.stringify(event));
    return measure(resolve('test/bench/function-process.cjs'), [index, eventFile, `rows-${attempts++}`], {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      WORK_BUCKET: 'work',
      NODE_NO_WARNINGS: '1',
    });
  };
  try {
    const results: RowsResult[] = [];
    for (const rows of sizes) {
      const ours: Measured[] = [];
      const arrows: Measured[] = [];
      for (let repeat = 0; repeat < repeats; repeat++) {
        arrows.push(await run({ writer: 'arrow', rows }));
        ours.push(await run({ writer: 'stepwell', rows }));
      }
      const perSecond = (measured: readonly Measured[]) => (rows * 1000) / median(measured.map(({ ms }) => ms));
      results.push({
        rows,
        rowsPerSecond: perSecond(ours),
        arrowRowsPerSecond: perSecond(arrows),
        ratio: perSecond(ours) / perSecond(arrows),
        peakMb: Math.max(...ours.map(({ peakMb }) => peakMb)),
        arrowPeakMb: Math.max(...arrows.map(({ peakMb }) => peakMb)),
        cpuSeconds: median(ours.map(({ cpuMs }) => cpuMs)) / 1000,
      });
    }
    return results;
  } finally {
    s3.destroy();
    await server.stop();
    rmSync(state, { recursive: true, force: true });
  }
}
