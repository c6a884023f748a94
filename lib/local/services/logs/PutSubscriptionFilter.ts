import type {
  PutSubscriptionFilterCommandInput,
  PutSubscriptionFilterCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { parseFilterPattern } from './filter-pattern';
import { accessTo, type LogsState } from './state';

type Output = Omit<PutSubscriptionFilterCommandOutput, '$metadata'>;

const MAX_FILTERS = 2;

export const PutSubscriptionFilter: OperationOf<LogsState, PutSubscriptionFilterCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('PutSubscriptionFilter', cloud, logGroupName),

  async handle(input, { cloud }) {
    requireMembers(input, 'logGroupName', 'filterName', 'destinationArn');
    const { filterName, filterPattern = '', destinationArn } = input;
    const group = state().group(input.logGroupName);
    parseFilterPattern(filterPattern);
    if (!destinationArn.startsWith('arn:aws:lambda:')) {
      const message = `The local cloud sends log lines to functions only, not to ${destinationArn}.`;
      throw new AwsError('InvalidParameterException', message);
    }
    const others = (group.subscriptionFilters ?? []).filter((filter) => filter.filterName !== filterName);
    if (others.length >= MAX_FILTERS) throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
    const filter = { filterName, filterPattern, destinationArn, creationTime: cloud.clock.now() };
    await state().groups.set(group.name, { ...group, subscriptionFilters: [...others, filter] });
    return {};
  },
});
