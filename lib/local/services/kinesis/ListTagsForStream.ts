import type { ListTagsForStreamCommandInput, ListTagsForStreamCommandOutput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import { tagList } from '../tags';
import type { KinesisState } from './state';
import { arnOf } from './stream';

type Output = Omit<ListTagsForStreamCommandOutput, '$metadata'>;

const DEFAULT_LIMIT = 50;

export const ListTagsForStream: OperationOf<KinesisState, ListTagsForStreamCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:ListTagsForStream', resource: arnOf(input, cloud) }],

  async handle(input) {
    const all = tagList(state().stream(input).tags)
      .sort((a, b) => (a.Key < b.Key ? -1 : 1))
      .filter(({ Key }) => Key > (input.ExclusiveStartTagKey ?? ''));
    const Tags = all.slice(0, input.Limit ?? DEFAULT_LIMIT);
    return { Tags, HasMoreTags: Tags.length < all.length };
  },
});
