import type { GetSchemaVersionCommandInput, GetSchemaVersionCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { describeVersion, onSchema } from './describe';

type Output = Omit<GetSchemaVersionCommandOutput, '$metadata'>;

export const GetSchemaVersion: OperationOf<GlueState, GetSchemaVersionCommandInput, Output> = (state) => ({
  // By an id alone it is not known whose version it is.
  authorize: ({ SchemaId }, { cloud }) =>
    SchemaId === undefined
      ? [{ action: 'glue:GetSchemaVersion', resource: '*' }]
      : onSchema('GetSchemaVersion', SchemaId, cloud),

  async handle(input) {
    const { schema, version } = state().schemas.version(input);
    return { ...describeVersion(schema, version), DataFormat: 'JSON', SchemaDefinition: version.definition };
  },
});
