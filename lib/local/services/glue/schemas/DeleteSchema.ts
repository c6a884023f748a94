import type { DeleteSchemaCommandInput, DeleteSchemaCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { onSchema } from './describe';

type Output = Omit<DeleteSchemaCommandOutput, '$metadata'>;

export const DeleteSchema: OperationOf<GlueState, DeleteSchemaCommandInput, Output> = (state) => ({
  authorize: ({ SchemaId }, { cloud }) => onSchema('DeleteSchema', SchemaId, cloud),

  async handle({ SchemaId }) {
    const { schema: find, remove } = state().schemas;
    const schema = find(SchemaId);
    await remove(schema);
    return { SchemaArn: schema.arn, SchemaName: schema.name, Status: 'DELETING' };
  },
});
