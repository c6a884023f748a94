import type { DeleteScheduleCommandInput, DeleteScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import type { OperationOf } from '../stateful';
import { type SchedulerState, scheduleArn } from './state';

type Output = Omit<DeleteScheduleCommandOutput, '$metadata'>;

export const DeleteSchedule: OperationOf<SchedulerState, DeleteScheduleCommandInput, Output> = (state) => ({
  authorize: ({ Name, GroupName }, { cloud }) => [
    { action: 'scheduler:DeleteSchedule', resource: scheduleArn(cloud, GroupName, Name) },
  ],

  async handle({ Name, GroupName }) {
    await state().remove(state().schedule(Name, GroupName));
    return {};
  },
});
