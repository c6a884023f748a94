import type { GetAccountSettingsRequest, GetAccountSettingsResponse } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { ACCOUNT_CONCURRENCY, unreserved } from './concurrency';
import type { LambdaState } from './state';

const GB = 1024 ** 3;
const MB = 1024 ** 2;

export const GetAccountSettings: OperationOf<LambdaState, GetAccountSettingsRequest, GetAccountSettingsResponse> = (
  state,
) => ({
  authorize: () => [{ action: 'lambda:GetAccountSettings', resource: '*' }],
  async handle() {
    const functions = [...state().functions.values()];
    return {
      AccountLimit: {
        TotalCodeSize: 75 * GB,
        CodeSizeUnzipped: 250 * MB,
        CodeSizeZipped: 50 * MB,
        ConcurrentExecutions: ACCOUNT_CONCURRENCY,
        UnreservedConcurrentExecutions: unreserved(functions),
      },
      AccountUsage: { TotalCodeSize: 0, FunctionCount: functions.length },
    };
  },
});
