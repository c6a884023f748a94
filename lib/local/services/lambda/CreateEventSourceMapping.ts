import { randomUUID } from 'node:crypto';
import type { CreateEventSourceMappingRequest, EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { mappingFrom, mappingOutput, onMapping, refuseUnreadable } from './mapping-input';
import { checkFunctionName, functionArn } from './names';
import type { LambdaState } from './state';
import { isStream, STREAM_BATCH } from './streams/settings';

export const CreateEventSourceMapping: OperationOf<
  LambdaState,
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration
> = (state) => ({
  authorize: (_, { cloud }) => onMapping('CreateEventSourceMapping', undefined, cloud),
  async handle(input, { cloud }) {
    const { mappings, versions } = state();
    const asked = checkFunctionName(input.FunctionName as string);
    const record = versions.resolve(asked);
    const eventSourceArn = input.EventSourceArn ?? '';
    const arn = functionArn(cloud, asked);
    const same = [...mappings.table.values()].find(
      (one) => one.functionArn === arn && one.eventSourceArn === eventSourceArn,
    );
    if (same !== undefined)
      throw new AwsError(
        'ResourceConflictException',
        `An event source mapping with ${isStream(eventSourceArn) ? 'Kinesis' : 'SQS'} arn (" ${eventSourceArn} ") and function (" ${record.name} ") already exists. Please update or delete the existing mapping with UUID ${same.uuid}`,
        409,
        { Type: 'User' },
      );
    const mapping = mappingFrom(
      input,
      {
        uuid: randomUUID(),
        functionName: asked.name,
        ...(asked.qualifier === undefined ? {} : { qualifier: asked.qualifier }),
        functionArn: arn,
        eventSourceArn,
        enabled: true,
        batchSize: isStream(eventSourceArn) ? STREAM_BATCH : 10,
        windowSeconds: 0,
        filters: [],
        reportsItemFailures: false,
      },
      cloud,
    );
    await refuseUnreadable(record, eventSourceArn, state());
    await mappings.put(mapping);
    return mappingOutput(cloud, mapping, 'Creating');
  },
});
