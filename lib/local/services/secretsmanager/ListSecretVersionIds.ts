import type {
  ListSecretVersionIdsCommandInput,
  ListSecretVersionIdsCommandOutput,
} from '@aws-sdk/client-secrets-manager';
import { type OperationOf, page, requireMembers } from '../stateful';
import { accessTo, type SecretsState } from './state';

type Output = Omit<ListSecretVersionIdsCommandOutput, '$metadata'>;

/** Versions without a stage are removed at once here, so there are none to include. */
export const ListSecretVersionIds: OperationOf<SecretsState, ListSecretVersionIdsCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('ListSecretVersionIds', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const secret = state().get(input.SecretId);
    const { items, nextToken } = page(secret.versions, input.MaxResults ?? 100, input.NextToken);
    return {
      ARN: secret.arn,
      Name: secret.name,
      Versions: items.map(({ id, stages, createdAt }) => ({
        VersionId: id,
        VersionStages: [...stages],
        CreatedDate: new Date(createdAt),
      })),
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});
