import type { CloudContext } from '../../service';
import type { Subscription } from './state';

export const subscriptionSummary = ({ arn, topicArn, protocol, endpoint }: Subscription, cloud: CloudContext) => ({
  SubscriptionArn: arn,
  Owner: cloud.account,
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn: topicArn,
});
