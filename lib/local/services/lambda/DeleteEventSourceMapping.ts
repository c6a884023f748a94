import type { DeleteEventSourceMappingRequest, EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { mappingOf, mappingOutput, onMapping } from './mapping-input';
import type { LambdaState } from './state';

export const DeleteEventSourceMapping: OperationOf<
  LambdaState,
  DeleteEventSourceMappingRequest,
  EventSourceMappingConfiguration
> = (state) => ({
  authorize: ({ UUID }, { cloud }) => onMapping('DeleteEventSourceMapping', UUID, cloud),
  async handle({ UUID }, { cloud }) {
    const mapping = mappingOf(state(), UUID);
    await state().mappings.remove(mapping.uuid);
    return mappingOutput(cloud, mapping, 'Deleting');
  },
});
