import type { EventSourceMappingConfiguration, GetEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { mappingOf, mappingOutput, onMapping } from './mapping-input';
import type { LambdaState } from './state';

export const GetEventSourceMapping: OperationOf<
  LambdaState,
  GetEventSourceMappingRequest,
  EventSourceMappingConfiguration
> = (state) => ({
  authorize: ({ UUID }, { cloud }) => onMapping('GetEventSourceMapping', UUID, cloud),
  handle: async ({ UUID }, { cloud }) => mappingOutput(cloud, mappingOf(state(), UUID)),
});
