import type { ListVersionsByFunctionRequest, ListVersionsByFunctionResponse } from '@aws-sdk/client-lambda';
import { type OperationOf, page } from '../stateful';
import { onFunction } from './access';
import { configurationOf } from './configuration';
import { functionArn, LATEST } from './names';
import type { LambdaState } from './state';

export const ListVersionsByFunction: OperationOf<
  LambdaState,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse
> = (state) => ({
  authorize: (input, context) => onFunction('ListVersionsByFunction', input.FunctionName as string, context),
  async handle(input, { cloud }) {
    const { name } = state().function(input.FunctionName as string);
    const { items, nextToken } = page(state().versions.of(name), Math.min(input.MaxItems ?? 50, 50), input.Marker);
    return {
      Versions: items.map((record) => ({
        ...configurationOf(record),
        FunctionArn: functionArn(cloud, { name, qualifier: record.version ?? LATEST }),
      })),
      ...(nextToken === undefined ? {} : { NextMarker: nextToken }),
    };
  },
});
