import type { TestMetricFilterCommandInput, TestMetricFilterCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { OperationOf } from '../stateful';
import { columnsOf, parseFilterPattern } from './filter-pattern';
import type { LogsState } from './state';

type Output = Omit<TestMetricFilterCommandOutput, '$metadata'>;

export const TestMetricFilter: OperationOf<LogsState, TestMetricFilterCommandInput, Output> = () => ({
  authorize: () => [{ action: 'logs:TestMetricFilter', resource: '*' }],

  async handle({ filterPattern, logEventMessages = [] }) {
    const columns = columnsOf(filterPattern);
    const matches = parseFilterPattern(filterPattern);
    return {
      matches: logEventMessages.flatMap((eventMessage, index) =>
        matches(eventMessage)
          ? [{ eventNumber: index + 1, eventMessage, extractedValues: { ...columns?.(eventMessage) } }]
          : [],
      ),
    };
  },
});
