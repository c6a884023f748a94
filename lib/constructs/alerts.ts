import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { CompiledAlerts } from '../compiler/types';
import { PREFIX } from './names';

export interface AlertsProps extends Pick<CompiledAlerts, 'email' | 'routed'> {
  /** its own name, by which the foundation's functions know it; absent: CloudFormation makes one */
  readonly topicName?: string;
  readonly displayName: string;
}

/**
 * Who hears when something goes wrong: a topic with its email subscriptions. Each address confirms once, by a link that AWS sends. An
 * address that wants some kinds only has a filter, by the attributes of the messages. SNS lets nothing without attributes through a
 * filter, and alarms have none: for such addresses there is a topic of the alarms, with a second subscription.
 */
export class Alerts extends Construct {
  readonly topic: Topic;
  /** of the alarms, for addresses that have a filter */
  readonly alarms?: Topic;
  /** where the pipeline's alarms go */
  readonly alarmTopicArns: string[];

  constructor(scope: Construct, id: string, { topicName, displayName, email, routed = [] }: AlertsProps) {
    super(scope, id);
    this.topic = alertsTopic(this, 'Topic', { topicName, displayName });
    for (const endpoint of email) this.subscribe(`Email ${endpoint}`, this.topic, endpoint);
    for (const { address, kinds } of routed) {
      const kind = kinds.filter((one) => one !== 'alarm');
      if (kind.length > 0) this.subscribe(`Email ${address}`, this.topic, address, { kind });
    }
    const heardApart = routed.filter(({ kinds }) => kinds.includes('alarm'));
    if (heardApart.length > 0) this.alarms = alertsTopic(this, 'Alarms', { displayName: `${displayName} alarms` });
    for (const { address } of heardApart) this.subscribe(`Alarms ${address}`, this.alarms!, address);
    this.alarmTopicArns = [this.topic.topicArn, ...(this.alarms ? [this.alarms.topicArn] : [])];
  }

  /** All that is published, alarms too, to a function. */
  deliverTo(target: IFunction): void {
    new CfnSubscription(this, 'Function', {
      protocol: 'lambda',
      endpoint: target.functionArn,
      topicArn: this.topic.topicArn,
    });
    new CfnPermission(this, 'Invoke', {
      action: 'lambda:InvokeFunction',
      functionName: target.functionArn,
      principal: 'sns.amazonaws.com',
      sourceArn: this.topic.topicArn,
    });
  }

  private subscribe(id: string, { topicArn }: Topic, endpoint: string, filterPolicy?: Record<string, string[]>): void {
    new CfnSubscription(this, id, { protocol: 'email', endpoint, topicArn, ...(filterPolicy && { filterPolicy }) });
  }
}

/** A topic to which the alarms may publish. */
export function alertsTopic(
  scope: Construct,
  id: string,
  props: { readonly topicName?: string | undefined; readonly displayName: string },
): Topic {
  // Not encrypted by a KMS key: alarms cannot publish through the key that AWS manages, and a message lives for seconds.
  const topic = new Topic(scope, id, { ...props, enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        ArnLike: {
          'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:${PREFIX}-*`,
        },
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      },
    }),
  );
  return topic;
}
