import type {
  DeleteSubscriptionFilterCommandInput,
  DeleteSubscriptionFilterCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<DeleteSubscriptionFilterCommandOutput, '$metadata'>;

export const DeleteSubscriptionFilter: OperationOf<LogsState, DeleteSubscriptionFilterCommandInput, Output> = (
  state,
) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('DeleteSubscriptionFilter', cloud, logGroupName),

  async handle({ logGroupName, filterName }) {
    const group = state().group(logGroupName);
    const subscriptionFilters = (group.subscriptionFilters ?? []).filter((filter) => filter.filterName !== filterName);
    if (!group.subscriptionFilters || subscriptionFilters.length === group.subscriptionFilters.length)
      throw new AwsError('ResourceNotFoundException', 'The specified subscription filter does not exist.');
    await state().groups.set(group.name, { ...group, subscriptionFilters });
    return {};
  },
});
