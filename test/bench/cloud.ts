/** What a person waits for: the local cloud to be ready, a dropped file to be published, and `npm start -- --once` as a whole. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { synthesize } from '../../lib/cli/synth';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';
import { sampleFiles } from '../../state-machines/orders/samples';
import { startServer } from './processes';

export interface CloudResult {
  /** synthesizing again, with bundles made */
  readonly synthSeconds: readonly number[];
  /** from the start of the process, after a warm synth, on a new state folder */
  readonly readySeconds: readonly number[];
  /** from the PUT of a file of 10,000 rows to the end of its run */
  readonly publishedSeconds: readonly number[];
  /** `npm start -- --once` on a prepared checkout, a new state folder each time */
  readonly onceSeconds: readonly number[];
}

/** Its first runs start the functions. */
const WARMING_DROPS = 3;

export async function measureCloud({ repeats, drops }: { repeats: number; drops: number }): Promise<CloudResult> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-cloud-'));
  const assembly = join(folder, 'cdk.out');
  const result = {
    synthSeconds: [] as number[],
    readySeconds: [] as number[],
    publishedSeconds: [] as number[],
    onceSeconds: [] as number[],
  };
  try {
    await synthesize(assembly);
    for (let repeat = 0; repeat < repeats; repeat++) {
      result.synthSeconds.push(await seconds(() => synthesize(assembly)));
      const start = performance.now();
      const cloud = await startServer(resolve('test/bench/cloud-process.ts'), [assembly, join(folder, `${repeat}`)]);
      result.readySeconds.push((performance.now() - start) / 1000);
      if (repeat === repeats - 1) result.publishedSeconds.push(...(await dropFiles(cloud.endpoint, drops)));
      await cloud.stop();
      result.onceSeconds.push(await seconds(() => startOnce(join(folder, `once-${repeat}`))));
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function dropFiles(endpoint: string, drops: number): Promise<number[]> {
  const client = localClientOptions(endpoint);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const stepFunctions = new SFNClient(client);
  const { landingBucket, stateMachineArn } = pipelineNamed(await deployed({ client }), 'orders');
  const { body } = sampleFiles().find(({ key, bad }) => key.endsWith('.csv') && bad === 0)!;
  const times: number[] = [];
  for (let drop = 0; drop < WARMING_DROPS + drops; drop++) {
    const start = performance.now();
    const { VersionId } = await s3.send(
      new PutObjectCommand({ Bucket: landingBucket, Key: `orders/bench-${drop}.csv`, Body: body }),
    );
    await ended(stepFunctions, stateMachineArn, VersionId!);
    if (drop >= WARMING_DROPS) times.push((performance.now() - start) / 1000);
  }
  s3.destroy();
  stepFunctions.destroy();
  return times;
}

/** Of the run that the version started. Runs come one after another, so the latest is looked at. */
async function ended(client: SFNClient, stateMachineArn: string, versionId: string): Promise<void> {
  for (;;) {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }));
    const [latest] = executions;
    if (latest && latest.status !== 'RUNNING') {
      const { input = '' } = await client.send(new DescribeExecutionCommand({ executionArn: latest.executionArn }));
      if (input.includes(versionId)) {
        if (latest.status !== 'SUCCEEDED') throw new Error(`The run ${latest.executionArn} ended as ${latest.status}.`);
        return;
      }
    }
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

async function startOnce(folder: string): Promise<void> {
  const options = ['--once', '--json', '--port', '0', '--state-dir', folder, '--output', `${folder}-cdk.out`];
  const child = spawn('npm', ['start', '--silent', '--', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`npm start -- --once ended with ${code}: ${errors}`);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
