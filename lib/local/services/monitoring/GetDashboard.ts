import type { GetDashboardCommandInput, GetDashboardCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { dashboardArn, type MonitoringState } from './state';

type Output = Omit<GetDashboardCommandOutput, '$metadata'>;

export const GetDashboard: OperationOf<MonitoringState, GetDashboardCommandInput, Output> = (state) => ({
  authorize: ({ DashboardName = '' }, { cloud }) => [
    { action: 'cloudwatch:GetDashboard', resource: dashboardArn(cloud, DashboardName) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'DashboardName');
    const dashboard = state().dashboards.get(input.DashboardName);
    if (!dashboard)
      throw new AwsError('DashboardNotFoundError', `Dashboard ${input.DashboardName} does not exist`, 404);
    return {
      DashboardArn: dashboardArn(cloud, dashboard.name),
      DashboardBody: dashboard.body,
      DashboardName: dashboard.name,
    };
  },
});
