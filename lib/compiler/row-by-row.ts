/** Branches that hand on rows one by one, to a table of DynamoDB or Keyspaces or to a stream: round and round until there is no checkpoint. */
import type { JsonObject, State, SubMachine } from '../asl/types';
import type { DynamoSink, KeyspacesSink, KinesisSink } from '../tasks/common';
import type { MakeTask } from './extract';

export const publishRowByRow = (sink: DynamoSink | KeyspacesSink, task: MakeTask): SubMachine =>
  untilPublished(sink.id, 'Publish', (next) =>
    task(sink.kind === 'keyspaces' ? 'publish-keyspaces' : 'publish-dynamodb', {
      payload: {
        run: '{% $run %}',
        sink: sink as unknown as JsonObject,
        staged: `{% $loaded[sink = '${sink.id}'].manifest %}`,
        checkpoint: CHECKPOINT,
      },
      next,
    }),
  );

export const putRecords = (sink: KinesisSink, task: MakeTask): SubMachine =>
  untilPublished(sink.id, 'Put', (next) =>
    task('put-records', {
      payload: {
        run: '{% $run %}',
        sink: sink as unknown as JsonObject,
        manifests: '{% $manifests %}',
        checkpoint: CHECKPOINT,
      },
      next,
    }),
  );

/** What the branch is given has none. */
const CHECKPOINT = '{% $exists($states.input.checkpoint) ? $states.input.checkpoint : null %}';

function untilPublished(id: string, verb: string, make: (next: string) => State): SubMachine {
  const publish = `${verb} ${id}`;
  const more = `More ${id}?`;
  const published = `Published ${id}`;
  return {
    StartAt: publish,
    States: {
      [publish]: make(more),
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
