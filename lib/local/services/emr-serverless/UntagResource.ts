import type { UntagResourceCommandInput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import { access } from './access';
import type { EmrServerlessState } from './state';
import { tagged } from './tagged';

export const UntagResource: OperationOf<EmrServerlessState, UntagResourceCommandInput> = (state) => ({
  authorize: ({ resourceArn = '' }) => [access('UntagResource', resourceArn)],

  async handle({ resourceArn, tagKeys }) {
    const resource = tagged(state(), resourceArn);
    await resource.set(withoutTags(resource.tags, tagKeys));
    return {};
  },
});
