import type { ListTagsRequest, ListTagsResponse } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import type { LambdaState } from './state';

export const ListTags: OperationOf<LambdaState, ListTagsRequest, ListTagsResponse> = (state) => ({
  authorize: (input) => [{ action: 'lambda:ListTags', resource: input.Resource as string }],
  handle: async (input) => ({ Tags: { ...state().function(input.Resource as string).tags } }),
});
