import type { DeleteFunctionRequest } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { checkFunctionName, LATEST } from './names';
import type { LambdaState } from './state';

export const DeleteFunction: OperationOf<LambdaState, DeleteFunctionRequest, Record<string, never>> = (state) => ({
  authorize: (input, context) => onFunction('DeleteFunction', input.FunctionName as string, context, input.Qualifier),
  async handle(input) {
    const { functions, versions, runtime, iam } = state();
    const { name, qualifier } = checkFunctionName(input.FunctionName as string, input.Qualifier);
    const record = state().function(name);
    if (qualifier === LATEST)
      throw new AwsError(
        'InvalidParameterValueException',
        '$LATEST version cannot be deleted without deleting the function.',
        400,
        {
          Type: 'User',
        },
      );
    if (qualifier !== undefined) {
      await versions.remove(name, qualifier);
      return {};
    }
    await functions.delete(record.name);
    await versions.forget(record.name);
    iam.registry.removeResourcePolicy(record.arn, 'permissions');
    runtime.retire(record.name);
    return {};
  },
});
