import type { GetScheduleGroupCommandInput, GetScheduleGroupCommandOutput } from '@aws-sdk/client-scheduler';
import type { OperationOf } from '../stateful';
import { groupArn, groupSummary, type SchedulerState } from './state';

type Output = Omit<GetScheduleGroupCommandOutput, '$metadata'>;

export const GetScheduleGroup: OperationOf<SchedulerState, GetScheduleGroupCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'scheduler:GetScheduleGroup', resource: groupArn(cloud, Name) }],

  async handle({ Name }) {
    return groupSummary(state().group(Name));
  },
});
