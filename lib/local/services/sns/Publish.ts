import { randomUUID } from 'node:crypto';
import type { PublishCommandInput, PublishCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { publishedResult, toPublished } from './published';
import type { SnsState } from './state';

type Output = Omit<PublishCommandOutput, '$metadata'>;

export const Publish: OperationOf<SnsState, PublishCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn, TargetArn }) => [{ action: 'sns:Publish', resource: TopicArn ?? TargetArn ?? '' }],

  async handle(input, { cloud }) {
    if (input.PhoneNumber !== undefined) throw invalid('PhoneNumber Reason: the local cloud sends no text messages');
    const arn = input.TopicArn ?? input.TargetArn;
    if (arn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
    const topic = state().topic(arn);
    const [published] = await state().publish([toPublished(input, topic, randomUUID(), cloud.clock.now())]);
    return publishedResult(published);
  },
});

const invalid = (what: string) => new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);
