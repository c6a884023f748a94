import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { ChangeMessageVisibility } from './ChangeMessageVisibility';
import { ChangeMessageVisibilityBatch } from './ChangeMessageVisibilityBatch';
import { CreateQueue } from './CreateQueue';
import { DeleteMessage } from './DeleteMessage';
import { DeleteMessageBatch } from './DeleteMessageBatch';
import { DeleteQueue } from './DeleteQueue';
import { GetQueueAttributes } from './GetQueueAttributes';
import { GetQueueUrl } from './GetQueueUrl';
import { ListQueues } from './ListQueues';
import { ListQueueTags } from './ListQueueTags';
import { PurgeQueue } from './PurgeQueue';
import { ReceiveMessage } from './ReceiveMessage';
import { SendMessage } from './SendMessage';
import { SendMessageBatch } from './SendMessageBatch';
import { SetQueueAttributes } from './SetQueueAttributes';
import { openSqs } from './state';
import { TagQueue } from './TagQueue';
import { UntagQueue } from './UntagQueue';

/** Amazon SQS: standard queues. */
export function createSqsService(): Service {
  return statefulService({
    name: 'sqs',
    open: openSqs,
    operations: {
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
