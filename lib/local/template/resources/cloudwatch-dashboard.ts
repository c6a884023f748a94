import { physicalName, type ResourceHandler } from '../resource';

export const cloudwatchDashboard: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const DashboardName = physicalName(request, { explicit: properties.DashboardName, max: 255 });
    const body = properties.DashboardBody;
    const DashboardBody = typeof body === 'string' ? body : JSON.stringify(body);
    await host.call('monitoring', 'PutDashboard', { DashboardName, DashboardBody });
    return { physicalId: DashboardName };
  },
  async remove({ resource, host }) {
    await host.call('monitoring', 'DeleteDashboards', { DashboardNames: [resource.physicalId] });
  },
};
