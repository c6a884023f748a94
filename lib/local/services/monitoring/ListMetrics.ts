import type { ListMetricsCommandInput, ListMetricsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { type OperationOf, page } from '../stateful';
import type { MonitoringState } from './state';

type Output = Omit<ListMetricsCommandOutput, '$metadata'>;

const THREE_HOURS_MS = 10_800_000;

export const ListMetrics: OperationOf<MonitoringState, ListMetricsCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],

  async handle({ Namespace, MetricName, Dimensions = [], RecentlyActive, NextToken }, { cloud }) {
    const metrics = state()
      .metrics.all()
      .filter(({ namespace }) => !Namespace || namespace === Namespace)
      .filter(({ name }) => !MetricName || name === MetricName)
      .filter(({ lastAt }) => !RecentlyActive || lastAt >= cloud.clock.now() - THREE_HOURS_MS)
      .filter(({ dimensions }) =>
        Dimensions.every(({ Name = '', Value }) =>
          Value === undefined ? Object.hasOwn(dimensions, Name) : dimensions[Name] === Value,
        ),
      );
    const { items, nextToken } = page(metrics, 500, NextToken);
    const Metrics = items.map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    }));
    return { Metrics, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
