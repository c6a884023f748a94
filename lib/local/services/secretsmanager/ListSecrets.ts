import type { ListSecretsCommandInput, ListSecretsCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, page } from '../stateful';
import { describeSecret } from './describe';
import { filterOf } from './filters';
import { type SecretsState, stagesOf } from './state';

type Output = Omit<ListSecretsCommandOutput, '$metadata'>;

export const ListSecrets: OperationOf<SecretsState, ListSecretsCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'secretsmanager:ListSecrets', resource: '*' }],

  async handle({ MaxResults = 100, NextToken, IncludePlannedDeletion, Filters }) {
    const fits = filterOf(Filters);
    const secrets = [...state().secrets.values()]
      .filter(({ deleteAt }) => IncludePlannedDeletion || deleteAt === undefined)
      .filter(fits)
      .sort((a, b) => a.createdAt - b.createdAt);
    const { items, nextToken } = page(secrets, MaxResults, NextToken);
    const SecretList = items.map((secret) => ({ ...describeSecret(secret), SecretVersionsToStages: stagesOf(secret) }));
    return { SecretList, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
