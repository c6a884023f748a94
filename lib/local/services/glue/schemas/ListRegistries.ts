import type { ListRegistriesCommandInput, ListRegistriesCommandOutput } from '@aws-sdk/client-glue';
import { type OperationOf, page } from '../../stateful';
import type { GlueState } from '../state';
import { describeRegistry } from './describe';

type Output = Omit<ListRegistriesCommandOutput, '$metadata'>;

const DEFAULT_LIMIT = 25;

export const ListRegistries: OperationOf<GlueState, ListRegistriesCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'glue:ListRegistries', resource: '*' }],

  async handle({ MaxResults = DEFAULT_LIMIT, NextToken }) {
    const { items, nextToken } = page([...state().schemas.registries.values()], MaxResults, NextToken);
    return { Registries: items.map(describeRegistry), ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
  },
});
