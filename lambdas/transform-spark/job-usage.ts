/** What a job is billed for, noted for the run's record; and whose job it is. */
import { type EMRServerlessClient, GetJobRunCommand } from '@aws-sdk/client-emr-serverless';
import { noteSpark } from '../shared/usage';

export async function jobUsage(client: EMRServerlessClient, applicationId: string, jobRunId: string) {
  const { jobRun } = await client.send(new GetJobRunCommand({ applicationId, jobRunId }));
  // What is billed is told some time after the end; what was used, at once. The disk that a worker has is not billed.
  const { totalResourceUtilization, billedResourceUtilization: billed } = jobRun ?? {};
  const { vCPUHour = 0, memoryGBHour = 0 } = billed ?? totalResourceUtilization ?? {};
  const used = { vcpuHours: vCPUHour, memoryGbHours: memoryGBHour, storageGbHours: billed?.storageGBHour ?? 0 };
  noteSpark(jobRunId, used);
  // The streams of its log begin with its run: `<run>/<model>`.
  const prefix =
    jobRun?.configurationOverrides?.monitoringConfiguration?.cloudWatchLoggingConfiguration?.logStreamNamePrefix;
  return {
    ...(prefix === undefined ? {} : { runId: prefix.slice(0, prefix.indexOf('/')) }),
    state: jobRun?.state,
    seconds: jobRun?.totalExecutionDurationSeconds ?? 0,
    ...used,
  };
}
