/** What a job is billed for, noted for the run's record; and whose job it is. */
import { type EMRServerlessClient, GetJobRunCommand, type JobRun } from '@aws-sdk/client-emr-serverless';
import type { SparkHours } from '../../lib/tasks/usage';
import { noteSpark } from '../shared/usage';

export async function jobUsage(client: EMRServerlessClient, applicationId: string, jobRunId: string) {
  const { jobRun } = await client.send(new GetJobRunCommand({ applicationId, jobRunId }));
  const { runId, hours } = usageOf(jobRun!);
  noteSpark(jobRunId, hours);
  return { runId, state: jobRun?.state, seconds: jobRun?.totalExecutionDurationSeconds ?? 0, ...hours };
}

type Told = Partial<Pick<JobRun, 'configurationOverrides' | 'totalResourceUtilization' | 'billedResourceUtilization'>>;

/** What is billed is told some time after the end; what was used, at once, and with it the disk that each worker has for nothing. */
export function usageOf({
  configurationOverrides,
  totalResourceUtilization,
  billedResourceUtilization: billed,
}: Told): {
  /** undefined: of a job that no run has started */
  readonly runId: string | undefined;
  readonly hours: SparkHours;
} {
  const { vCPUHour = 0, memoryGBHour = 0 } = billed ?? totalResourceUtilization ?? {};
  // The streams of its log begin with its run: `<run>/<model>`.
  const logs = configurationOverrides?.monitoringConfiguration?.cloudWatchLoggingConfiguration;
  const [, runId] = /^([^/]+)\//.exec(logs?.logStreamNamePrefix ?? '') ?? [];
  return {
    runId,
    hours: { vcpuHours: vCPUHour, memoryGbHours: memoryGBHour, storageGbHours: billed?.storageGBHour ?? 0 },
  };
}
