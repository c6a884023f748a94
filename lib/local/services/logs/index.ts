import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateLogGroup } from './CreateLogGroup';
import { CreateLogStream } from './CreateLogStream';
import { DeleteLogGroup } from './DeleteLogGroup';
import { DeleteLogStream } from './DeleteLogStream';
import { DeleteMetricFilter } from './DeleteMetricFilter';
import { DeleteRetentionPolicy } from './DeleteRetentionPolicy';
import { DeleteSubscriptionFilter } from './DeleteSubscriptionFilter';
import { DescribeLogGroups } from './DescribeLogGroups';
import { DescribeLogStreams } from './DescribeLogStreams';
import { DescribeMetricFilters } from './DescribeMetricFilters';
import { DescribeSubscriptionFilters } from './DescribeSubscriptionFilters';
import { FilterLogEvents } from './FilterLogEvents';
import { GetLogEvents } from './GetLogEvents';
import { ListTagsForResource } from './ListTagsForResource';
import { PutLogEvents } from './PutLogEvents';
import { PutMetricFilter } from './PutMetricFilter';
import { PutRetentionPolicy } from './PutRetentionPolicy';
import { PutSubscriptionFilter } from './PutSubscriptionFilter';
import { groupNameOf, openLogs } from './state';
import { TagResource } from './TagResource';
import { TestMetricFilter } from './TestMetricFilter';
import { UntagResource } from './UntagResource';

/** Amazon CloudWatch Logs. */
export function createLogsService(): Service {
  return statefulService({
    name: 'logs',
    open: openLogs,
    tagsOf: (state, arn) => state.group(groupNameOf(arn.replace(/:log-stream:.*$/, ''))).tags,
    operations: {
      TestMetricFilter,
      PutSubscriptionFilter,
      PutMetricFilter,
      DescribeSubscriptionFilters,
      DescribeMetricFilters,
      DeleteSubscriptionFilter,
      DeleteMetricFilter,
      CreateLogGroup,
      CreateLogStream,
      DeleteLogGroup,
      DeleteLogStream,
      DeleteRetentionPolicy,
      DescribeLogGroups,
      DescribeLogStreams,
      FilterLogEvents,
      GetLogEvents,
      ListTagsForResource,
      PutLogEvents,
      PutRetentionPolicy,
      TagResource,
      UntagResource,
    },
  });
}
