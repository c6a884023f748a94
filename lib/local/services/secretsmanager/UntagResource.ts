import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, requireMembers } from '../stateful';
import { withoutTags } from '../tags';
import { accessTo, type SecretsState } from './state';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<SecretsState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('UntagResource', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const secret = state().active(input.SecretId);
    await state().put({ ...secret, tags: withoutTags(secret.tags, input.TagKeys) });
    return {};
  },
});
