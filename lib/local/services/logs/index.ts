import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateLogGroup } from './CreateLogGroup';
import { CreateLogStream } from './CreateLogStream';
import { DeleteLogGroup } from './DeleteLogGroup';
import { DeleteLogStream } from './DeleteLogStream';
import { DeleteRetentionPolicy } from './DeleteRetentionPolicy';
import { DescribeLogGroups } from './DescribeLogGroups';
import { DescribeLogStreams } from './DescribeLogStreams';
import { FilterLogEvents } from './FilterLogEvents';
import { GetLogEvents } from './GetLogEvents';
import { ListTagsForResource } from './ListTagsForResource';
import { PutLogEvents } from './PutLogEvents';
import { PutRetentionPolicy } from './PutRetentionPolicy';
import { openLogs } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';

/** Amazon CloudWatch Logs. */
export function createLogsService(): Service {
  return statefulService({
    name: 'logs',
    open: openLogs,
    operations: {
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
