import type { AddTagsToStreamCommandInput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';

import type { KinesisState } from './state';
import { arnOf } from './stream';
import { assertTags } from './tags';

export const AddTagsToStream: OperationOf<KinesisState, AddTagsToStreamCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:AddTagsToStream', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    await state().put({ ...stream, tags: assertTags(stream.tags, input.Tags ?? {}) });
    return {};
  },
});
