import type { GetTemplateInput, GetTemplateOutput } from '@aws-sdk/client-cloudformation';
import type { Operation } from '../../service';
import { findStack, onStack, type Stacks } from './state';

export const getTemplate = (stacks: Stacks): Operation<GetTemplateInput, GetTemplateOutput> => ({
  authorize: ({ StackName }, context) => onStack('GetTemplate', StackName, context),
  async handle({ StackName }) {
    const { stackName } = findStack(stacks, StackName);
    return { TemplateBody: stacks.template(stackName) ?? '{}', StagesAvailable: ['Original', 'Processed'] };
  },
});
