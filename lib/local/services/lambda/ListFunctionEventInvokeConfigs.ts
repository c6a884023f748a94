import type {
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
} from '@aws-sdk/client-lambda';
import { type OperationOf, page } from '../stateful';
import { onFunction } from './access';
import { eventInvokeConfigOf } from './event-invoke';
import type { AsyncConfig, LambdaState } from './state';

export const ListFunctionEventInvokeConfigs: OperationOf<
  LambdaState,
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse
> = (state) => ({
  authorize: (input, context) => onFunction('ListFunctionEventInvokeConfigs', input.FunctionName as string, context),
  async handle(input, { cloud }) {
    const record = state().function(input.FunctionName as string);
    const all: (readonly [string | undefined, AsyncConfig])[] = [
      ...(record.asynchronous === undefined ? [] : [[undefined, record.asynchronous] as const]),
      ...Object.entries(record.asynchronousOf ?? {}),
    ];
    const { items, nextToken } = page(all, Math.min(input.MaxItems ?? 50, 50), input.Marker);
    return {
      FunctionEventInvokeConfigs: items.map(([qualifier, config]) =>
        eventInvokeConfigOf(cloud, record, qualifier, config),
      ),
      ...(nextToken === undefined ? {} : { NextMarker: nextToken }),
    };
  },
});
