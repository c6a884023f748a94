import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-pipes';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import { nameOf } from './pass-role';
import type { PipesState } from './state';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<PipesState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ resourceArn = '' }) => [{ action: 'pipes:UntagResource', resource: resourceArn }],

  async handle({ resourceArn, tagKeys }) {
    const pipe = state().pipe(nameOf(resourceArn));
    await state().pipes.set(pipe.name, { ...pipe, tags: withoutTags(pipe.tags, tagKeys) });
    return {};
  },
});
