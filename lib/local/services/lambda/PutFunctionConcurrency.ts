import type { Concurrency, PutFunctionConcurrencyRequest } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { MIN_UNRESERVED, unreserved } from './concurrency';
import type { LambdaState } from './state';

export const PutFunctionConcurrency: OperationOf<LambdaState, PutFunctionConcurrencyRequest, Concurrency> = (
  state,
) => ({
  authorize: (input, context) => onFunction('PutFunctionConcurrency', input.FunctionName as string, context),
  async handle(input) {
    const { functions } = state();
    const record = state().function(input.FunctionName as string);
    const reservedConcurrency = input.ReservedConcurrentExecutions as number;
    if (unreserved(functions.values(), record.name) - reservedConcurrency < MIN_UNRESERVED)
      throw new AwsError(
        'InvalidParameterValueException',
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED}].`,
        400,
        { Type: 'User' },
      );
    await functions.set(record.name, { ...record, reservedConcurrency });
    return { ReservedConcurrentExecutions: reservedConcurrency };
  },
});
