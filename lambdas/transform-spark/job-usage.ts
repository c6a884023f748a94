/** What a job is billed for, noted for the run's record. */
import { type EMRServerlessClient, GetJobRunCommand } from '@aws-sdk/client-emr-serverless';
import { noteSpark } from '../shared/usage';

export async function jobUsage(client: EMRServerlessClient, applicationId: string, jobRunId: string) {
  const { jobRun } = await client.send(new GetJobRunCommand({ applicationId, jobRunId }));
  // What is billed is told some time after the end; what was used, at once.
  const {
    vCPUHour = 0,
    memoryGBHour = 0,
    storageGBHour = 0,
  } = jobRun?.billedResourceUtilization ?? jobRun?.totalResourceUtilization ?? {};
  const used = { vcpuHours: vCPUHour, memoryGbHours: memoryGBHour, storageGbHours: storageGBHour };
  noteSpark(jobRunId, used);
  return { seconds: jobRun?.totalExecutionDurationSeconds ?? 0, ...used };
}
