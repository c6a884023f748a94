import type { PutResourcePolicyCommandInput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const PutResourcePolicy: OperationOf<KinesisState, PutResourcePolicyCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:PutResourcePolicy', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    const policy = input.Policy ?? '';
    if (!isPolicy(policy))
      throw new AwsError('InvalidArgumentException', 'The policy is not a JSON document with statements.');
    await state().put({ ...stream, policy });
    return {};
  },
});

function isPolicy(text: string): boolean {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null && 'Statement' in document;
  } catch {
    return false;
  }
}
