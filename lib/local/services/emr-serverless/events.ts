/** What EventBridge hears of applications and job runs: https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/using-eventbridge.html */
import type { JobRunState } from '@aws-sdk/client-emr-serverless';
import type { CloudContext } from '../../service';
import { type ApplicationRecord, EMR_PRINCIPAL, type JobRecord } from './record';

export const stateChange = {
  application(cloud: CloudContext, { id, arn, input, state, createdAt, updatedAt }: ApplicationRecord): void {
    const detail = {
      applicationId: id,
      applicationName: input.name,
      arn,
      releaseLabel: input.releaseLabel,
      state,
      type: 'SPARK',
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
      autoStartConfig: { enabled: input.autoStartConfiguration?.enabled ?? true },
      autoStopConfig: {
        enabled: input.autoStopConfiguration?.enabled ?? true,
        idleTimeout: input.autoStopConfiguration?.idleTimeoutMinutes ?? 15,
      },
    };
    tell(cloud, 'EMR Serverless Application State Change', detail);
  },
  job(cloud: CloudContext, job: JobRecord, previousState: JobRunState): void {
    const detail = {
      jobRunId: job.id,
      applicationId: job.applicationId,
      arn: job.arn,
      releaseLabel: job.releaseLabel,
      state: job.state,
      previousState,
      createdBy: job.createdBy,
      createdAt: new Date(job.createdAt).toISOString(),
      updatedAt: new Date(job.updatedAt).toISOString(),
    };
    tell(cloud, 'EMR Serverless Job Run State Change', detail);
  },
};

/** Best effort, as AWS's. */
function tell(cloud: CloudContext, DetailType: string, detail: object): void {
  const Entries = [{ Source: 'aws.emr-serverless', DetailType, Detail: JSON.stringify(detail), Resources: [] }];
  cloud
    .call({ kind: 'service', service: EMR_PRINCIPAL }, 'events', 'PutEvents', { Entries })
    .catch((error) => cloud.log(`emr-serverless: an event was lost: ${(error as Error).message}`));
}
