import { type CfnAlarm, CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { PREFIX } from './names';

/**
 * One state to look at: in ALARM while anything is wrong anywhere. It tells nobody; each of its parts does. CloudWatch deletes no alarm that
 * a composite one names, so it names the foundation's, which are about all pipelines together, and none of a pipeline's stack.
 */
export function anyPipeline(scope: Construct, id: string, alarms: readonly CfnAlarm[]): CfnCompositeAlarm {
  const composite = new CfnCompositeAlarm(scope, id, {
    alarmName: `${PREFIX}-any-pipeline`,
    alarmDescription:
      'Something is wrong with a pipeline, or with what they share: npx stepwell alarms says what. In ALARM as well where nothing looks.',
    alarmRule: alarms.map(({ alarmName }) => `ALARM("${alarmName}")`).join(' OR '),
  });
  for (const alarm of alarms) composite.addResourceDependency(alarm);
  return composite;
}
