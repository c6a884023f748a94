import type { GetFunctionRequest, GetFunctionResponse } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { configurationOf } from './configuration';
import { checkFunctionName } from './names';
import type { LambdaState } from './state';

export const GetFunction: OperationOf<LambdaState, GetFunctionRequest, GetFunctionResponse> = (state) => ({
  authorize: (input, context) => onFunction('GetFunction', input.FunctionName as string, context, input.Qualifier),
  async handle(input) {
    const record = state().versions.resolve(checkFunctionName(input.FunctionName as string, input.Qualifier));
    const { reservedConcurrency } = record;
    return {
      Configuration: configurationOf(record),
      Code: { RepositoryType: 'S3' },
      ...(record.tags === undefined || Object.keys(record.tags).length === 0 ? {} : { Tags: { ...record.tags } }),
      ...(reservedConcurrency === undefined
        ? {}
        : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
    };
  },
});
