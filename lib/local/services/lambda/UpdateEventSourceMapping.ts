import type { EventSourceMappingConfiguration, UpdateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { OperationOf } from '../stateful';
import { mappingFrom, mappingOf, mappingOutput, onMapping, refuseUnreadable } from './mapping-input';
import { checkFunctionName, functionArn } from './names';
import type { LambdaState } from './state';

export const UpdateEventSourceMapping: OperationOf<
  LambdaState,
  UpdateEventSourceMappingRequest,
  EventSourceMappingConfiguration
> = (state) => ({
  authorize: ({ UUID }, { cloud }) => onMapping('UpdateEventSourceMapping', UUID, cloud),
  async handle(input, { cloud }) {
    const { mappings, versions } = state();
    const { qualifier, ...before } = mappingOf(state(), input.UUID);
    const asked =
      input.FunctionName === undefined
        ? { name: before.functionName, ...(qualifier === undefined ? {} : { qualifier }) }
        : checkFunctionName(input.FunctionName);
    const record = versions.resolve(asked);
    const mapping = mappingFrom(
      input,
      {
        ...before,
        functionName: asked.name,
        ...(asked.qualifier === undefined ? {} : { qualifier: asked.qualifier }),
        functionArn: functionArn(cloud, asked),
      },
      cloud,
    );
    await refuseUnreadable(record, mapping.eventSourceArn, state());
    await mappings.put(mapping);
    const change = mapping.enabled === before.enabled ? 'Updating' : mapping.enabled ? 'Enabling' : 'Disabling';
    return mappingOutput(cloud, mapping, change);
  },
});
