import { DescribeExecutionCommand, ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { type Progress, sentence } from './history';
import type { RateLimiter } from './rate-limit';

const TOO_MANY_CHILDREN_FAILED = 'States.ExceedToleratedFailureThreshold';

/** With the error of a child, where Step Functions says only that too many of a Map's children have failed. */
export async function withChildFailure(client: SFNClient, progress: Progress, limit: RateLimiter): Promise<Progress> {
  if (progress.error?.name !== TOO_MANY_CHILDREN_FAILED) return progress;
  for (const { arn: mapRunArn } of [...progress.mapRuns].reverse()) {
    const list = new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: 1000 });
    const { executions = [] } = await limit(() => client.send(list));
    const executionArn = executions.at(-1)?.executionArn;
    if (executionArn === undefined) continue;
    const { error, cause } = await limit(() => client.send(new DescribeExecutionCommand({ executionArn })));
    if (error !== undefined) return { ...progress, error: { name: error, cause: sentence(cause) } };
  }
  return progress;
}
