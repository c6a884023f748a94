import type {
  DescribeStackResourceInput,
  DescribeStackResourceOutput,
  DescribeStackResourcesInput,
  DescribeStackResourcesOutput,
  ListStackResourcesInput,
  ListStackResourcesOutput,
} from '@aws-sdk/client-cloudformation';
import { AwsError, type Operation } from '../../service';
import { describeResources, findStack, onStack, type Stacks } from './state';

/** By stack, by logical id, or by the physical id that one of the stacks owns. */
export const describeStackResources = (
  stacks: Stacks,
): Operation<DescribeStackResourcesInput, DescribeStackResourcesOutput> => ({
  authorize: ({ StackName }, context) => onStack('DescribeStackResources', StackName, context),
  async handle({ StackName, LogicalResourceId, PhysicalResourceId }) {
    const owner = stacks
      .all()
      .find(({ resources }) => Object.values(resources).some(({ physicalId }) => physicalId === PhysicalResourceId));
    const all = describeResources(findStack(stacks, StackName ?? owner?.stackName));
    return {
      StackResources: all.filter(
        (resource) => LogicalResourceId === undefined || resource.LogicalResourceId === LogicalResourceId,
      ),
    };
  },
});

export const describeStackResource = (
  stacks: Stacks,
): Operation<DescribeStackResourceInput, DescribeStackResourceOutput> => ({
  authorize: ({ StackName }, context) => onStack('DescribeStackResource', StackName, context),
  async handle({ StackName, LogicalResourceId }) {
    const found = describeResources(findStack(stacks, StackName)).find(
      (resource) => resource.LogicalResourceId === LogicalResourceId,
    );
    if (found === undefined)
      throw new AwsError('ValidationError', `Resource ${LogicalResourceId} does not exist for stack ${StackName}`);
    return { StackResourceDetail: { ...found, LastUpdatedTimestamp: found.Timestamp } };
  },
});

export const listStackResources = (stacks: Stacks): Operation<ListStackResourcesInput, ListStackResourcesOutput> => ({
  authorize: ({ StackName }, context) => onStack('ListStackResources', StackName, context),
  handle: async ({ StackName }) => ({
    StackResourceSummaries: describeResources(findStack(stacks, StackName)).map(
      ({ StackName: _, StackId: __, Timestamp, ...summary }) => ({ ...summary, LastUpdatedTimestamp: Timestamp }),
    ),
  }),
});
