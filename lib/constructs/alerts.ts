import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { PREFIX } from './names';

export interface AlertsProps {
  readonly displayName: string;
  readonly email: readonly string[];
}

/** Who hears when something goes wrong: a topic with its email subscriptions. Each address confirms once, by a link that AWS sends. */
export class Alerts extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { displayName, email }: AlertsProps) {
    super(scope, id);
    // Not encrypted by a KMS key: alarms cannot publish through the key that AWS manages, and a message lives for seconds.
    this.topic = new Topic(this, 'Topic', { displayName, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          ArnLike: {
            'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:${PREFIX}-*`,
          },
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        },
      }),
    );
    for (const endpoint of email) {
      new CfnSubscription(this, `Email ${endpoint}`, { protocol: 'email', endpoint, topicArn: this.topic.topicArn });
    }
  }
}
