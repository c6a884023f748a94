import { createReadStream, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { localClientOptions } from './local';
import { pipelineFolders, titleOf } from './pipelines';

/** Puts files where the pipeline's first pattern looks for them. */
export async function drop(files: readonly string[], options: { pipeline: string; stateDir: string }): Promise<void> {
  const found = (await pipelineFolders()).find(({ pipeline }) => pipeline.name === options.pipeline);
  if (!found) throw new Error(`There is no pipeline '${options.pipeline}'.`);
  const endpoint = runningEndpoint(options.stateDir);
  const client = localClientOptions(endpoint);
  const stacks = await new CloudFormationClient(client).send(
    new DescribeStacksCommand({ StackName: `Stepwell-${titleOf(options.pipeline)}` }),
  );
  const bucket = stacks.Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'LandingBucketName')?.OutputValue;
  const folder = found.pipeline.trigger.patterns[0]!.replace(/[^/]*$/, '').replace(/[*?{[].*$/, '');
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  for (const file of files) {
    const key = folder + path.basename(file);
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: createReadStream(file),
        ContentLength: statSync(file).size,
      }),
    );
    console.log(`${file} → s3://${bucket}/${key}`);
  }
}

function runningEndpoint(stateDir: string): string {
  try {
    return (JSON.parse(readFileSync(path.join(stateDir, 'cloud.json'), 'utf8')) as { endpoint: string }).endpoint;
  } catch {
    throw new Error(`No local cloud is running on ${stateDir}. Start it with: npm start`);
  }
}
