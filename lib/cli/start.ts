/** `npm start`: synthesize, bring up the local cloud, drop the samples, follow the runs, say what came of them. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { type Cloud, startCloud } from '../local/cloud';
import { localClientOptions } from './local';
import { type PipelineFolder, PROJECT_ROOT, pipelineFolders, titleOf } from './pipelines';
import { type FollowedRun, followRuns } from './runs';
import { printSummary, type Summary, summaryOf } from './summary';

export interface StartOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly port: number;
  readonly stateDir: string;
}

interface SampleFile {
  readonly key: string;
  readonly body: Buffer;
  readonly times: number;
  readonly bad: number;
}

export interface Dropped {
  readonly pipeline: string;
  readonly key: string;
  readonly versionId: string;
  /** rows that must end in quarantine */
  readonly bad: number;
}

export async function start(options: StartOptions): Promise<void> {
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const began = Date.now();
  say('Synthesizing the stacks …');
  await synthesize();
  const synthesized = Date.now();
  say(`Starting the local cloud … (synthesized in ${secondsSince(began)} s)`);
  const cloud = await startCloud({
    assembly: path.join(PROJECT_ROOT, 'cdk.out'),
    stateDir: options.stateDir,
    port: options.port,
  });
  try {
    say(`Local cloud ready at ${cloud.endpoint} in ${secondsSince(synthesized)} s`);
    const dropped: Dropped[] = [];
    const runs: FollowedRun[] = [];
    for (const one of await pipelineFolders()) {
      const files = await dropSamples(cloud, one, say);
      dropped.push(...files);
      const arn = cloud.outputs[`Stepwell-${titleOf(one.pipeline.name)}`]!.StateMachineArn!;
      runs.push(...(await followRuns(new SFNClient(localClientOptions(cloud.endpoint)), arn, files, say)));
    }
    const summary = summaryOf(cloud, options, dropped, runs, Date.now() - began);
    if (options.json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    else printSummary(summary, say);
    process.exitCode = summary.ok ? 0 : 1;
    if (!options.once) await stayUp(cloud, summary, say);
  } finally {
    await cloud.stop();
  }
}

/** The CDK app in a process of its own, as `cdk synth` runs it. */
function synthesize(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [require.resolve('tsx/cli'), path.join(PROJECT_ROOT, 'bin', 'app.ts')], {
      cwd: PROJECT_ROOT,
      env: { ...process.env, CDK_VALIDATION: 'false' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error('The stacks could not be synthesized: see above.')),
    );
  });
}

async function dropSamples(
  cloud: Cloud,
  { folder, pipeline }: PipelineFolder,
  say: (line: string) => void,
): Promise<Dropped[]> {
  const module = path.join(folder, 'samples.ts');
  if (!existsSync(module)) return [];
  const { sampleFiles } = (await import(module)) as { sampleFiles(): SampleFile[] };
  const bucket = cloud.outputs[`Stepwell-${titleOf(pipeline.name)}`]!.LandingBucketName!;
  const s3 = new S3Client({ ...localClientOptions(cloud.endpoint), forcePathStyle: true });
  const dropped: Dropped[] = [];
  for (const { key, body, times, bad } of sampleFiles()) {
    for (let time = 0; time < times; time++) {
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      dropped.push({ pipeline: pipeline.name, key, versionId: VersionId!, bad });
      say(`${pipeline.name}: dropped ${key}${time > 0 ? ' once more' : ''} (${Math.ceil(body.length / 1024)} KB)`);
    }
  }
  s3.destroy();
  return dropped;
}

async function stayUp(cloud: Cloud, summary: Summary, say: (line: string) => void): Promise<void> {
  const bucket = Object.values(cloud.outputs).find((outputs) => outputs.LandingBucketName)?.LandingBucketName;
  say('');
  say('The local cloud stays up; end it with Ctrl-C. In another terminal:');
  say('  npx stepwell drop more.csv --pipeline orders');
  say(`  aws --endpoint-url ${summary.endpoint} s3 cp more.csv s3://${bucket}/orders/`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

const secondsSince = (began: number): string => ((Date.now() - began) / 1000).toFixed(1);
