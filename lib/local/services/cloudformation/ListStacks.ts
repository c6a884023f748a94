import type { ListStacksInput, ListStacksOutput } from '@aws-sdk/client-cloudformation';
import type { Operation } from '../../service';
import { describeStack, type Stacks } from './state';

export const listStacks = (stacks: Stacks): Operation<ListStacksInput, ListStacksOutput> => ({
  authorize: () => [{ action: 'cloudformation:ListStacks', resource: '*' }],
  async handle({ StackStatusFilter }) {
    const all = stacks.all().map(describeStack);
    const wanted = StackStatusFilter?.length
      ? all.filter(({ StackStatus }) => StackStatusFilter.includes(StackStatus!))
      : all;
    return { StackSummaries: wanted.map(({ Outputs: _, ...summary }) => summary) };
  },
});
