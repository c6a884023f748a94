import type { TagResourceCommandInput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { access } from './access';
import type { EmrServerlessState } from './state';
import { tagged } from './tagged';

export const TagResource: OperationOf<EmrServerlessState, TagResourceCommandInput> = (state) => ({
  authorize: ({ resourceArn = '' }) => [access('TagResource', resourceArn)],

  async handle({ resourceArn, tags }) {
    const resource = tagged(state(), resourceArn);
    await resource.set({ ...resource.tags, ...tags });
    return {};
  },
});
