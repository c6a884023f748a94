import type { TagResourceCommandInput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';

import type { KinesisState } from './state';
import { arnOf } from './stream';
import { assertTags } from './tags';

export const TagResource: OperationOf<KinesisState, TagResourceCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:TagResource', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    await state().put({ ...stream, tags: assertTags(stream.tags, input.Tags ?? {}) });
    return {};
  },
});
