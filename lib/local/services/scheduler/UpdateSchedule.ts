import type { UpdateScheduleCommandInput, UpdateScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import { type OperationOf, requireMembers } from '../stateful';
import { passRole } from './pass-role';
import { scheduleRecord } from './record';
import { type SchedulerState, scheduleArn } from './state';

type Output = Omit<UpdateScheduleCommandOutput, '$metadata'>;

/** Replaces the whole schedule: what is left out goes back to its default, as on AWS. */
export const UpdateSchedule: OperationOf<SchedulerState, UpdateScheduleCommandInput, Output> = (state) => ({
  authorize: ({ Name, GroupName, Target }, { cloud }) => [
    { action: 'scheduler:UpdateSchedule', resource: scheduleArn(cloud, GroupName, Name) },
    ...passRole(Target?.RoleArn),
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name', 'ScheduleExpression', 'Target');
    const { createdAt } = state().schedule(input.Name, input.GroupName);
    const record = scheduleRecord({ ...input, ClientToken: undefined }, cloud, createdAt);
    await state().put(record);
    return { ScheduleArn: record.arn };
  },
});
