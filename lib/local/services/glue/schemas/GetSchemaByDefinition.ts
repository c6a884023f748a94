import type { GetSchemaByDefinitionCommandInput, GetSchemaByDefinitionCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../../service';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { onSchema } from './describe';
import { assertDefinition, isSameDefinition } from './evolve';

type Output = Omit<GetSchemaByDefinitionCommandOutput, '$metadata'>;

export const GetSchemaByDefinition: OperationOf<GlueState, GetSchemaByDefinitionCommandInput, Output> = (state) => ({
  authorize: ({ SchemaId }, { cloud }) => onSchema('GetSchemaByDefinition', SchemaId, cloud),

  async handle({ SchemaId, SchemaDefinition }) {
    const definition = assertDefinition('JSON', SchemaDefinition);
    const schema = state().schemas.schema(SchemaId);
    const found = schema.versions.find((version) => isSameDefinition(version.definition, definition));
    if (found === undefined)
      throw new AwsError('EntityNotFoundException', `Schema version is not found. SchemaName: ${schema.name}`);
    return {
      SchemaVersionId: found.id,
      SchemaArn: schema.arn,
      DataFormat: 'JSON',
      Status: found.status,
      CreatedTime: new Date(found.createdAt).toISOString(),
    };
  },
});
