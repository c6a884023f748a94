import type { CreateTopicCommandInput, CreateTopicCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import { type SnsState, topicArn } from './state';

type Output = Omit<CreateTopicCommandOutput, '$metadata'>;

/** A topic that exists is answered as it is, as on AWS. */
export const CreateTopic: OperationOf<SnsState, CreateTopicCommandInput, Output> = (state) => ({
  authorize: ({ Name = '' }, { cloud }) => [{ action: 'sns:CreateTopic', resource: topicArn(cloud, Name) }],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(input.Name)) {
      throw new AwsError('InvalidParameterException', `Invalid parameter: Topic Name: ${input.Name}`);
    }
    const arn = topicArn(cloud, input.Name);
    if (!state().topics.has(arn)) {
      const attributes = (input.Attributes ?? {}) as Record<string, string>;
      await state().topics.set(arn, { name: input.Name, arn, attributes, tags: tagsOf(input.Tags) });
    }
    return { TopicArn: arn };
  },
});
