import type { Service } from '../../service';
import type { ResourcePolicies } from '../resource-policy';
import { statefulService } from '../stateful';
import { AddPermission } from './AddPermission';
import { ConfirmSubscription } from './ConfirmSubscription';
import { CreateTopic } from './CreateTopic';
import { DeleteTopic } from './DeleteTopic';
import { GetSubscriptionAttributes } from './GetSubscriptionAttributes';
import { GetTopicAttributes } from './GetTopicAttributes';
import { ListSubscriptions } from './ListSubscriptions';
import { ListSubscriptionsByTopic } from './ListSubscriptionsByTopic';
import { ListTagsForResource } from './ListTagsForResource';
import { ListTopics } from './ListTopics';
import { Publish } from './Publish';
import { PublishBatch } from './PublishBatch';
import { RemovePermission } from './RemovePermission';
import { SetSubscriptionAttributes } from './SetSubscriptionAttributes';
import { SetTopicAttributes } from './SetTopicAttributes';
import { Subscribe } from './Subscribe';
import { openSns } from './state';
import { TagResource } from './TagResource';
import { Unsubscribe } from './Unsubscribe';
import { UntagResource } from './UntagResource';

/** Amazon SNS: topics whose subscribers are mailboxes (files), queues and functions. */
export function createSnsService({ policies }: { readonly policies?: ResourcePolicies } = {}): Service {
  return statefulService({
    name: 'sns',
    open: (cloud, folder) => openSns(cloud, folder, policies),
    tagsOf: (state, arn) => state.topic(arn.split(':').slice(0, 6).join(':')).tags,
    operations: {
      AddPermission,
      ConfirmSubscription,
      RemovePermission,
      CreateTopic,
      DeleteTopic,
      GetSubscriptionAttributes,
      GetTopicAttributes,
      ListSubscriptions,
      ListSubscriptionsByTopic,
      ListTagsForResource,
      ListTopics,
      Publish,
      PublishBatch,
      SetSubscriptionAttributes,
      SetTopicAttributes,
      Subscribe,
      TagResource,
      Unsubscribe,
      UntagResource,
    },
  });
}
