import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateSchedule } from './CreateSchedule';
import { CreateScheduleGroup } from './CreateScheduleGroup';
import { DeleteSchedule } from './DeleteSchedule';
import { DeleteScheduleGroup } from './DeleteScheduleGroup';
import { GetSchedule } from './GetSchedule';
import { GetScheduleGroup } from './GetScheduleGroup';
import { ListScheduleGroups } from './ListScheduleGroups';
import { ListSchedules } from './ListSchedules';
import { ListTagsForResource } from './ListTagsForResource';
import { groupOfArn, openScheduler } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';
import { UpdateSchedule } from './UpdateSchedule';

/** Amazon EventBridge Scheduler. */
export function createSchedulerService(): Service {
  return statefulService({
    name: 'scheduler',
    open: openScheduler,
    tagsOf: (state, arn) => (arn.includes(':schedule-group/') ? state.group(groupOfArn(arn)).tags : undefined),
    operations: {
      CreateSchedule,
      CreateScheduleGroup,
      DeleteSchedule,
      DeleteScheduleGroup,
      GetSchedule,
      GetScheduleGroup,
      ListScheduleGroups,
      ListSchedules,
      ListTagsForResource,
      TagResource,
      UntagResource,
      UpdateSchedule,
    },
  });
}
