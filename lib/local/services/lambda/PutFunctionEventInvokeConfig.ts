import type { FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import type { AsyncConfig, FunctionRecord, LambdaState } from './state';

export const PutFunctionEventInvokeConfig: OperationOf<
  LambdaState,
  PutFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig
> = (state) => ({
  authorize: (input, context) =>
    onFunction('PutFunctionEventInvokeConfig', input.FunctionName as string, context, input.Qualifier),
  async handle(input, { cloud }) {
    const record = state().function(input.FunctionName as string);
    const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
    const asynchronous: AsyncConfig = {
      lastModified: cloud.clock.now(),
      ...(input.MaximumRetryAttempts === undefined ? {} : { maxRetries: input.MaximumRetryAttempts }),
      ...(input.MaximumEventAgeInSeconds === undefined ? {} : { maxAgeSeconds: input.MaximumEventAgeInSeconds }),
      ...(OnSuccess?.Destination === undefined ? {} : { onSuccessArn: OnSuccess.Destination }),
      ...(OnFailure?.Destination === undefined ? {} : { onFailureArn: OnFailure.Destination }),
    };
    const updated = { ...record, asynchronous };
    await state().functions.set(record.name, updated);
    return eventInvokeConfigOf(updated, asynchronous);
  },
});

export function eventInvokeConfigOf(record: FunctionRecord, config: AsyncConfig): FunctionEventInvokeConfig {
  return {
    FunctionArn: `${record.arn}:$LATEST`,
    LastModified: new Date(config.lastModified),
    ...(config.maxRetries === undefined ? {} : { MaximumRetryAttempts: config.maxRetries }),
    ...(config.maxAgeSeconds === undefined ? {} : { MaximumEventAgeInSeconds: config.maxAgeSeconds }),
    DestinationConfig: {
      OnSuccess: config.onSuccessArn === undefined ? {} : { Destination: config.onSuccessArn },
      OnFailure: config.onFailureArn === undefined ? {} : { Destination: config.onFailureArn },
    },
  };
}
