import type { RemovePermissionRequest } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { type LambdaState, registerPermissions } from './state';

export const RemovePermission: OperationOf<LambdaState, RemovePermissionRequest, Record<string, never>> = (state) => ({
  authorize: (input, context) => onFunction('RemovePermission', input.FunctionName as string, context, input.Qualifier),
  async handle(input) {
    const record = state().function(input.FunctionName as string);
    const permissions = record.permissions.filter(({ Sid }) => Sid !== input.StatementId);
    if (permissions.length === record.permissions.length) {
      const message = `Statement ${input.StatementId} is not found in resource policy.`;
      throw new AwsError('ResourceNotFoundException', message, 404, { Type: 'User' });
    }
    const updated = { ...record, permissions };
    await state().functions.set(record.name, updated);
    registerPermissions(state().iam, updated);
    return {};
  },
});
