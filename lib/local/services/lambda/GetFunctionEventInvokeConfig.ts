import type { FunctionEventInvokeConfig, GetFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { eventInvokeConfigOf } from './PutFunctionEventInvokeConfig';
import type { LambdaState } from './state';

export const GetFunctionEventInvokeConfig: OperationOf<
  LambdaState,
  GetFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig
> = (state) => ({
  authorize: (input, context) =>
    onFunction('GetFunctionEventInvokeConfig', input.FunctionName as string, context, input.Qualifier),
  async handle(input) {
    const record = state().function(input.FunctionName as string);
    if (record.asynchronous === undefined) {
      const message = `The function ${record.arn}:$LATEST doesn't have an EventInvokeConfig`;
      throw new AwsError('ResourceNotFoundException', message, 404, { Type: 'User' });
    }
    return eventInvokeConfigOf(record, record.asynchronous);
  },
});
