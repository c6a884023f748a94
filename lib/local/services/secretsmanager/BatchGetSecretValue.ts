import type {
  BatchGetSecretValueCommandInput,
  BatchGetSecretValueCommandOutput,
  SecretValueEntry,
} from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import { type OperationOf, page } from '../stateful';
import { filterOf } from './filters';
import type { SecretsState } from './state';

type Output = Omit<BatchGetSecretValueCommandOutput, '$metadata'>;

const MAX_SECRETS = 20;

/** Each value is asked for as its own GetSecretValue, by the same caller. */
export const BatchGetSecretValue: OperationOf<SecretsState, BatchGetSecretValueCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'secretsmanager:BatchGetSecretValue', resource: '*' }],

  async handle({ SecretIdList, Filters, MaxResults = MAX_SECRETS, NextToken }, { cloud, principal }) {
    if ((SecretIdList === undefined) === (Filters === undefined))
      throw new AwsError('InvalidParameterException', 'Either SecretIdList or Filters must be provided, but not both.');
    const ids =
      SecretIdList ??
      [...state().secrets.values()]
        .filter((secret) => secret.deleteAt === undefined && filterOf(Filters)(secret))
        .map(({ arn }) => arn);
    const { items, nextToken } = page(ids, MaxResults, NextToken);
    const SecretValues: SecretValueEntry[] = [];
    const Errors: { SecretId: string; ErrorCode: string; Message: string }[] = [];
    for (const SecretId of items) {
      try {
        SecretValues.push(
          (await cloud.call(principal, 'secretsmanager', 'GetSecretValue', { SecretId })) as SecretValueEntry,
        );
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Errors.push({ SecretId, ErrorCode: error.code, Message: error.message });
      }
    }
    return { SecretValues, Errors, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
