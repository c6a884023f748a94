import type { GetPolicyRequest, GetPolicyResponse } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';

export const GetPolicy: OperationOf<LambdaState, GetPolicyRequest, GetPolicyResponse> = (state) => ({
  authorize: (input, context) => onFunction('GetPolicy', input.FunctionName as string, context, input.Qualifier),
  async handle(input) {
    const record = state().function(input.FunctionName as string);
    if (record.permissions.length === 0)
      throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404, {
        Type: 'User',
      });
    const policy = { Version: '2012-10-17', Id: 'default', Statement: record.permissions };
    return { Policy: JSON.stringify(policy), RevisionId: record.revision };
  },
});
