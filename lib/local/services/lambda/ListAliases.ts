import type { ListAliasesRequest, ListAliasesResponse } from '@aws-sdk/client-lambda';
import { type OperationOf, page } from '../stateful';
import { onFunction } from './access';
import type { LambdaState } from './state';
import { aliasOutput } from './versions';

export const ListAliases: OperationOf<LambdaState, ListAliasesRequest, ListAliasesResponse> = (state) => ({
  authorize: (input, context) => onFunction('ListAliases', input.FunctionName as string, context),
  async handle(input, { cloud }) {
    const { name } = state().function(input.FunctionName as string);
    const all = state()
      .versions.aliases(name)
      .filter(({ version }) => input.FunctionVersion === undefined || version === input.FunctionVersion);
    const { items, nextToken } = page(all, Math.min(input.MaxItems ?? 50, 50), input.Marker);
    return {
      Aliases: items.map((alias) => aliasOutput(cloud, alias)),
      ...(nextToken === undefined ? {} : { NextMarker: nextToken }),
    };
  },
});
