import type { GetResourcePolicyCommandInput, GetResourcePolicyCommandOutput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

type Output = Omit<GetResourcePolicyCommandOutput, '$metadata'>;

export const GetResourcePolicy: OperationOf<KinesisState, GetResourcePolicyCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:GetResourcePolicy', resource: arnOf(input, cloud) }],

  async handle(input) {
    return { Policy: state().stream(input).policy ?? '' };
  },
});
