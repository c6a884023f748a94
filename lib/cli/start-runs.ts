/** What `npm start` sets going, for all pipelines before any is followed: so they run side by side. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, type Deployed, pipelineNamed } from '../operate/connection';
import { Interrupted } from '../operate/errors';
import { runningRuns, type Wanted } from '../operate/follow';
import { intervalText } from '../operate/intervals';
import type { PipelineFolder } from '../operate/pipelines';
import { startRun } from '../operate/start-run';
import { plural } from '../operate/text';
import { intervalAt } from '../tasks/fires';
import { putRecordsOf } from './sample-records';
import { readsRealServices, type SampleSecret } from './sample-services';
import { type Dropped, dropFiles, hasSamplesToPut, putOnce, sampleFilesOf } from './samples';
import type { Stages } from './stages';
import type { Expected } from './summary';

export interface StartServices {
  readonly client: Connection['client'];
  readonly stages: Stages;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
  readonly signal: AbortSignal;
  /** of sample servers, and real ones, that this start has set */
  readonly secrets: readonly SampleSecret[];
}

export type StartedRun = Expected & { readonly wanted: Wanted };

export async function startRuns(
  folders: readonly PipelineFolder[],
  stacks: Deployed,
  services: StartServices,
): Promise<StartedRun[]> {
  const withFiles = await Promise.all(folders.map(hasSamplesToPut));
  // A run that wants no files goes on while those of the others are dropped.
  const inTurn = [
    ...folders.filter((_, index) => !withFiles[index]),
    ...folders.filter((_, index) => withFiles[index]),
  ];
  const started: StartedRun[] = [];
  for (const one of inTurn) started.push(...(await startRunsOf(one, stacks, services)));
  return started;
}

async function startRunsOf(one: PipelineFolder, stacks: Deployed, services: StartServices): Promise<StartedRun[]> {
  const { stages, s3, stepFunctions, signal, secrets } = services;
  const { name, trigger } = one.pipeline;
  if (one.pipeline.stream) return putRecordsOf(one, stacks, services);
  const at = pipelineNamed(stacks, name);
  const schedule = trigger.kind === 'cron' ? trigger : undefined;
  // Those that an earlier start was stopped in the middle of: what they load is a duplicate until they fail.
  const goingOn = await runningRuns(stepFunctions, at, schedule);
  const now = new Date();
  const interval = schedule && intervalAt(schedule, now);
  const files = readsRealServices(one, secrets) ? [] : await sampleFilesOf(one, interval);
  let dropped: Dropped[] = [];
  if (files.length > 0 && schedule) {
    await stages.run(`${name}: dropping sample files`, async () => {
      const { length } = await putOnce(files, at.landingBucket, s3, signal);
      const there = length < files.length ? `, ${files.length - length} were there` : '';
      return {
        title: `${name}: ${plural(length, 'sample file')} dropped into s3://${at.landingBucket}${there}`,
        value: undefined,
      };
    });
  } else if (files.length > 0) {
    dropped = await stages.run(`${name}: dropping sample files`, async () => {
      const value = await dropFiles(files, at.landingBucket, s3, signal);
      return { title: `${name}: ${plural(value.length, 'sample file')} dropped into s3://${at.landingBucket}`, value };
    });
  }
  const before = goingOn.map((wanted) => ({ pipeline: name, wanted }));
  if (schedule === undefined) {
    const { stateMachineArn } = at;
    return [
      ...before,
      // What is gathered starts runs of many, in its time: nobody waits for them.
      ...(at.gatherFunctionArn ? [] : dropped).map((file) => ({
        pipeline: name,
        dropped: file,
        wanted: { key: file.key, versionId: file.versionId, stateMachineArn },
      })),
    ];
  }
  if (signal.aborted) throw new Interrupted();
  const run = await stages.run(`${name}: starting the run of the latest interval`, async () => {
    // The schedule may fire while files are dropped: the run is of the interval that they are for.
    const value = await startRun(stepFunctions, at, { schedule: { time: now.toISOString() } }, () => interval);
    return { title: `${name}: started for ${interval ? `${intervalText(interval)} UTC` : 'no interval'}`, value };
  });
  return [...before, { pipeline: name, ...run }];
}
