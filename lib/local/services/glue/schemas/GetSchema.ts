import type { GetSchemaCommandInput, GetSchemaCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { describeSchema, onSchema } from './describe';

type Output = Omit<GetSchemaCommandOutput, '$metadata'>;

export const GetSchema: OperationOf<GlueState, GetSchemaCommandInput, Output> = (state) => ({
  authorize: ({ SchemaId }, { cloud }) => onSchema('GetSchema', SchemaId, cloud),

  async handle({ SchemaId }, { cloud }) {
    return describeSchema(state().schemas.schema(SchemaId), cloud);
  },
});
