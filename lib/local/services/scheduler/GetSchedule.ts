import type { GetScheduleCommandInput, GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import type { OperationOf } from '../stateful';
import { type SchedulerState, scheduleArn } from './state';

type Output = Omit<GetScheduleCommandOutput, '$metadata'>;

export const GetSchedule: OperationOf<SchedulerState, GetScheduleCommandInput, Output> = (state) => ({
  authorize: ({ Name, GroupName }, { cloud }) => [
    { action: 'scheduler:GetSchedule', resource: scheduleArn(cloud, GroupName, Name) },
  ],

  async handle({ Name, GroupName }) {
    const { name, group, arn, input, startsAt, endsAt, createdAt, modifiedAt } = state().schedule(Name, GroupName);
    return {
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      ActionAfterCompletion: 'NONE',
      ...input,
      Name: name,
      GroupName: group,
      Arn: arn,
      CreationDate: new Date(createdAt),
      LastModificationDate: new Date(modifiedAt),
      ...(startsAt === undefined ? {} : { StartDate: new Date(startsAt) }),
      ...(endsAt === undefined ? {} : { EndDate: new Date(endsAt) }),
    };
  },
});
