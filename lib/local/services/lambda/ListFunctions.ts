import type { ListFunctionsRequest, ListFunctionsResponse } from '@aws-sdk/client-lambda';
import { type OperationOf, page } from '../stateful';
import { configurationOf } from './configuration';
import type { LambdaState } from './state';

export const ListFunctions: OperationOf<LambdaState, ListFunctionsRequest, ListFunctionsResponse> = (state) => ({
  authorize: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
  async handle(input) {
    const all = [...state().functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(all, Math.min(input.MaxItems ?? 50, 50), input.Marker);
    return { Functions: items.map(configurationOf), ...(nextToken === undefined ? {} : { NextMarker: nextToken }) };
  },
});
