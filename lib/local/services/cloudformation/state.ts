/** What the local cloud has deployed, for those who ask by CloudFormation's API. Deploying itself is the cloud's, at its start. */
import type { Stack, StackResource } from '@aws-sdk/client-cloudformation';
import { type AccessRequest, AwsError, type CallContext } from '../../service';
import type { StackState } from '../../template';

export interface Stacks {
  all(): readonly StackState[];
  template(stackName: string): string | undefined;
}

/** By name or by id. */
export function findStack(stacks: Stacks, nameOrId: string | undefined): StackState {
  const found = stacks.all().find(({ stackName, stackId }) => stackName === nameOrId || stackId === nameOrId);
  if (found !== undefined) return found;
  throw new AwsError('ValidationError', `Stack with id ${nameOrId} does not exist`);
}

export function onStack(
  action: string,
  nameOrId: string | undefined,
  { cloud }: CallContext,
): readonly AccessRequest[] {
  const name = nameOrId?.startsWith('arn:') ? nameOrId : undefined;
  const resource = name ?? `arn:aws:cloudformation:${cloud.region}:${cloud.account}:stack/${nameOrId ?? '*'}/*`;
  return [{ action: `cloudformation:${action}`, resource }];
}

export function describeStack(state: StackState): Stack {
  return {
    StackName: state.stackName,
    StackId: state.stackId,
    CreationTime: new Date(state.createdAt),
    LastUpdatedTime: new Date(state.updatedAt),
    StackStatus: state.status as Stack['StackStatus'] & string,
    Outputs: Object.entries(state.outputs).map(([OutputKey, { value, description, exportName }]) => ({
      OutputKey,
      OutputValue: String(value),
      ...(description === undefined ? {} : { Description: description }),
      ...(exportName === undefined ? {} : { ExportName: exportName }),
    })),
  };
}

export function describeResources(state: StackState): StackResource[] {
  return Object.entries(state.resources).map(([LogicalResourceId, { type, physicalId }]) => ({
    StackName: state.stackName,
    StackId: state.stackId,
    LogicalResourceId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    Timestamp: new Date(state.updatedAt),
    ResourceStatus: 'CREATE_COMPLETE',
  }));
}
