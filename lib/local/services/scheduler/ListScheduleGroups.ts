import type { ListScheduleGroupsCommandInput, ListScheduleGroupsCommandOutput } from '@aws-sdk/client-scheduler';
import { type OperationOf, page } from '../stateful';
import { groupArn, groupSummary, type SchedulerState } from './state';

type Output = Omit<ListScheduleGroupsCommandOutput, '$metadata'>;

export const ListScheduleGroups: OperationOf<SchedulerState, ListScheduleGroupsCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'scheduler:ListScheduleGroups', resource: groupArn(cloud, '*') }],

  async handle({ NamePrefix = '', MaxResults = 100, NextToken }) {
    const groups = [state().group(undefined), ...state().groups.values()]
      .filter(({ name }) => name.startsWith(NamePrefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(groups, MaxResults, NextToken);
    return { ScheduleGroups: items.map(groupSummary), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
