import type { TagResourceRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import type { LambdaState } from './state';

export const TagResource: OperationOf<LambdaState, TagResourceRequest, Record<string, never>> = (state) => ({
  authorize: (input) => [{ action: 'lambda:TagResource', resource: input.Resource as string }],
  async handle(input) {
    const record = state().function(input.Resource as string);
    await state().functions.set(record.name, { ...record, tags: { ...record.tags, ...input.Tags } });
    return {};
  },
});
