import { type ResourceHandler, record } from '../resource';

/** The CDK's `Custom::S3BucketNotifications`: its function is Python, which does not run here, and does no more than this. */
export const s3BucketNotifications: ResourceHandler = {
  async apply({ properties, host, logicalId }) {
    const NotificationConfiguration = record(properties.NotificationConfiguration);
    await host.call('s3', 'PutBucketNotificationConfiguration', {
      Bucket: properties.BucketName,
      NotificationConfiguration,
    });
    return { physicalId: logicalId };
  },
};
