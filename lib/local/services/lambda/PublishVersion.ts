import type { FunctionConfiguration, PublishVersionRequest } from '@aws-sdk/client-lambda';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { onFunction } from './access';
import { configurationOf, refuseStale } from './configuration';
import type { LambdaState } from './state';

export const PublishVersion: OperationOf<LambdaState, PublishVersionRequest, FunctionConfiguration> = (state) => ({
  authorize: (input, context) => onFunction('PublishVersion', input.FunctionName as string, context),
  async handle(input) {
    const record = state().function(input.FunctionName as string);
    refuseStale(record.revision, input.RevisionId);
    const sha256 = configurationOf(record).CodeSha256;
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== sha256)
      throw new AwsError(
        'InvalidParameterValueException',
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        400,
        { Type: 'User' },
      );
    return configurationOf(await state().versions.publish(record, input.Description));
  },
});
