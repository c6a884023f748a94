import type { ListSchedulesCommandInput, ListSchedulesCommandOutput } from '@aws-sdk/client-scheduler';
import { type OperationOf, page } from '../stateful';
import { type SchedulerState, scheduleArn } from './state';

type Output = Omit<ListSchedulesCommandOutput, '$metadata'>;

export const ListSchedules: OperationOf<SchedulerState, ListSchedulesCommandInput, Output> = (state) => ({
  authorize: ({ GroupName = '*' }, { cloud }) => [
    { action: 'scheduler:ListSchedules', resource: scheduleArn(cloud, GroupName, '*') },
  ],

  async handle({ GroupName, NamePrefix = '', State, MaxResults = 100, NextToken }) {
    const schedules = [...state().schedules.values()]
      .filter(({ group }) => !GroupName || group === GroupName)
      .filter(({ name }) => name.startsWith(NamePrefix))
      .filter(({ input }) => !State || (input.State ?? 'ENABLED') === State)
      .sort((a, b) => (a.arn < b.arn ? -1 : 1));
    const { items, nextToken } = page(schedules, MaxResults, NextToken);
    const Schedules = items.map(({ name, group, arn, input, createdAt, modifiedAt }) => ({
      Name: name,
      GroupName: group,
      Arn: arn,
      State: input.State ?? ('ENABLED' as const),
      CreationDate: new Date(createdAt),
      LastModificationDate: new Date(modifiedAt),
      Target: { Arn: input.Target?.Arn },
    }));
    return { Schedules, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
