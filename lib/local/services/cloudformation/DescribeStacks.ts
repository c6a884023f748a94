import type { DescribeStacksInput, DescribeStacksOutput } from '@aws-sdk/client-cloudformation';
import type { Operation } from '../../service';
import { describeStack, findStack, onStack, type Stacks } from './state';

export const describeStacks = (stacks: Stacks): Operation<DescribeStacksInput, DescribeStacksOutput> => ({
  authorize: ({ StackName }, context) => onStack('DescribeStacks', StackName, context),
  handle: async ({ StackName }) => ({
    Stacks: (StackName === undefined ? stacks.all() : [findStack(stacks, StackName)]).map(describeStack),
  }),
});
