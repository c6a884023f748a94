import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import { tagList } from '../tags';
import type { KinesisState } from './state';
import { arnOf } from './stream';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

export const ListTagsForResource: OperationOf<KinesisState, ListTagsForResourceCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:ListTagsForResource', resource: arnOf(input, cloud) }],

  async handle(input) {
    return { Tags: tagList(state().stream(input).tags) };
  },
});
