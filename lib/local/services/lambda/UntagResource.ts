import type { UntagResourceRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import type { LambdaState } from './state';

export const UntagResource: OperationOf<LambdaState, UntagResourceRequest, Record<string, never>> = (state) => ({
  authorize: (input) => [{ action: 'lambda:UntagResource', resource: input.Resource as string }],
  async handle(input) {
    const record = state().function(input.Resource as string);
    const gone = new Set(input.TagKeys);
    const tags = Object.fromEntries(Object.entries(record.tags ?? {}).filter(([key]) => !gone.has(key)));
    await state().functions.set(record.name, { ...record, tags });
    return {};
  },
});
