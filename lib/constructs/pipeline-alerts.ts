import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { CompiledAlerts, EnvironmentName } from '../compiler/types';
import { Alerts } from './alerts';
import { alertsTopicName, TITLE } from './names';
import { SlackChannel } from './slack-channel';

export interface PipelineAlertsProps {
  readonly pipeline: string;
  readonly alerts: CompiledAlerts;
}

/** Whom a pipeline tells: addresses, and chats by a function. */
export class PipelineAlerts extends Alerts {
  readonly slackTopicArn?: string;
  /** of the functions that tell */
  readonly environment: Readonly<Partial<Record<EnvironmentName, string>>>;

  constructor(scope: Construct, id: string, { pipeline, alerts }: PipelineAlertsProps) {
    super(scope, id, {
      topicName: alertsTopicName(pipeline),
      displayName: `${TITLE} ${pipeline}`,
      email: alerts.email,
      ...(alerts.routed && { routed: alerts.routed }),
    });
    const { slack, webhook } = alerts;
    if (slack) {
      const { workspace, channel } = slack;
      const ids = workspace === undefined || channel === undefined ? {} : { workspace, channel };
      this.slackTopicArn = new SlackChannel(this, 'Slack', { pipeline, ...ids }).topicArn;
      // Amazon Q draws an alarm's metric when it gets the alarm itself.
      if (slack.kinds.includes('alarm')) this.alarmTopicArns.push(this.slackTopicArn);
    }
    this.environment = {
      ALERTS_TOPIC_ARN: this.topic.topicArn,
      ...(this.slackTopicArn === undefined ? {} : { SLACK_TOPIC_ARN: this.slackTopicArn }),
      ...(alerts.atOnce === undefined ? {} : { ALERTS_AT_ONCE: String(alerts.atOnce) }),
      ...(alerts.success ? { TELL_SUCCESS: '1' } : {}),
      ALERT_CHANNELS: JSON.stringify({
        ...(slack && { slack: { kinds: slack.kinds.filter((kind) => kind !== 'alarm') } }),
        ...(webhook && { webhook }),
      }),
    };
  }

  /** The function that tells chats, where there are any. */
  chatsBy(target: IFunction | undefined): void {
    if (target) this.deliverTo(target);
  }
}
