import type { ListSchemasCommandInput, ListSchemasCommandOutput } from '@aws-sdk/client-glue';
import { type OperationOf, page } from '../../stateful';
import type { GlueState } from '../state';
import { listedSchema, onRegistry } from './describe';

type Output = Omit<ListSchemasCommandOutput, '$metadata'>;

const DEFAULT_LIMIT = 25;

export const ListSchemas: OperationOf<GlueState, ListSchemasCommandInput, Output> = (state) => ({
  authorize: ({ RegistryId }, { cloud }) =>
    RegistryId === undefined
      ? [{ action: 'glue:ListSchemas', resource: '*' }]
      : onRegistry('ListSchemas', RegistryId, cloud),

  async handle({ RegistryId, MaxResults = DEFAULT_LIMIT, NextToken }) {
    const { schemas, schemasOf, registry } = state().schemas;
    const all = RegistryId === undefined ? [...schemas.values()] : schemasOf((await registry(RegistryId)).name);
    const { items, nextToken } = page(all, MaxResults, NextToken);
    return { Schemas: items.map(listedSchema), ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
  },
});
