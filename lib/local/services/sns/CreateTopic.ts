import type { CreateTopicCommandInput, CreateTopicCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import { assertTopicAttribute } from './attributes';
import { type SnsState, topicArn } from './state';

type Output = Omit<CreateTopicCommandOutput, '$metadata'>;

/** A topic that exists is answered as it is, as on AWS. */
export const CreateTopic: OperationOf<SnsState, CreateTopicCommandInput, Output> = (state) => ({
  authorize: ({ Name = '' }, { cloud }) => [{ action: 'sns:CreateTopic', resource: topicArn(cloud, Name) }],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    const attributes = (input.Attributes ?? {}) as Record<string, string>;
    const isFifo = attributes.FifoTopic === 'true';
    const form = isFifo ? /^[A-Za-z0-9_-]{1,251}\.fifo$/ : /^[A-Za-z0-9_-]{1,256}$/;
    if (!form.test(input.Name)) {
      const reason = isFifo
        ? 'Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.'
        : 'Topic Name';
      throw new AwsError('InvalidParameterException', `Invalid parameter: ${reason}`);
    }
    for (const name of Object.keys(attributes)) assertTopicAttribute(name);
    const arn = topicArn(cloud, input.Name);
    const existing = state().topics.get(arn);
    const differs = Object.entries(attributes).some(([name, value]) => existing && existing.attributes[name] !== value);
    if (differs)
      throw new AwsError(
        'InvalidParameterException',
        'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
      );
    if (!existing) {
      await state().setTopic(arn, { name: input.Name, arn, attributes, tags: tagsOf(input.Tags) });
    }
    return { TopicArn: arn };
  },
});
