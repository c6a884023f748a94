import type { GetTopicAttributesCommandInput, GetTopicAttributesCommandOutput } from '@aws-sdk/client-sns';
import type { OperationOf } from '../stateful';
import type { SnsState } from './state';

type Output = Omit<GetTopicAttributesCommandOutput, '$metadata'>;

export const GetTopicAttributes: OperationOf<SnsState, GetTopicAttributesCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:GetTopicAttributes', resource: TopicArn }],

  async handle({ TopicArn }, { cloud }) {
    const topic = state().topic(TopicArn);
    return {
      Attributes: {
        TopicArn: topic.arn,
        Owner: cloud.account,
        SubscriptionsConfirmed: String(state().subscriptionsOf(topic.arn).length),
        SubscriptionsPending: '0',
        SubscriptionsDeleted: '0',
        ...topic.attributes,
      },
    };
  },
});
