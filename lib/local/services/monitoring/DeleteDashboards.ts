import type { DeleteDashboardsCommandInput, DeleteDashboardsCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { OperationOf } from '../stateful';
import { dashboardArn, type MonitoringState } from './state';

type Output = Omit<DeleteDashboardsCommandOutput, '$metadata'>;

export const DeleteDashboards: OperationOf<MonitoringState, DeleteDashboardsCommandInput, Output> = (state) => ({
  authorize: ({ DashboardNames = [] }, { cloud }) =>
    DashboardNames.map((name) => ({ action: 'cloudwatch:DeleteDashboards', resource: dashboardArn(cloud, name) })),

  async handle({ DashboardNames = [] }) {
    await Promise.all(DashboardNames.map((name) => state().dashboards.delete(name)));
    return {};
  },
});
