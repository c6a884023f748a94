import type { CloudContext } from '../../service';
import type { Subscription } from './state';

export const subscriptionSummary = (
  { arn, topicArn, protocol, endpoint, pending }: Subscription,
  cloud: CloudContext,
) => ({
  SubscriptionArn: pending ? 'PendingConfirmation' : arn,
  Owner: cloud.account,
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn: topicArn,
});
