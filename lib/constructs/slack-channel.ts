import { CfnSlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge';
import { alertsTopic } from './alerts';
import { HYPHENATED_PREFIX, slackTopicName, TITLE } from './names';

export interface SlackChannelProps {
  readonly pipeline: string;
  /** ids; with neither, somebody adds the topic to a channel in the console */
  readonly workspace?: string;
  readonly channel?: string;
}

/**
 * A channel in Slack, by Amazon Q Developer in chat applications. It understands messages of its own schema only, so it has a topic apart
 * from the mails'. The workspace must have been authorized once, in its console: that is a click in Slack, which no template can do.
 */
export class SlackChannel extends Construct {
  readonly topicArn: string;

  constructor(scope: Construct, id: string, { pipeline, workspace, channel }: SlackChannelProps) {
    super(scope, id);
    const displayName = `${TITLE} ${pipeline} in Slack`;
    this.topicArn = alertsTopic(this, 'Topic', { topicName: slackTopicName(pipeline), displayName }).topicArn;
    if (workspace === undefined || channel === undefined) return;
    // What people may look up from the channel: the alarms' metrics, which it draws, and no more.
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('chatbot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: {
        Metrics: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics'],
              resources: ['*'],
            }),
          ],
        }),
      },
    });
    acknowledgeWildcard(role, '*', 'Metrics have no resources to name');
    new CfnSlackChannelConfiguration(this, 'Channel', {
      configurationName: `${HYPHENATED_PREFIX}-${pipeline}`,
      slackWorkspaceId: workspace,
      slackChannelId: channel,
      iamRoleArn: role.roleArn,
      snsTopicArns: [this.topicArn],
      // Without it, AdministratorAccess bounds what the channel may do.
      guardrailPolicies: [`arn:${Aws.PARTITION}:iam::aws:policy/CloudWatchReadOnlyAccess`],
      loggingLevel: 'ERROR',
    });
  }
}
