import type { RemoveTagsFromStreamCommandInput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const RemoveTagsFromStream: OperationOf<KinesisState, RemoveTagsFromStreamCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:RemoveTagsFromStream', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    await state().put({ ...stream, tags: withoutTags(stream.tags, input.TagKeys) });
    return {};
  },
});
