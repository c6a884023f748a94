import type { ListDashboardsCommandInput, ListDashboardsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { type OperationOf, page } from '../stateful';
import { dashboardArn, type MonitoringState } from './state';

type Output = Omit<ListDashboardsCommandOutput, '$metadata'>;

export const ListDashboards: OperationOf<MonitoringState, ListDashboardsCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'cloudwatch:ListDashboards', resource: '*' }],

  async handle({ DashboardNamePrefix = '', NextToken }, { cloud }) {
    const dashboards = [...state().dashboards.values()].filter(({ name }) => name.startsWith(DashboardNamePrefix));
    const { items, nextToken } = page(dashboards, 1_000, NextToken);
    const DashboardEntries = items.map(({ name, body, modifiedAt }) => ({
      DashboardName: name,
      DashboardArn: dashboardArn(cloud, name),
      LastModified: new Date(modifiedAt),
      Size: Buffer.byteLength(body),
    }));
    return { DashboardEntries, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
