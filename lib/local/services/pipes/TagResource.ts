import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-pipes';
import type { OperationOf } from '../stateful';
import { nameOf } from './pass-role';
import type { PipesState } from './state';

type Output = Omit<TagResourceCommandOutput, '$metadata'>;

export const TagResource: OperationOf<PipesState, TagResourceCommandInput, Output> = (state) => ({
  authorize: ({ resourceArn = '' }) => [{ action: 'pipes:TagResource', resource: resourceArn }],

  async handle({ resourceArn, tags }) {
    const pipe = state().pipe(nameOf(resourceArn));
    await state().pipes.set(pipe.name, { ...pipe, tags: { ...pipe.tags, ...tags } });
    return {};
  },
});
