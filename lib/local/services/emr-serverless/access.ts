import type { AccessRequest, CloudContext } from '../../service';
import { applicationArn, jobArn } from './record';

export const access = (operation: string, resource: string): AccessRequest => ({
  action: `emr-serverless:${operation}`,
  resource,
});

export const ofApplication = (operation: string, cloud: CloudContext, id: string | undefined): AccessRequest[] => [
  access(operation, applicationArn(cloud, id)),
];

export const ofJob = (
  operation: string,
  cloud: CloudContext,
  { applicationId, jobRunId }: { readonly applicationId: string | undefined; readonly jobRunId: string | undefined },
): AccessRequest[] => [access(operation, jobArn(cloud, applicationId, jobRunId))];
