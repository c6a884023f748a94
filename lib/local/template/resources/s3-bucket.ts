import { flag, physicalName, type ResourceHandler, record, unless } from '../resource';

export const s3Bucket: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, ...request }) {
    const Bucket = physicalName(request, { explicit: properties.BucketName, max: 63, lowerCase: true });
    await host.call('s3', 'CreateBucket', { Bucket });
    const { Status } = record(properties.VersioningConfiguration);
    if (Status !== undefined)
      await host.call('s3', 'PutBucketVersioning', { Bucket, VersioningConfiguration: { Status } });
    const { EventBridgeConfiguration: eventBridge } = record(properties.NotificationConfiguration);
    if (eventBridge !== undefined && flag(record(eventBridge).EventBridgeEnabled) !== false)
      await host.call('s3', 'PutBucketNotificationConfiguration', {
        Bucket,
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      });
    const { region } = host.cloud;
    return {
      physicalId: Bucket,
      attributes: {
        Arn: `arn:aws:s3:::${Bucket}`,
        DomainName: `${Bucket}.s3.amazonaws.com`,
        DualStackDomainName: `${Bucket}.s3.dualstack.${region}.amazonaws.com`,
        RegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
        WebsiteURL: `http://${Bucket}.s3-website-${region}.amazonaws.com`,
      },
    };
  },
  async remove({ resource, host }) {
    await host.call('s3', 'DeleteBucket', { Bucket: resource.physicalId }).catch(unless('NoSuchBucket'));
  },
};
