import { number, physicalName, type ResourceHandler, unless } from '../resource';

export const logsLogGroup: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, ...request }) {
    const logGroupName = physicalName(request, { explicit: properties.LogGroupName, max: 512 });
    await host.call('logs', 'CreateLogGroup', { logGroupName }).catch((error: Error) => {
      if (error.name !== 'ResourceAlreadyExistsException') throw error;
    });
    const retentionInDays = number(properties.RetentionInDays);
    if (retentionInDays !== undefined) await host.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays });
    const arn = `arn:aws:logs:${host.cloud.region}:${host.cloud.account}:log-group:${logGroupName}:*`;
    return { physicalId: logGroupName, attributes: { Arn: arn } };
  },
  async remove({ resource, host }) {
    await host
      .call('logs', 'DeleteLogGroup', { logGroupName: resource.physicalId })
      .catch(unless('ResourceNotFoundException'));
  },
};
