/** Lineage as it lies in the work bucket. */
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Cloud } from '../../lib/local/cloud';
import type { localClientOptions } from '../../lib/operate/local';
import { runEvent } from '../lambdas/lineage/openlineage';

// biome-ignore lint/suspicious/noExplicitAny: the schema has looked at it
export type Event = any;

export interface KeptBatch {
  readonly key: string;
  /** each fits OpenLineage's specification */
  readonly events: readonly Event[];
}

export interface LineageBucket {
  readonly client: ReturnType<typeof localClientOptions>;
  readonly work: string;
}

/** What has been kept under the prefix so far. */
export async function keptUnder(prefix: string, { client, work }: LineageBucket): Promise<KeptBatch[]> {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  try {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: work, Prefix: prefix }));
    return await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: work, Key }));
        const lines = (await Body!.transformToString()).trimEnd().split('\n');
        return { key: Key!, events: lines.map((line) => runEvent.parse(JSON.parse(line)) as Event) };
      }),
    );
  } finally {
    s3.destroy();
  }
}

/** Of a run in a state, once they are there. */
export async function lineageOf(
  run: { readonly pipeline: string; readonly runId: string; readonly state: string; readonly redriveCount?: number },
  bucket: LineageBucket,
): Promise<readonly Event[]> {
  const { pipeline, runId, state, redriveCount = 0 } = run;
  for (;;) {
    const batches = await keptUnder('lineage/events/', bucket);
    const found = batches.find(
      ({ key }) => key.includes(`/${pipeline}/`) && key.endsWith(`-${runId}-${redriveCount}-${state}.ndjson`),
    );
    if (found) return found.events;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Of each run of the pipeline that has ended, as told in context `stepwell:lineage`. */
export async function lineageOfAll(
  pipeline: string,
  { cloud, client }: { readonly cloud: Cloud; readonly client: LineageBucket['client'] },
): Promise<readonly Event[]> {
  const outputs = Object.values(cloud.outputs);
  const work = outputs.find(({ WorkBucketName }) => WorkBucketName)!.WorkBucketName!;
  const machine = outputs.find(({ StateMachineArn }) => StateMachineArn?.endsWith(`:stepwell-${pipeline}`))!;
  const sfn = new SFNClient(client);
  try {
    const { executions = [] } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: machine.StateMachineArn, maxResults: 1000 }),
    );
    const events: Event[] = [];
    for (const { name, status } of executions) {
      if (status === 'RUNNING') continue;
      const state = status!.toLowerCase();
      events.push(...(await lineageOf({ pipeline, runId: name!, state }, { client, work })));
    }
    return events;
  } finally {
    sfn.destroy();
  }
}
