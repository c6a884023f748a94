import type { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarm } from './alarm';
import { hourlyAlarm } from './hourly-alarm';
import { FOUNDATION, METRICS_NAMESPACE, PREFIX } from './names';

export interface OverviewAlarmsProps {
  readonly watchMachineArn: string;
  /** of the foundation */
  readonly topicArn: string;
}

/** About all pipelines together: metrics that have no dimension. A pipeline's own say which it is, and tell people. */
export class OverviewAlarms extends Construct {
  readonly alarms: CfnAlarm[];

  constructor(scope: Construct, id: string, { watchMachineArn, topicArn }: OverviewAlarmsProps) {
    super(scope, id);
    this.alarms = [
      hourlyAlarm(this, 'Problems', {
        name: `${PREFIX}-${FOUNDATION}-problems`,
        description: 'Data of a pipeline are late, or a run does not end; or nobody looks. See: npx stepwell pipelines',
        metric: { name: 'Problems', dimensions: {} },
        goesOff: { above: 0 },
      }),
      alarm(this, 'RunsFailed', {
        name: `${PREFIX}-${FOUNDATION}-runs-failed`,
        description: 'A run of a pipeline has failed. Its email says why. See: npx stepwell runs',
        metric: { namespace: METRICS_NAMESPACE, name: 'RunsFailed', dimensions: {}, statistic: 'Sum' },
        above: 0,
      }),
      alarm(this, 'WatchFailed', {
        name: `${PREFIX}-${FOUNDATION}-watch-failed`,
        description: `The watch could not look at a pipeline, so nobody would tell if that were late: see the log group of ${PREFIX}_watch.`,
        metric: {
          namespace: 'AWS/States',
          name: 'ExecutionsFailed',
          dimensions: { StateMachineArn: watchMachineArn },
          statistic: 'Sum',
        },
        above: 0,
        topicArn,
      }),
    ];
  }
}
