/** The branch of Publish that writes rows one by one, into a table of DynamoDB or Keyspaces: round and round until there is no checkpoint. */
import type { JsonObject, SubMachine } from '../asl/types';
import type { DynamoSink, KeyspacesSink } from '../tasks/common';
import type { MakeTask } from './extract';

export function publishRowByRow(sink: DynamoSink | KeyspacesSink, task: MakeTask): SubMachine {
  const publish = `Publish ${sink.id}`;
  const more = `More ${sink.id}?`;
  const published = `Published ${sink.id}`;
  return {
    StartAt: publish,
    States: {
      [publish]: task(sink.kind === 'keyspaces' ? 'publish-keyspaces' : 'publish-dynamodb', {
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
