import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateSchedule } from './CreateSchedule';
import { DeleteSchedule } from './DeleteSchedule';
import { GetSchedule } from './GetSchedule';
import { ListSchedules } from './ListSchedules';
import { openScheduler } from './state';
import { UpdateSchedule } from './UpdateSchedule';

/** Amazon EventBridge Scheduler. */
export function createSchedulerService(): Service {
  return statefulService({
    name: 'scheduler',
    open: openScheduler,
    operations: { CreateSchedule, DeleteSchedule, GetSchedule, ListSchedules, UpdateSchedule },
  });
}
