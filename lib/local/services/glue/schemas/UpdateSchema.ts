import type { UpdateSchemaCommandInput, UpdateSchemaCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../../service';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { onSchema } from './describe';
import { latestOf } from './registry';

type Output = Omit<UpdateSchemaCommandOutput, '$metadata'>;

export const UpdateSchema: OperationOf<GlueState, UpdateSchemaCommandInput, Output> = (state) => ({
  authorize: ({ SchemaId }, { cloud }) => onSchema('UpdateSchema', SchemaId, cloud),

  async handle({ SchemaId, SchemaVersionNumber, Compatibility, Description }, { cloud }) {
    const { schema: find, put } = state().schemas;
    const schema = find(SchemaId);
    const { LatestVersion, VersionNumber } = SchemaVersionNumber ?? {};
    const checkpoint = LatestVersion ? latestOf(schema) : VersionNumber;
    if (Compatibility !== undefined && checkpoint === undefined)
      throw new AwsError('InvalidInputException', 'SchemaVersionNumber is required when Compatibility is given.');
    if (checkpoint !== undefined && !schema.versions.some(({ number }) => number === checkpoint))
      throw new AwsError('EntityNotFoundException', `Schema version ${checkpoint} is not found.`);
    await put({
      ...schema,
      ...(Compatibility === undefined ? {} : { compatibility: Compatibility }),
      ...(Description === undefined ? {} : { description: Description }),
      checkpoint: checkpoint ?? schema.checkpoint,
      updatedAt: cloud.clock.now(),
    });
    return { SchemaArn: schema.arn, SchemaName: schema.name, RegistryName: schema.registry };
  },
});
