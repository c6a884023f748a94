import type { ListEventSourceMappingsRequest, ListEventSourceMappingsResponse } from '@aws-sdk/client-lambda';
import { type OperationOf, page } from '../stateful';
import { mappingOutput, onMapping } from './mapping-input';
import { checkFunctionName, functionArn } from './names';
import type { LambdaState } from './state';

export const ListEventSourceMappings: OperationOf<
  LambdaState,
  ListEventSourceMappingsRequest,
  ListEventSourceMappingsResponse
> = (state) => ({
  authorize: (_, { cloud }) => onMapping('ListEventSourceMappings', undefined, cloud),
  async handle({ FunctionName, EventSourceArn, MaxItems, Marker }, { cloud }) {
    const arn = FunctionName === undefined ? undefined : functionArn(cloud, checkFunctionName(FunctionName));
    const all = [...state().mappings.table.values()].filter(
      (one) =>
        (arn === undefined || one.functionArn === arn) &&
        (EventSourceArn === undefined || one.eventSourceArn === EventSourceArn),
    );
    const { items, nextToken } = page(all, Math.min(MaxItems ?? 100, 100), Marker);
    return {
      EventSourceMappings: items.map((mapping) => mappingOutput(cloud, mapping)),
      ...(nextToken === undefined ? {} : { NextMarker: nextToken }),
    };
  },
});
