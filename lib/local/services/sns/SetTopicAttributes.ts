import type { SetTopicAttributesCommandInput, SetTopicAttributesCommandOutput } from '@aws-sdk/client-sns';
import { type OperationOf, requireMembers } from '../stateful';
import { assertTopicAttribute } from './attributes';
import type { SnsState } from './state';

type Output = Omit<SetTopicAttributesCommandOutput, '$metadata'>;

export const SetTopicAttributes: OperationOf<SnsState, SetTopicAttributesCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:SetTopicAttributes', resource: TopicArn }],

  async handle(input) {
    requireMembers(input, 'TopicArn', 'AttributeName');
    const topic = state().topic(input.TopicArn);
    const attributes = { ...topic.attributes, [input.AttributeName]: input.AttributeValue ?? '' };
    assertTopicAttribute(input.AttributeName);
    await state().setTopic(topic.arn, { ...topic, attributes });
    return {};
  },
});
