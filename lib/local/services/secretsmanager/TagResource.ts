import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import { accessTo, type SecretsState } from './state';

type Output = Omit<TagResourceCommandOutput, '$metadata'>;

export const TagResource: OperationOf<SecretsState, TagResourceCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('TagResource', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const secret = state().active(input.SecretId);
    await state().put({ ...secret, tags: { ...secret.tags, ...tagsOf(input.Tags) } });
    return {};
  },
});
