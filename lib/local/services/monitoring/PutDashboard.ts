import type { PutDashboardCommandInput, PutDashboardCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { dashboardArn, type MonitoringState } from './state';

type Output = Omit<PutDashboardCommandOutput, '$metadata'>;

export const PutDashboard: OperationOf<MonitoringState, PutDashboardCommandInput, Output> = (state) => ({
  authorize: ({ DashboardName = '' }, { cloud }) => [
    { action: 'cloudwatch:PutDashboard', resource: dashboardArn(cloud, DashboardName) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'DashboardName', 'DashboardBody');
    const { DashboardName: name, DashboardBody: body } = input;
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name) || !hasWidgets(body)) {
      const message = `The dashboard ${name} is not valid: its name takes A-Z a-z 0-9 _ -, its body is JSON with a list of widgets.`;
      throw new AwsError('DashboardInvalidInputError', message, 400, { dashboardValidationMessages: [] });
    }
    await state().dashboards.set(name, { name, body, modifiedAt: cloud.clock.now() });
    return { DashboardValidationMessages: [] };
  },
});

function hasWidgets(body: string): boolean {
  try {
    return Array.isArray(JSON.parse(body).widgets);
  } catch {
    return false;
  }
}
