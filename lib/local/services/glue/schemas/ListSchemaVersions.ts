import type { ListSchemaVersionsCommandInput, ListSchemaVersionsCommandOutput } from '@aws-sdk/client-glue';
import { type OperationOf, page } from '../../stateful';
import type { GlueState } from '../state';
import { describeVersion, onSchema } from './describe';

type Output = Omit<ListSchemaVersionsCommandOutput, '$metadata'>;

const DEFAULT_LIMIT = 25;

export const ListSchemaVersions: OperationOf<GlueState, ListSchemaVersionsCommandInput, Output> = (state) => ({
  authorize: ({ SchemaId }, { cloud }) => onSchema('ListSchemaVersions', SchemaId, cloud),

  async handle({ SchemaId, MaxResults = DEFAULT_LIMIT, NextToken }) {
    const schema = state().schemas.schema(SchemaId);
    const { items, nextToken } = page([...schema.versions].reverse(), MaxResults, NextToken);
    return {
      Schemas: items.map((version) => describeVersion(schema, version)),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    };
  },
});
