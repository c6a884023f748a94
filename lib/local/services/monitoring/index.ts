import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { DeleteAlarms } from './DeleteAlarms';
import { DeleteDashboards } from './DeleteDashboards';
import { DescribeAlarmHistory } from './DescribeAlarmHistory';
import { DescribeAlarms } from './DescribeAlarms';
import { DescribeAlarmsForMetric } from './DescribeAlarmsForMetric';
import { DisableAlarmActions } from './DisableAlarmActions';
import { EnableAlarmActions } from './EnableAlarmActions';
import { GetDashboard } from './GetDashboard';
import { GetMetricData } from './GetMetricData';
import { GetMetricStatistics } from './GetMetricStatistics';
import { ListDashboards } from './ListDashboards';
import { ListMetrics } from './ListMetrics';
import { ListTagsForResource } from './ListTagsForResource';
import { PutCompositeAlarm } from './PutCompositeAlarm';
import { PutDashboard } from './PutDashboard';
import { PutMetricAlarm } from './PutMetricAlarm';
import { PutMetricData } from './PutMetricData';
import { SetAlarmState } from './SetAlarmState';
import { openMonitoring } from './state';
import { TagResource } from './TagResource';
import { taggedAlarm } from './tagged';
import { UntagResource } from './UntagResource';

/** Amazon CloudWatch: metrics by the minute, alarms that are evaluated, dashboards. */
export function createMonitoringService(): Service {
  return statefulService({
    name: 'monitoring',
    open: openMonitoring,
    tagsOf: (state, arn) => taggedAlarm(state, arn).tags,
    operations: {
      DeleteAlarms,
      DeleteDashboards,
      DescribeAlarmHistory,
      DescribeAlarms,
      DescribeAlarmsForMetric,
      DisableAlarmActions,
      EnableAlarmActions,
      GetDashboard,
      GetMetricData,
      GetMetricStatistics,
      ListDashboards,
      ListMetrics,
      ListTagsForResource,
      PutCompositeAlarm,
      PutDashboard,
      PutMetricAlarm,
      PutMetricData,
      SetAlarmState,
      TagResource,
      UntagResource,
    },
  });
}
