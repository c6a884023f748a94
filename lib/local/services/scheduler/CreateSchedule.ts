import type { CreateScheduleCommandInput, CreateScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { passRole } from './pass-role';
import { scheduleRecord } from './record';
import { type SchedulerState, scheduleArn } from './state';

type Output = Omit<CreateScheduleCommandOutput, '$metadata'>;

export const CreateSchedule: OperationOf<SchedulerState, CreateScheduleCommandInput, Output> = (state) => ({
  authorize: ({ Name, GroupName, Target }, { cloud }) => [
    { action: 'scheduler:CreateSchedule', resource: scheduleArn(cloud, GroupName, Name) },
    ...passRole(Target?.RoleArn),
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name', 'ScheduleExpression', 'Target');
    state().group(input.GroupName);
    const existing = state().find(input.Name, input.GroupName);
    if (existing) {
      // The same request once more, e.g. because its answer was lost.
      if (input.ClientToken !== undefined && existing.clientToken === input.ClientToken)
        return { ScheduleArn: existing.arn };
      throw new AwsError('ConflictException', `Schedule ${input.Name} already exists.`, 409);
    }
    const record = scheduleRecord(input, cloud, cloud.clock.now());
    await state().put(record);
    return { ScheduleArn: record.arn };
  },
});
