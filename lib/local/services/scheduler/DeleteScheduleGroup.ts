import type { DeleteScheduleGroupCommandInput, DeleteScheduleGroupCommandOutput } from '@aws-sdk/client-scheduler';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { DEFAULT_GROUP, groupArn, type SchedulerState } from './state';

type Output = Omit<DeleteScheduleGroupCommandOutput, '$metadata'>;

/** With all its schedules. */
export const DeleteScheduleGroup: OperationOf<SchedulerState, DeleteScheduleGroupCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'scheduler:DeleteScheduleGroup', resource: groupArn(cloud, Name) }],

  async handle({ Name }) {
    const { name } = state().group(Name);
    if (name === DEFAULT_GROUP)
      throw new AwsError('ValidationException', 'The default schedule group cannot be deleted.');
    for (const schedule of [...state().schedules.values()]) if (schedule.group === name) await state().remove(schedule);
    await state().groups.delete(name);
    return {};
  },
});
