/** The branch of Publish that writes items into a DynamoDB table: round and round until there is no checkpoint. */
import type { JsonObject, SubMachine } from '../asl/types';
import type { DynamoSink } from '../tasks/common';
import type { MakeTask } from './extract';

export function publishDynamo(sink: DynamoSink, task: MakeTask): SubMachine {
  const publish = `Publish ${sink.id}`;
  const more = `More ${sink.id}?`;
  const published = `Published ${sink.id}`;
  return {
    StartAt: publish,
    States: {
      [publish]: task('publish-dynamodb', {
        payload: {
          run: '{% $run %}',
          sink: sink as unknown as JsonObject,
          staged: `{% $loaded[sink = '${sink.id}'].manifest %}`,
          // What the branch is given has none.
          checkpoint: '{% $exists($states.input.checkpoint) ? $states.input.checkpoint : null %}',
        },
        next: more,
      }),
      [more]: {
        Type: 'Choice',
        Comment: 'A checkpoint: the time of one invocation was too short for all of it',
        Choices: [{ Condition: '{% $states.input.checkpoint != null %}', Next: publish }],
        Default: published,
      },
      [published]: { Type: 'Succeed', Output: '{% $states.input.published %}' },
    },
  };
}
