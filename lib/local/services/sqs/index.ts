import type { Service } from '../../service';
import type { ResourcePolicies } from '../resource-policy';
import { statefulService } from '../stateful';
import { AddPermission } from './AddPermission';
import { CancelMessageMoveTask } from './CancelMessageMoveTask';
import { ChangeMessageVisibility } from './ChangeMessageVisibility';
import { ChangeMessageVisibilityBatch } from './ChangeMessageVisibilityBatch';
import { CreateQueue } from './CreateQueue';
import { DeleteMessage } from './DeleteMessage';
import { DeleteMessageBatch } from './DeleteMessageBatch';
import { DeleteQueue } from './DeleteQueue';
import { GetQueueAttributes } from './GetQueueAttributes';
import { GetQueueUrl } from './GetQueueUrl';
import { ListDeadLetterSourceQueues } from './ListDeadLetterSourceQueues';
import { ListMessageMoveTasks } from './ListMessageMoveTasks';
import { ListQueues } from './ListQueues';
import { ListQueueTags } from './ListQueueTags';
import { PurgeQueue } from './PurgeQueue';
import { ReceiveMessage } from './ReceiveMessage';
import { RemovePermission } from './RemovePermission';
import { SendMessage } from './SendMessage';
import { SendMessageBatch } from './SendMessageBatch';
import { SetQueueAttributes } from './SetQueueAttributes';
import { StartMessageMoveTask } from './StartMessageMoveTask';
import { openSqs } from './state';
import { TagQueue } from './TagQueue';
import { UntagQueue } from './UntagQueue';

/** Amazon SQS: standard and FIFO queues. */
export function createSqsService({ policies }: { readonly policies?: ResourcePolicies } = {}): Service {
  return statefulService({
    name: 'sqs',
    open: (cloud, folder) => openSqs(cloud, folder, policies),
    tagsOf: (state, arn) => state.record(arn.split(':').at(-1)).tags,
    operations: {
      StartMessageMoveTask,
      RemovePermission,
      ListMessageMoveTasks,
      ListDeadLetterSourceQueues,
      CancelMessageMoveTask,
      AddPermission,
      ChangeMessageVisibility,
      ChangeMessageVisibilityBatch,
      CreateQueue,
      DeleteMessage,
      DeleteMessageBatch,
      DeleteQueue,
      GetQueueAttributes,
      GetQueueUrl,
      ListQueueTags,
      ListQueues,
      PurgeQueue,
      ReceiveMessage,
      SendMessage,
      SendMessageBatch,
      SetQueueAttributes,
      TagQueue,
      UntagQueue,
    },
  });
}
